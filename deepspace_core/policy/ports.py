"""The ports of policy: the stored rules, and the windows that count."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.policy.ip_rule import IpRule, IpRuleId
from deepspace_core.policy.limit import (
    Charge,
    Limit,
    LimitId,
    LimitTerms,
    Subjects,
    charged,
    charges_of_one,
)
from deepspace_core.policy.verdict import Reservation, Verdict

CALLERS_MAX = 10_000
"""Callers and models for which a set remembers which of its limits hold."""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Everything that may hold for calls of one organization: the platform's limits, its own, its address rules.

    One read, made to be cached for a moment: `charges` and `judge_address` pick what concerns a call. Which limits hold
    for whom is found out once for each caller and model.
    """

    limits: Sequence[Limit]
    ip_rules: Sequence[IpRule]
    _of_one: dict[tuple[int | None, ...], Sequence[Charge]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def charges(self, subjects: Subjects, *, tokens: int) -> tuple[Charge, ...]:
        """What `charges_for` says for these limits."""
        # By numbers: to hash a UUID takes a call of Python's own.
        who = tuple([None if one is None else one.int for one in subjects])
        of_one = self._of_one.get(who)
        if of_one is None:
            if len(self._of_one) >= CALLERS_MAX:
                self._of_one.clear()
            of_one = self._of_one[who] = charges_of_one(self.limits, subjects)
        return charged(of_one, tokens)


class PolicyRepository(Protocol):
    """Stores limits and address rules. `org_id` None is the platform's own set, for limits only."""

    async def policies_of(self, tx: Transaction, org_id: OrgId) -> PolicySet: ...

    async def find_limit(self, tx: Transaction, org_id: OrgId | None, terms: LimitTerms) -> Limit | None:
        """The limit of that set with the scope, scope_id, metric and window of `terms`, whatever its cap."""
        ...

    async def save_limit(self, tx: Transaction, limit: Limit) -> None:
        """Adds the limit, or replaces the cap of the one with its id. Raises LimitExists."""
        ...

    async def remove_limit(self, tx: Transaction, org_id: OrgId | None, limit_id: LimitId) -> Limit:
        """What was removed. Raises LimitNotFound."""
        ...

    async def list_limits(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[Limit]: ...

    async def list_org_limits(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[Limit]:
        """Those that organizations have set; None is every organization, for administrators."""
        ...

    async def count_limits(self, tx: Transaction, org_id: OrgId | None) -> int: ...

    async def add_ip_rule(self, tx: Transaction, rule: IpRule) -> None: ...

    async def remove_ip_rule(self, tx: Transaction, org_id: OrgId, rule_id: IpRuleId) -> IpRule:
        """What was removed. Raises IpRuleNotFound."""
        ...

    async def list_ip_rules(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[IpRule]:
        """None is every organization, for administrators."""
        ...

    async def count_ip_rules(self, tx: Transaction, org_id: OrgId) -> int: ...


class RateWindow(Protocol):
    """Counts charges in sliding windows; one decision, one round trip, for all limits of a call."""

    @property
    def degraded(self) -> bool:
        """Whether the shared store is away and each process counts for itself."""
        ...

    async def admit(self, charges: Sequence[Charge], now: datetime) -> Verdict:
        """Charges all, or refuses and charges none. Never raises because the store is away."""
        ...

    async def settle(self, reservation: Reservation, *, tokens_used: int, now: datetime) -> None:
        """Replaces the estimated tokens by those used and gives back the concurrency slot. Once a reservation.

        Tokens above the estimate are charged even past the cap: they have been used, and the next call waits longer.
        """
        ...
