"""What the domain's ports are made of on a real machine: PostgreSQL, Redis, NewAPI, child processes, memory."""
