"""Would this rule have rejected yesterday's calls? A proposed rule, held against calls that were let in.

The rules:
- A rule is judged by itself: the calls were let in by those that stand. What it would have rejected takes no share
  of it.
- Limits of requests and of concurrency decide as the live ones do. Of tokens, and of money, nobody knows afterwards
  what was estimated when a call began: what it used in the end is taken from its beginning on. A live rule sees the
  estimate while the call runs, so around its cap it may reject a call more, or, where that was too small, one less.
- A limit looks back two windows before the period, and a budget to the beginning of its own, so that the first calls
  find what counted then.
"""

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from deepspace_core.kernel.ids import TraceId
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow, starts_on
from deepspace_core.pipeline.past_call import PastCall, PastOrigin
from deepspace_core.policy import (
    IpRule,
    Limit,
    SlotCount,
    Subjects,
    WindowCount,
    charges_for,
    fits,
    judge_address,
    milliseconds_of,
    rolled,
)

EXAMPLES_MAX = 20


@dataclass(frozen=True, slots=True)
class Rejected:
    """A call, or the last of several alike, that would not have been let in."""

    trace_id: TraceId
    at: datetime
    api_key_id: UUID | None
    model_name: str | None
    address: str | None
    calls: int


@dataclass(slots=True)
class DryRun:
    """What a rule would have done: `rejected` of `calls`, and the first of them."""

    since: datetime
    until: datetime
    calls: int = 0
    rejected: int = 0
    is_partial: bool = False
    """Whether there were more calls than are looked through."""
    examples: list[Rejected] = field(default_factory=list)

    def count(self, rejected: Rejected | None, *, calls: int = 1) -> None:
        """Counts calls that fared alike."""
        self.calls += calls
        if rejected is not None:
            self.rejected += calls
            if len(self.examples) < EXAMPLES_MAX:
                self.examples.append(rejected)


class Replay(Protocol):
    """A rule that counts. It is shown every call in the order in which they began."""

    def since(self, since: datetime) -> datetime:
        """From when on it must be shown calls, to judge those from `since` on."""
        ...

    def rejects(self, call: PastCall) -> bool: ...


class LimitReplay:
    """A limit, by the arithmetic of the live one."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._counts: dict[str, WindowCount] = {}
        self._slots: dict[str, list[int]] = {}

    def since(self, since: datetime) -> datetime:
        return since - 2 * timedelta(seconds=self._limit.window_seconds)

    def rejects(self, call: PastCall) -> bool:
        charges = charges_for([self._limit], _subjects(call), tokens=call.tokens)
        if not charges:
            return False
        [charge] = charges
        now_ms = milliseconds_of(call.started_at)
        if charge.is_slot:
            slots = self._slots.setdefault(charge.counter, [])
            while slots and slots[0] <= now_ms:
                heapq.heappop(slots)
            if not fits(charge, SlotCount(len(slots)), now_ms):
                return True
            heapq.heappush(slots, min(milliseconds_of(call.ended_at), now_ms + charge.window_ms))
            return False
        count = rolled(self._counts.get(charge.counter), now_ms // charge.window_ms)
        is_rejected = not fits(charge, count, now_ms)
        taken = 0 if is_rejected else charge.amount
        self._counts[charge.counter] = WindowCount(count.index, count.previous, count.current + taken)
        return is_rejected


class BudgetReplay:
    """A cap on what somebody spends in a period: what was admitted in it, ended or not, and this call."""

    def __init__(self, key: BudgetKey, window: BudgetWindow, cap_nanos: int) -> None:
        self._key, self._window, self._cap_nanos = key, window, cap_nanos
        self._period: object = None
        self._spent_nanos = 0

    def since(self, since: datetime) -> datetime:
        if self._window is BudgetWindow.TOTAL:
            return since
        return datetime.combine(starts_on(self._window, since), time(), UTC)

    def rejects(self, call: PastCall) -> bool:
        if _spender(call, self._key.scope) != self._key.scope_id:
            return False
        period = starts_on(self._window, call.started_at)
        if period != self._period:
            self._period, self._spent_nanos = period, 0
        if self._spent_nanos + call.cost_nanos > self._cap_nanos:
            return True
        self._spent_nanos += call.cost_nanos
        return False


def address_rejects(rules: Sequence[IpRule], origin: PastOrigin) -> bool:
    """Whether address rules would have kept calls out."""
    return not judge_address(rules, origin.address, api_key_id=origin.api_key_id).admitted


def list_rejects(api_key_id: UUID, models: Collection[str], origin: PastOrigin) -> bool:
    """Whether a list of models for that key would have kept calls out."""
    return origin.api_key_id == api_key_id and origin.model_name not in models


def _subjects(call: PastCall) -> Subjects:
    return Subjects(
        org_id=call.org_id,
        project_id=call.project_id,
        user_id=call.user_id,
        api_key_id=call.api_key_id,
        model_id=call.model_id,
    )


def _spender(call: PastCall, scope: BudgetScope) -> UUID | None:
    match scope:
        case BudgetScope.ORG:
            return call.org_id
        case BudgetScope.PROJECT:
            return call.project_id
        case BudgetScope.KEY:
            return call.api_key_id
        case BudgetScope.USER:
            return call.user_id
        case _:
            return None
