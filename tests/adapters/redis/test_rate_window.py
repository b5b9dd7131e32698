"""Redis away: the window in the process decides at once, says so, and Redis is taken back when it answers."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Connection, Redis

from deepspace_adapters.memory.rate_window import MemoryRateWindow
from deepspace_adapters.redis.rate_window import COOLDOWN_SECONDS, RedisRateWindow
from deepspace_core.policy import Charge, LimitMetric
from tests.core.metering_values import PAST, REQUESTS_A_MINUTE
from tests.fakes import CountingIds, FixedClock

CHARGES = [Charge(limit=REQUESTS_A_MINUTE, counter="a", amount=1)]
AWAY = "redis://127.0.0.1:1/0"


@dataclass
class Line:
    """The way to Redis: how often it was asked over it, and whether it is cut."""

    asked: int = 0
    away: bool = False
    connections: list[Connection] = field(default_factory=list)


class WatchedConnection(Connection):
    """A connection over a `Line`."""

    def __init__(self, *, line: Line, **options: Any) -> None:
        super().__init__(**options)
        self._line = line
        line.connections.append(self)

    async def send_packed_command(self, command: str | bytes | Iterable[bytes], check_health: bool = True) -> None:
        if isinstance(command, bytes):  # a script; what a new connection begins with is a list
            self._line.asked += 1
            if self._line.away:
                raise ConnectionRefusedError("away")
        await super().send_packed_command(command, check_health)


def _redis(url: str, line: Line) -> Redis:
    client: Redis = Redis.from_url(url, connection_class=WatchedConnection, line=line)
    return client


@pytest.fixture
def line() -> Line:
    return Line()


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
    clock: FixedClock, clean_redis_url: str, line: Line
) -> None:
    async with _redis(clean_redis_url, line) as client:
        window = _window(client, clock)
        line.away = True
        for _ in range(5):
            await window.admit(CHARGES, PAST)
        assert (line.asked, window.failures) == (1, 1)
        clock.advance(timedelta(seconds=COOLDOWN_SECONDS))
        for _ in range(5):
            await window.admit(CHARGES, PAST)
        assert (line.asked, window.failures) == (2, 2)


async def test_redis_is_taken_back_when_it_answers_again(clock: FixedClock, clean_redis_url: str, line: Line) -> None:
    async with _redis(clean_redis_url, line) as client:
        window = _window(client, clock)
        line.away = True
        await window.admit(CHARGES, PAST)
        line.away = False
        clock.advance(timedelta(seconds=COOLDOWN_SECONDS))
        verdict = await window.admit(CHARGES, PAST)
    assert verdict.reservation is not None
    assert (window.degraded, verdict.reservation.degraded) == (False, False)


async def test_what_the_process_counted_is_settled_in_the_process(
    clock: FixedClock, clean_redis_url: str, line: Line
) -> None:
    limit = replace(REQUESTS_A_MINUTE, metric=LimitMetric.TOKENS, cap=100)
    tokens = Charge(limit=limit, counter="tokens", amount=90)
    async with _redis(clean_redis_url, line) as client:
        window = _window(client, clock)
        line.away = True
        made = (await window.admit([tokens], PAST)).reservation
        assert made is not None
        assert made.degraded
        await window.settle(made, tokens_used=10, now=PAST)
        assert (await window.admit([tokens], PAST)).admitted


async def test_a_settlement_that_redis_misses_is_no_error(clock: FixedClock, clean_redis_url: str, line: Line) -> None:
    async with _redis(clean_redis_url, line) as client:
        window = _window(client, clock)
        made = (await window.admit(CHARGES, PAST)).reservation
        assert made is not None
        line.away = True
        await window.settle(made, tokens_used=10, now=PAST)
    assert window.degraded


async def test_slots_that_redis_was_not_told_of_are_given_back_when_it_answers_again(
    clock: FixedClock, clean_redis_url: str, line: Line
) -> None:
    slot = Charge(limit=replace(REQUESTS_A_MINUTE, metric=LimitMetric.CONCURRENCY, cap=2), counter="s", amount=1)
    async with _redis(clean_redis_url, line) as client:
        window = _window(client, clock)
        first, second = [await window.admit([slot], PAST) for _ in range(2)]
        assert first.reservation is not None
        assert second.reservation is not None
        line.away = True
        await window.settle(first.reservation, tokens_used=0, now=PAST)  # finds Redis away
        await window.settle(second.reservation, tokens_used=0, now=PAST)  # doesn't try
        line.away = False
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


async def test_a_connection_that_redis_has_closed_is_made_anew(
    clock: FixedClock, clean_redis_url: str, line: Line
) -> None:
    async with _redis(clean_redis_url, line) as client, Redis.from_url(clean_redis_url) as other:
        window = _window(client, clock)
        await window.admit(CHARGES, PAST)
        (kept,) = line.connections
        await other.client_kill_filter(_type="normal", skipme=True)
        async with asyncio.timeout(10):
            while not await kept.can_read():  # noqa: ASYNC110 - the end of it has to be asked for
                await asyncio.sleep(0)
        assert (await window.admit(CHARGES, PAST)).states[0].remaining == 8
    assert window.failures == 0


async def test_one_connection_serves_call_after_call(clock: FixedClock, clean_redis_url: str, line: Line) -> None:
    async with _redis(clean_redis_url, line) as client:
        window = _window(client, clock)
        for _ in range(3):
            await window.admit(CHARGES, PAST)
    assert len(line.connections) == 1
    assert not line.connections[0].is_connected  # closed with its client


async def test_calls_that_come_together_share_round_trips(clock: FixedClock, clean_redis_url: str, line: Line) -> None:
    async with _redis(clean_redis_url, line) as client:
        window = _window(client, clock)
        await window.admit(CHARGES, PAST)
        asked_before = line.asked
        verdicts = await asyncio.gather(*(window.admit(CHARGES, PAST) for _ in range(30)))
    assert [verdict.admitted for verdict in verdicts] == [True] * 9 + [False] * 21
    assert line.asked - asked_before < 30


async def test_a_caller_that_gave_up_before_it_was_sent_is_not_charged(
    clock: FixedClock, clean_redis_url: str, line: Line
) -> None:
    async with _redis(clean_redis_url, line) as client:
        window = _window(client, clock)
        sent = asyncio.ensure_future(window.admit(CHARGES, PAST))
        await asyncio.sleep(0)
        given_up = asyncio.ensure_future(window.admit(CHARGES, PAST))
        await asyncio.sleep(0)
        given_up.cancel()
        await sent
        assert (await window.admit(CHARGES, PAST)).states[0].remaining == 8
