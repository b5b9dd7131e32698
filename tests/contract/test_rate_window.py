"""The contract of rate windows, on memory and on a real Redis, and that the two count alike to the unit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from deepspace_adapters.memory.rate_window import MemoryRateWindow
from deepspace_adapters.redis.rate_window import RedisRateWindow
from deepspace_core.policy import Charge, LimitId, LimitMetric, RateWindow, Reservation, Verdict
from tests.core.metering_values import PAST, REQUESTS_A_MINUTE
from tests.fakes import CountingIds, FixedClock

START = PAST
"""A multiple of every window used here, so that windows begin where tests do."""


@pytest.fixture(params=["memory", "redis"])
async def window(request: pytest.FixtureRequest) -> AsyncIterator[RateWindow]:
    if request.param == "memory":
        yield MemoryRateWindow(CountingIds())
        return
    async with Redis.from_url(request.getfixturevalue("clean_redis_url")) as client:
        yield RedisRateWindow(client, fallback=Unreached(), ids=CountingIds(), clock=FixedClock())


class Unreached:
    """A fallback that must not be needed."""

    degraded = False

    async def admit(self, charges: Sequence[Charge], now: datetime) -> Verdict:
        raise AssertionError("Redis is there")

    async def settle(self, reservation: Reservation, *, tokens_used: int, now: datetime) -> None:
        raise AssertionError("Redis is there")


def _charge(
    metric: LimitMetric = LimitMetric.REQUESTS,
    *,
    amount: int = 1,
    cap: int = 2,
    window_seconds: int = 60,
    counter: str | None = None,
) -> Charge:
    limit = replace(
        REQUESTS_A_MINUTE,
        id=LimitId(UUID(int=len(metric.value))),
        metric=metric,
        cap=cap,
        window_seconds=window_seconds,
    )
    return Charge(limit=limit, counter=counter or metric.value, amount=amount)


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def _made(verdict: Verdict) -> Reservation:
    assert verdict.reservation is not None
    return verdict.reservation


async def test_calls_are_admitted_up_to_the_cap_and_told_what_is_left(window: RateWindow) -> None:
    verdicts = [await window.admit([_charge(cap=2)], _at(0)) for _ in range(3)]
    assert [verdict.admitted for verdict in verdicts] == [True, True, False]
    assert [verdict.states[0].remaining for verdict in verdicts] == [1, 0, 0]
    assert verdicts[2].refused_by == _charge().limit
    assert verdicts[2].reservation is None


async def test_the_wait_that_a_refusal_names_is_enough_and_not_too_long(window: RateWindow) -> None:
    for _ in range(2):
        await window.admit([_charge(cap=2)], _at(30))
    wait = (await window.admit([_charge(cap=2)], _at(30))).retry_after_seconds
    assert wait is not None
    assert not (await window.admit([_charge(cap=2)], _at(30 + wait - 1))).admitted
    assert (await window.admit([_charge(cap=2)], _at(30 + wait))).admitted


async def test_the_window_slides_instead_of_starting_afresh(window: RateWindow) -> None:
    for _ in range(10):
        await window.admit([_charge(cap=10)], _at(59))
    admitted = [(await window.admit([_charge(cap=10)], _at(60 + 30))).admitted for _ in range(6)]
    assert admitted == [True] * 5 + [False]


async def test_what_is_used_is_forgotten_after_two_windows(window: RateWindow) -> None:
    await window.admit([_charge(cap=1)], _at(0))
    assert (await window.admit([_charge(cap=1)], _at(120))).states[0].remaining == 0
    assert not (await window.admit([_charge(cap=1)], _at(121))).admitted


async def test_a_refused_call_charges_no_limit_at_all(window: RateWindow) -> None:
    roomy, narrow = _charge(cap=100), _charge(LimitMetric.TOKENS, amount=50, cap=40)
    refused = await window.admit([roomy, narrow, _charge(LimitMetric.CONCURRENCY, cap=1)], _at(0))
    assert (refused.admitted, refused.refused_by) == (False, narrow.limit)
    assert [state.remaining for state in refused.states] == [100, 40, 1]
    after = await window.admit([roomy, _charge(LimitMetric.CONCURRENCY, cap=1)], _at(0))
    assert (after.admitted, after.states[0].remaining) == (True, 99)


@pytest.mark.parametrize("cap", [0, 49])
async def test_a_call_larger_than_the_cap_is_told_that_it_never_fits(window: RateWindow, cap: int) -> None:
    verdict = await window.admit([_charge(LimitMetric.TOKENS, amount=50, cap=cap)], _at(0))
    assert (verdict.admitted, verdict.retry_after_seconds) == (False, None)


@pytest.mark.parametrize(("used", "remaining"), [(0, 99), (10, 89), (60, 39), (90, 9), (500, 0)])
async def test_settling_replaces_the_estimate_by_what_was_used(window: RateWindow, used: int, remaining: int) -> None:
    tokens = _charge(LimitMetric.TOKENS, amount=60, cap=100)
    made = _made(await window.admit([tokens], _at(0)))
    await window.settle(made, tokens_used=used, now=_at(5))
    verdict = await window.admit([tokens._replace(amount=1)], _at(5))
    assert verdict.states[0].remaining == remaining


async def test_settling_late_adjusts_the_window_that_was_charged(window: RateWindow) -> None:
    tokens = _charge(LimitMetric.TOKENS, amount=60, cap=100)
    made = _made(await window.admit([tokens], _at(0)))
    await window.admit([tokens._replace(amount=0)], _at(60))
    await window.settle(made, tokens_used=40, now=_at(61))
    verdict = await window.admit([tokens._replace(amount=0)], _at(90))
    assert verdict.states[0].remaining == 80


async def test_settling_long_after_changes_nothing(window: RateWindow) -> None:
    tokens = _charge(LimitMetric.TOKENS, amount=60, cap=100)
    made = _made(await window.admit([tokens], _at(0)))
    await window.admit([tokens._replace(amount=5)], _at(240))
    await window.settle(made, tokens_used=99, now=_at(241))
    assert (await window.admit([tokens._replace(amount=0)], _at(241))).states[0].remaining == 95


async def test_settling_gives_no_request_back(window: RateWindow) -> None:
    made = _made(await window.admit([_charge(cap=5)], _at(0)))
    await window.settle(made, tokens_used=0, now=_at(1))
    assert (await window.admit([_charge(cap=5)], _at(1))).states[0].remaining == 3


async def test_a_slot_is_free_again_once_its_call_is_settled(window: RateWindow) -> None:
    slot = _charge(LimitMetric.CONCURRENCY, cap=1, window_seconds=900)
    made = _made(await window.admit([slot], _at(0)))
    refused = await window.admit([slot], _at(1))
    assert (refused.admitted, refused.retry_after_seconds) == (False, 1)
    await window.settle(made, tokens_used=0, now=_at(2))
    assert (await window.admit([slot], _at(2))).admitted


async def test_a_slot_that_nobody_gives_back_is_free_after_its_lease(window: RateWindow) -> None:
    slot = _charge(LimitMetric.CONCURRENCY, cap=1, window_seconds=900)
    await window.admit([slot], _at(0))
    assert not (await window.admit([slot], _at(899))).admitted
    assert (await window.admit([slot], _at(900))).admitted


async def test_counters_of_different_subjects_do_not_touch(window: RateWindow) -> None:
    assert (await window.admit([_charge(cap=1, counter="a")], _at(0))).admitted
    assert (await window.admit([_charge(cap=1, counter="b")], _at(0))).admitted


async def test_a_call_without_limits_is_admitted(window: RateWindow) -> None:
    verdict = await window.admit([], _at(0))
    assert (verdict.admitted, verdict.reservation, window.degraded) == (True, None, False)


@dataclass(frozen=True)
class Step:
    """One call: when, how much of each, and what it used if it was let in and is settled."""

    after_ms: int
    tokens: int
    used: int | None


steps = st.lists(
    st.builds(Step, st.integers(0, 4_000), st.integers(0, 60), st.none() | st.integers(0, 120)), max_size=25
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
async def test_redis_and_memory_decide_and_count_alike(redis_url: str, story: list[Step]) -> None:
    async with Redis.from_url(redis_url) as client:
        await client.flushdb()
        shared = RedisRateWindow(client, fallback=Unreached(), ids=CountingIds(), clock=FixedClock())
        local = MemoryRateWindow(CountingIds())
        now = START
        for step in story:
            now += timedelta(milliseconds=step.after_ms)
            charges = _three_charges(step.tokens)
            theirs, ours = await shared.admit(charges, now), await local.admit(charges, now)
            assert replace(theirs, reservation=None) == replace(ours, reservation=None)
            if ours.reservation is not None and step.used is not None:
                await shared.settle(_made(theirs), tokens_used=step.used, now=now)
                await local.settle(ours.reservation, tokens_used=step.used, now=now)


@dataclass(frozen=True)
class Asked:
    """One of several calls that share a round trip: how much of each, or None to settle the oldest that is left."""

    tokens: int | None
    used: int


rounds = st.lists(
    st.tuples(
        st.integers(0, 4_000),
        st.lists(st.builds(Asked, st.none() | st.integers(0, 60), st.integers(0, 120)), min_size=1, max_size=9),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds)
async def test_calls_that_share_a_round_trip_are_decided_as_one_after_another(
    redis_url: str, story: list[tuple[int, list[Asked]]]
) -> None:
    async with Redis.from_url(redis_url) as client:
        await client.flushdb()
        shared = RedisRateWindow(client, fallback=Unreached(), ids=CountingIds(), clock=FixedClock())
        local = MemoryRateWindow(CountingIds())
        made: list[tuple[Reservation, Reservation]] = []
        now = START
        for after_ms, asked in story:
            now += timedelta(milliseconds=after_ms)
            told: list[Awaitable[Verdict | None]] = []
            expected: list[Verdict | None] = []
            for one in asked:
                if one.tokens is None and made:
                    theirs, ours = made.pop(0)
                    told.append(shared.settle(theirs, tokens_used=one.used, now=now))
                    await local.settle(ours, tokens_used=one.used, now=now)
                    expected.append(None)
                else:
                    charges = _three_charges(one.tokens or 0)
                    told.append(shared.admit(charges, now))
                    expected.append(await local.admit(charges, now))
            answers = await asyncio.gather(*told)
            assert [_without_reservation(one) for one in answers] == [_without_reservation(one) for one in expected]
            made += [
                (theirs.reservation, ours.reservation)
                for theirs, ours in zip(answers, expected, strict=True)
                if theirs and ours and theirs.reservation and ours.reservation
            ]


def _three_charges(tokens: int) -> list[Charge]:
    return [
        _charge(cap=7, window_seconds=3),
        _charge(LimitMetric.TOKENS, amount=tokens, cap=100, window_seconds=5),
        _charge(LimitMetric.CONCURRENCY, cap=3, window_seconds=9),
    ]


def _without_reservation(verdict: Verdict | None) -> Verdict | None:
    return verdict and replace(verdict, reservation=None)
