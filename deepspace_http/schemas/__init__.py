"""The wire types, one file a context."""
