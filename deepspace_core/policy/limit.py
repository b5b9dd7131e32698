"""Limits: how many requests, tokens or concurrent requests somebody may have, and which limits hold for a call.

Rules:
- A limit belongs to the platform (`org_id` None, set by an administrator) or to an organization (set by its owner).
  The two sets are resolved apart and both hold, so no organization can raise what the platform allows.
- `scope_id` None makes it the default for everything of that scope ("each key"). Within a set, a limit for the very
  id replaces the default of the same scope, metric and window; but an organization's for one key can only lower what it
  has for each key.
- Limits of different scopes, metrics or windows all hold; a request is admitted by every one of them or charges none.
- For requests and tokens the window slides; for concurrency `window_seconds` is how long a slot is kept when nobody
  gives it back (a gateway that died), so it must exceed the longest stream.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType
from uuid import UUID

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.making import maker_of

LimitId = NewType("LimitId", UUID)

WINDOW_SECONDS_MIN = 1
WINDOW_SECONDS_MAX = 31 * 86_400
CAP_MAX = 10**12
CONCURRENCY_CAP_MAX = 100_000
LIMITS_MAX = 500
"""Limits of one set: they are read as one and judged in memory."""


class LimitScope(StrEnum):
    """What a limit counts together."""

    KEY = "key"
    USER = "user"
    PROJECT = "project"
    ORG = "org"
    MODEL = "model"


class LimitMetric(StrEnum):
    """What a limit counts."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    CONCURRENCY = "concurrency"


@dataclass(frozen=True, slots=True)
class LimitTerms:
    """What somebody asks a limit to be; a set has one limit for each scope, scope_id, metric and window."""

    scope: LimitScope
    scope_id: UUID | None
    metric: LimitMetric
    window_seconds: int
    cap: int


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `cap` of `metric` within any `window_seconds` for each thing of the scope."""

    id: LimitId
    org_id: OrgId | None
    scope: LimitScope
    scope_id: UUID | None
    metric: LimitMetric
    window_seconds: int
    cap: int
    created_at: datetime


class Subjects(NamedTuple):
    """Who and what one call concerns; limits of a scope whose id is None do not apply."""

    org_id: OrgId
    project_id: UUID | None = None
    user_id: UUID | None = None
    api_key_id: UUID | None = None
    model_id: UUID | None = None

    def of(self, scope: LimitScope) -> UUID | None:
        """The id that a limit of `scope` counts under."""
        match scope:
            case LimitScope.ORG:
                return self.org_id
            case LimitScope.PROJECT:
                return self.project_id
            case LimitScope.USER:
                return self.user_id
            case LimitScope.KEY:
                return self.api_key_id
            case LimitScope.MODEL:
                return self.model_id


class Charge(NamedTuple):
    """One limit and what this call would take of it. `counter` names the count; calls of one subject share it."""

    limit: Limit
    counter: str
    amount: int

    @property
    def window_ms(self) -> int:
        return self.limit.window_seconds * 1_000

    @property
    def is_slot(self) -> bool:
        """Whether it takes a slot that is given back, rather than a share of a window."""
        return self.limit.metric is LimitMetric.CONCURRENCY


_new_charge = maker_of(Charge)
_TOKENS = LimitMetric.TOKENS  # found once, as kernel/making.py says


def milliseconds_of(at: datetime) -> int:
    """Milliseconds since 1970, in whole numbers all the way."""
    return int(at.timestamp()) * 1_000 + at.microsecond // 1_000


def charges_for(limits: Iterable[Limit], subjects: Subjects, *, tokens: int) -> tuple[Charge, ...]:
    """What a call of `tokens` estimated tokens charges to each limit that holds for it, in a stable order."""
    return charged(charges_of_one(limits, subjects), tokens)


def charges_of_one(limits: Iterable[Limit], subjects: Subjects) -> Sequence[Charge]:
    """What a call of one token charges to the limits that hold for it, in a stable order."""
    return [
        _new_charge(limit, f"{limit.id.hex}:{subjects.of(limit.scope)}", 1) for limit in applicable(limits, subjects)
    ]


def charged(charges: Iterable[Charge], tokens: int) -> tuple[Charge, ...]:
    """The same of a call of `tokens` estimated tokens; what doesn't depend on them is not made anew."""
    return tuple(
        [
            _new_charge(charge.limit, charge.counter, tokens) if charge.limit.metric is _TOKENS else charge
            for charge in charges
        ]
    )


def applicable(limits: Iterable[Limit], subjects: Subjects) -> Sequence[Limit]:
    """The limits that hold for a call: of each set, scope, metric and window the most specific one."""
    chosen: dict[tuple[bool, LimitScope, LimitMetric, int], Limit] = {}
    for limit in limits:
        subject = subjects.of(limit.scope)
        if subject is None or limit.scope_id not in (None, subject) or limit.org_id not in (None, subjects.org_id):
            continue
        slot = (limit.org_id is None, limit.scope, limit.metric, limit.window_seconds)
        if slot not in chosen or _replaces(limit, chosen[slot]):
            chosen[slot] = limit
    return sorted(chosen.values(), key=lambda limit: limit.id)


def _replaces(limit: Limit, other: Limit) -> bool:
    """Of two limits of one slot. What an organization has for each key, no key of it may pass; the lower one holds."""
    if limit.scope is LimitScope.KEY and limit.org_id is not None and limit.cap != other.cap:
        return limit.cap < other.cap
    return limit.scope_id is not None


def checked(terms: LimitTerms) -> LimitTerms:
    """The terms themselves when they make sense. Raises InvalidInput naming the field."""
    if not WINDOW_SECONDS_MIN <= terms.window_seconds <= WINDOW_SECONDS_MAX:
        raise InvalidInput(
            f"window_seconds must be between {WINDOW_SECONDS_MIN} and {WINDOW_SECONDS_MAX}", param="window_seconds"
        )
    cap_max = CONCURRENCY_CAP_MAX if terms.metric is LimitMetric.CONCURRENCY else CAP_MAX
    if not 0 <= terms.cap <= cap_max:
        raise InvalidInput(f"the cap of a {terms.metric} limit must be between 0 and {cap_max}", param="cap")
    return terms
