"""The catalogue: which models customers can call, by what name, and within what bounds.

Knows the kernel and identity; nothing of prices, wallets or HTTP.
"""
