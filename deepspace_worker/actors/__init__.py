"""One file of actors a context."""
