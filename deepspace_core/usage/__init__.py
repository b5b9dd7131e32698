"""Usage: one record a metered call, hourly roll-ups, and answers about periods.

Knows the kernel and identity; nothing of prices, wallets or HTTP.
"""
