"""The product's jobs, one module a context: what each promises (its JobSpec) and which use case it calls.

An actor is thin: it reads the payload, calls one use case and returns. Each module has a `register(board, …)` that
names the use cases it needs, so that what a job can do is seen from its signature.
"""
