"""The whole system as people meet it: `deepspace up` as a process, real PostgreSQL, Redis and model, OpenAI's own SDK.

Every scenario ends in the books: what was held, captured and released, to the nano-dollar.
"""
