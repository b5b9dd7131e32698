"""The standard stages, one a file."""
