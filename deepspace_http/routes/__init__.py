"""One file of routes a context. Routes do not import each other."""
