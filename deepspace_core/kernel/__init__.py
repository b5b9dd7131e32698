"""What every context stands on: money, ids, errors, pages, events and the ports they share.

Knows no context. Every context may know it.
"""
