"""PostgreSQL, Redis and a small local model as child processes, for a machine that has none of them."""
