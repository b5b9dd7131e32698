"""Pricing: rate cards by leaf, tier and date; what a call may cost at most, and what it did cost.

Knows the kernel, identity and the catalogue; nothing of wallets, usage or HTTP. The rules stand in docs/billing.md.
The verbs are in `deepspace_core.pricing.use_cases`.
"""

from deepspace_core.pricing.errors import BackDatedPrice, PriceChangedMeanwhile, PriceNotFound
from deepspace_core.pricing.meter import (
    ALL_LEAVES,
    INPUT_LEAVES,
    NO_TOKENS,
    NO_UNITS,
    OUTPUT_LEAVES,
    TEXT_LEAVES,
    Leaf,
    TokenLeaves,
    Unit,
    Units,
    tokens_for,
)
from deepspace_core.pricing.ports import PriceRepository, TokenCounter
from deepspace_core.pricing.quote import Cost, Quote, cost, estimate
from deepspace_core.pricing.rate_card import RateCard, Tier, checked, effective_card
from deepspace_core.pricing.snapshot import (
    cost_again,
    read_tiers,
    read_unit_rates,
    restore,
    shared_snapshot,
    show_tiers,
    show_unit_rates,
    snapshot,
)

__all__ = [
    "ALL_LEAVES",
    "INPUT_LEAVES",
    "NO_TOKENS",
    "NO_UNITS",
    "OUTPUT_LEAVES",
    "TEXT_LEAVES",
    "BackDatedPrice",
    "Cost",
    "Leaf",
    "PriceChangedMeanwhile",
    "PriceNotFound",
    "PriceRepository",
    "Quote",
    "RateCard",
    "Tier",
    "TokenCounter",
    "TokenLeaves",
    "Unit",
    "Units",
    "checked",
    "cost",
    "cost_again",
    "effective_card",
    "estimate",
    "read_tiers",
    "read_unit_rates",
    "restore",
    "shared_snapshot",
    "show_tiers",
    "show_unit_rates",
    "snapshot",
    "tokens_for",
]
