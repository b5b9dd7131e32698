"""Policy: how much somebody may call, and from where.

Knows the kernel and identity; nothing of wallets, models or HTTP. Limits are decided here and in the rate window of
an adapter by the same arithmetic.
The verbs are in `deepspace_core.policy.use_cases`.
"""

from deepspace_core.policy.errors import (
    AddressForbidden,
    IpRuleNotFound,
    LargerThanLimit,
    LimitExists,
    LimitNotFound,
    RateLimited,
)
from deepspace_core.policy.ip_rule import (
    IP_RULES_MAX,
    AddressVerdict,
    IpAction,
    IpRule,
    IpRuleId,
    IpScope,
    Network,
    judge_address,
    read_network,
    require_admitted,
)
from deepspace_core.policy.limit import (
    LIMITS_MAX,
    Charge,
    Limit,
    LimitId,
    LimitMetric,
    LimitScope,
    LimitTerms,
    Subjects,
    charges_for,
    checked,
    milliseconds_of,
)
from deepspace_core.policy.ports import PolicyRepository, PolicySet, RateWindow
from deepspace_core.policy.verdict import NOTHING_TO_ADMIT, LimitState, Reservation, SlotCount, Verdict, decide, fits
from deepspace_core.policy.window import WindowCount, rolled, used, wait_ms

__all__ = [
    "IP_RULES_MAX",
    "LIMITS_MAX",
    "NOTHING_TO_ADMIT",
    "AddressForbidden",
    "AddressVerdict",
    "Charge",
    "IpAction",
    "IpRule",
    "IpRuleId",
    "IpRuleNotFound",
    "IpScope",
    "LargerThanLimit",
    "Limit",
    "LimitExists",
    "LimitId",
    "LimitMetric",
    "LimitNotFound",
    "LimitScope",
    "LimitState",
    "LimitTerms",
    "Network",
    "PolicyRepository",
    "PolicySet",
    "RateLimited",
    "RateWindow",
    "Reservation",
    "SlotCount",
    "Subjects",
    "Verdict",
    "WindowCount",
    "charges_for",
    "checked",
    "decide",
    "fits",
    "judge_address",
    "milliseconds_of",
    "read_network",
    "require_admitted",
    "rolled",
    "used",
    "wait_ms",
]
