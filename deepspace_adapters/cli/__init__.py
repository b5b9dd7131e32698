"""The `deepspace` command: a driving adapter over the use cases."""
