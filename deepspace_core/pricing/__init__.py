"""Pricing: rate cards by leaf, tier and date; what a call may cost at most, and what it did cost.

Knows the kernel, identity and the catalogue; nothing of wallets, usage or HTTP. The rules stand in docs/billing.md.
"""
