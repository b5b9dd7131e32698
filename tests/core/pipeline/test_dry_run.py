"""A dry run decides as the live rule would have, on any day that can be simulated."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepspace_adapters.memory.rate_window import MemoryRateWindow
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow
from deepspace_core.pipeline import PastCall, PastOrigin
from deepspace_core.pipeline.dry_run import BudgetReplay, LimitReplay, address_rejects, list_rejects
from deepspace_core.policy import IpAction, Limit, LimitMetric, LimitScope, Reservation, Subjects, charges_for
from tests.core.metering_values import KEY, MODEL, OFFICE, ORG, PAST, REQUESTS_A_MINUTE, TRACE, USER
from tests.fakes import CountingIds

OTHER_KEY = UUID(int=0xDD)
CALL = PastCall(
    org_id=ORG,
    trace_id=TRACE,
    started_at=PAST,
    ended_at=PAST,
    project_id=None,
    user_id=USER,
    api_key_id=KEY,
    model_id=MODEL,
    model_name="small",
    tokens=10,
    cost_nanos=100,
)


@dataclass(frozen=True)
class Step:
    """A call of a simulated day: how long after the one before, how long it ran, whose, how many tokens."""

    after_ms: int
    took_ms: int
    other_key: bool
    tokens: int


days = st.lists(
    st.builds(Step, st.integers(0, 4_000), st.integers(0, 9_000), st.booleans(), st.integers(0, 60)), max_size=60
)


def calls_of(day: list[Step]) -> list[PastCall]:
    calls, now = [], PAST
    for step in day:
        now += timedelta(milliseconds=step.after_ms)
        calls.append(
            replace(
                CALL,
                started_at=now,
                ended_at=now + timedelta(milliseconds=step.took_ms),
                api_key_id=OTHER_KEY if step.other_key else KEY,
                tokens=step.tokens,
            )
        )
    return calls


async def lived(limit: Limit, calls: list[PastCall]) -> list[bool]:
    """Whether the live window rejects each call, when calls give back what they took as they end."""
    window = MemoryRateWindow(CountingIds())
    running: list[tuple[datetime, Reservation, int]] = []
    rejected = []
    for call in calls:
        for ended_at, reservation, tokens in [one for one in running if one[0] <= call.started_at]:
            await window.settle(reservation, tokens_used=tokens, now=ended_at)
        running = [one for one in running if one[0] > call.started_at]
        charges = charges_for([limit], Subjects(ORG, api_key_id=call.api_key_id), tokens=call.tokens)
        verdict = await window.admit(charges, call.started_at)
        rejected.append(not verdict.admitted)
        if verdict.reservation is not None:
            running.append((call.ended_at, verdict.reservation, call.tokens))
    return rejected


@settings(max_examples=150)
@given(
    day=days,
    metric=st.sampled_from(list(LimitMetric)),
    cap=st.integers(0, 100),
    window_seconds=st.integers(1, 20),
    scope=st.sampled_from([LimitScope.KEY, LimitScope.ORG]),
    named=st.booleans(),
)
def test_a_limit_rejects_in_a_dry_run_what_it_would_have_rejected_live(
    *, day: list[Step], metric: LimitMetric, cap: int, window_seconds: int, scope: LimitScope, named: bool
) -> None:
    scope_id = KEY if named and scope is LimitScope.KEY else None
    limit = replace(
        REQUESTS_A_MINUTE,
        org_id=ORG,
        scope=scope,
        scope_id=scope_id,
        metric=metric,
        cap=cap if metric is LimitMetric.TOKENS else cap // 10,
        window_seconds=window_seconds,
    )
    calls = calls_of(day)
    replay = LimitReplay(limit)
    assert [replay.rejects(call) for call in calls] == asyncio.run(lived(limit, calls))


def test_a_limit_looks_back_as_far_as_its_window_reaches() -> None:
    assert LimitReplay(REQUESTS_A_MINUTE).since(PAST) == PAST - timedelta(minutes=2)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 300)), max_size=40), st.integers(0, 1_000))
def test_a_budget_lets_through_what_fits_into_its_day_and_nothing_more(
    day: list[tuple[int, int]], cap_nanos: int
) -> None:
    replay = BudgetReplay(BudgetKey(BudgetScope.KEY, KEY), BudgetWindow.DAY, cap_nanos)
    spent: dict[object, int] = {}
    now = PAST
    for hours, cost in day:
        now += timedelta(hours=hours)
        before = spent.get(now.date(), 0)
        is_rejected = replay.rejects(replace(CALL, started_at=now, cost_nanos=cost))
        assert is_rejected is (before + cost > cap_nanos)
        spent[now.date()] = before + (0 if is_rejected else cost)


@pytest.mark.parametrize(
    ("window", "since"),
    [
        (BudgetWindow.DAY, PAST.replace(hour=0)),
        (BudgetWindow.MONTH, PAST.replace(day=1, hour=0)),
        (BudgetWindow.TOTAL, PAST),
    ],
)
def test_a_budget_looks_back_to_where_its_period_began(window: BudgetWindow, since: datetime) -> None:
    assert BudgetReplay(BudgetKey(BudgetScope.ORG, ORG), window, 1).since(PAST) == since


@pytest.mark.parametrize(
    ("scope", "scope_id", "rejected"),
    [
        (BudgetScope.ORG, ORG, True),
        (BudgetScope.KEY, KEY, True),
        (BudgetScope.KEY, OTHER_KEY, False),
        (BudgetScope.USER, USER, True),
        (BudgetScope.PROJECT, UUID(int=1), False),
        (BudgetScope.APP, UUID(int=1), False),
    ],
)
def test_a_budget_counts_those_whose_it_is(scope: BudgetScope, scope_id: UUID, *, rejected: bool) -> None:
    assert BudgetReplay(BudgetKey(scope, scope_id), BudgetWindow.MONTH, 0).rejects(CALL) is rejected


def origin(address: str | None = "203.0.113.9", **changes: object) -> PastOrigin:
    made = PastOrigin(api_key_id=KEY, address=address, model_name="small", calls=3, trace_id=TRACE, last_at=PAST)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_address_rules_judge_the_past_as_they_judge_calls() -> None:
    rules = [replace(OFFICE, action=IpAction.DENY)]
    inside = str(OFFICE.network.network_address)
    assert address_rejects(rules, origin(inside))
    assert not address_rejects(rules, origin("2001:db8:ffff::1"))
    assert address_rejects(rules, origin(None))


def test_a_list_of_models_concerns_its_key_only() -> None:
    assert list_rejects(KEY, {"large"}, origin())
    assert not list_rejects(KEY, {"small"}, origin())
    assert not list_rejects(OTHER_KEY, {"large"}, origin())
