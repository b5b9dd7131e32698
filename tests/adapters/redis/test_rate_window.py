"""Redis away: the window in the process decides at once, says so, and Redis is taken back when it answers."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from redis.asyncio import Redis

from deepspace_adapters.memory.rate_window import MemoryRateWindow
from deepspace_adapters.redis.rate_window import COOLDOWN_SECONDS, RedisRateWindow
from deepspace_core.policy import Charge, LimitMetric
from tests.core.metering_values import PAST, REQUESTS_A_MINUTE
from tests.fakes import CountingIds, FixedClock

CHARGES = [Charge(limit=REQUESTS_A_MINUTE, counter="a", amount=1)]
AWAY = "redis://127.0.0.1:1/0"


class CountingRedis(Redis):
    """A client that counts how often it is asked, and can be told to be away."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.asked = 0
        self.away = False

    async def execute_command(self, *args: object, **options: object) -> object:
        self.asked += 1
        if self.away:
            raise ConnectionRefusedError("away")
        return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


def _counting(url: str) -> CountingRedis:
    return cast(CountingRedis, CountingRedis.from_url(url))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def _window(client: Redis, clock: FixedClock) -> RedisRateWindow:
    return RedisRateWindow(client, fallback=MemoryRateWindow(CountingIds(1)), ids=CountingIds(), clock=clock)


async def test_without_redis_calls_are_counted_in_the_process(clock: FixedClock) -> None:
    async with Redis.from_url(AWAY) as client:
        window = _window(client, clock)
        verdicts = [await window.admit(CHARGES, PAST) for _ in range(11)]
    assert [verdict.admitted for verdict in verdicts] == [True] * 10 + [False]
    assert window.degraded


async def test_after_a_failure_redis_is_left_alone_until_the_cooldown_is_over(
    clock: FixedClock, clean_redis_url: str
) -> None:
    async with _counting(clean_redis_url) as client:
        window = _window(client, clock)
        client.away = True
        for _ in range(5):
            await window.admit(CHARGES, PAST)
        assert (client.asked, window.failures) == (1, 1)
        clock.advance(timedelta(seconds=COOLDOWN_SECONDS))
        for _ in range(5):
            await window.admit(CHARGES, PAST)
        assert (client.asked, window.failures) == (2, 2)


async def test_redis_is_taken_back_when_it_answers_again(clock: FixedClock, clean_redis_url: str) -> None:
    async with _counting(clean_redis_url) as client:
        window = _window(client, clock)
        client.away = True
        await window.admit(CHARGES, PAST)
        client.away = False
        clock.advance(timedelta(seconds=COOLDOWN_SECONDS))
        verdict = await window.admit(CHARGES, PAST)
    assert verdict.reservation is not None
    assert (window.degraded, verdict.reservation.degraded) == (False, False)


async def test_what_the_process_counted_is_settled_in_the_process(clock: FixedClock, clean_redis_url: str) -> None:
    limit = replace(REQUESTS_A_MINUTE, metric=LimitMetric.TOKENS, cap=100)
    tokens = Charge(limit=limit, counter="tokens", amount=90)
    async with _counting(clean_redis_url) as client:
        window = _window(client, clock)
        client.away = True
        made = (await window.admit([tokens], PAST)).reservation
        assert made is not None
        assert made.degraded
        await window.settle(made, tokens_used=10, now=PAST)
        assert (await window.admit([tokens], PAST)).admitted


async def test_a_settlement_that_redis_misses_is_no_error(clock: FixedClock, clean_redis_url: str) -> None:
    async with _counting(clean_redis_url) as client:
        window = _window(client, clock)
        made = (await window.admit(CHARGES, PAST)).reservation
        assert made is not None
        client.away = True
        await window.settle(made, tokens_used=10, now=PAST)
    assert window.degraded


async def test_slots_that_redis_was_not_told_of_are_given_back_when_it_answers_again(
    clock: FixedClock, clean_redis_url: str
) -> None:
    slot = Charge(limit=replace(REQUESTS_A_MINUTE, metric=LimitMetric.CONCURRENCY, cap=2), counter="s", amount=1)
    async with _counting(clean_redis_url) as client:
        window = _window(client, clock)
        first, second = [await window.admit([slot], PAST) for _ in range(2)]
        assert first.reservation is not None
        assert second.reservation is not None
        client.away = True
        await window.settle(first.reservation, tokens_used=0, now=PAST)  # finds Redis away
        await window.settle(second.reservation, tokens_used=0, now=PAST)  # doesn't try
        client.away = False
        clock.advance(timedelta(seconds=COOLDOWN_SECONDS))
        assert not (await window.admit([slot], PAST)).admitted
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=1)
        assert [(await window.admit([slot], PAST)).admitted for _ in range(3)] == [True, True, False]


async def test_scripts_that_redis_has_forgotten_are_loaded_again(clock: FixedClock, clean_redis_url: str) -> None:
    async with Redis.from_url(clean_redis_url) as client:
        window = _window(client, clock)
        await window.admit(CHARGES, PAST)
        await client.script_flush()
        assert (await window.admit(CHARGES, PAST)).states[0].remaining == 8
    assert not window.degraded


async def test_calls_that_come_together_share_round_trips(clock: FixedClock, clean_redis_url: str) -> None:
    async with _counting(clean_redis_url) as client:
        window = _window(client, clock)
        await window.admit(CHARGES, PAST)
        asked_before = client.asked
        verdicts = await asyncio.gather(*(window.admit(CHARGES, PAST) for _ in range(30)))
    assert [verdict.admitted for verdict in verdicts] == [True] * 9 + [False] * 21
    assert client.asked - asked_before < 30


async def test_a_caller_that_gave_up_before_it_was_sent_is_not_charged(clock: FixedClock, clean_redis_url: str) -> None:
    async with _counting(clean_redis_url) as client:
        window = _window(client, clock)
        sent = asyncio.ensure_future(window.admit(CHARGES, PAST))
        await asyncio.sleep(0)
        given_up = asyncio.ensure_future(window.admit(CHARGES, PAST))
        await asyncio.sleep(0)
        given_up.cancel()
        await sent
        assert (await window.admit(CHARGES, PAST)).states[0].remaining == 8
