"""What the domain's ports are made of on a real machine: PostgreSQL, Redis, NewAPI, child processes, memory."""

import sys

# httpx brings a command line of its own and with it rich and pygments: 5 MB of every process that nobody here uses.
# This is how a module is told to be absent (importlib's documentation), and httpx does without it then.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
