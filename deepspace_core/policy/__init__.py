"""Policy: how much somebody may call, and from where.

Knows the kernel and identity; nothing of wallets, models or HTTP. Limits are decided here and in the rate window of
an adapter by the same arithmetic.
"""
