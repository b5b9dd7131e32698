"""Audit: what happened and who did it, one row a request, the whole story of a trace, and seals over all of it.

Knows the kernel and identity; what other contexts know of a trace comes through the `TraceSource` port.
"""
