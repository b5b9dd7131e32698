"""The DeepSpace domain: pure Python, standard library only, no I/O, no clock, no randomness, no logging.

What enters from outside (time, ids, rows, bytes) enters as values or through a context's `ports`.
"""
