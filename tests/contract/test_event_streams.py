"""Event streams behave alike in memory and in Redis, where another process reads what one has written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import pytest
from redis.asyncio import Redis

from deepspace_adapters.memory import event_streams
from deepspace_adapters.memory.event_streams import MemoryEventStreams
from deepspace_adapters.redis.event_streams import RedisEventStreams
from deepspace_core.chat import EventStreams, KeptEvent
from deepspace_core.chat.event_stream import READ_MAX
from deepspace_core.kernel.ids import MessageId

ANSWER, OTHER = MessageId(UUID(int=1)), MessageId(UUID(int=2))


@dataclass
class Sides:
    """The streams of whoever writes, and those of whoever follows: one process in memory, two with Redis."""

    writer: EventStreams
    follower: EventStreams


@asynccontextmanager
async def redis_sides(url: str) -> AsyncIterator[Sides]:
    async with Redis.from_url(url) as client:
        writer, follower = [RedisEventStreams(client, local=MemoryEventStreams()) for _ in range(2)]
        yield Sides(writer, follower)
        await writer.close(2)


@pytest.fixture(params=["memory", "redis"])
async def sides(request: pytest.FixtureRequest) -> AsyncIterator[Sides]:
    if request.param == "memory":
        streams = MemoryEventStreams()
        yield Sides(streams, streams)
        return
    async with redis_sides(request.getfixturevalue("clean_redis_url")) as both:
        yield both


def event(number: int, *, is_last: bool = False, data: bytes = b"\x00 \xe7\x8c\xab\n\n") -> KeptEvent:
    return KeptEvent(number, data, is_last=is_last)


async def read(streams: EventStreams, *, after: int = 0, most: int = 1) -> list[KeptEvent]:
    """As soon as there are so many, or none more come."""
    found: list[KeptEvent] = []
    while len(found) < most:
        more = await streams.read(ANSWER, after=after + len(found), wait_seconds=2)
        if not more:
            break
        found += more
    return found


async def test_what_is_appended_is_read_in_order_from_any_number_on(sides: Sides) -> None:
    events = [event(1), event(2, data=b""), event(3, is_last=True)]
    for one in events:
        sides.writer.append(ANSWER, one)
    assert await read(sides.follower, most=3) == events
    assert await read(sides.follower, after=2) == events[2:]


async def test_a_reader_waits_for_the_next_event(sides: Sides) -> None:
    sides.writer.append(ANSWER, event(1))
    assert await read(sides.follower) == [event(1)]
    waiting = asyncio.create_task(read(sides.follower, after=1))
    await asyncio.sleep(0)
    sides.writer.append(ANSWER, event(2))
    assert await waiting == [event(2)]


async def test_nothing_comes_of_an_answer_that_has_no_events(sides: Sides) -> None:
    sides.writer.append(OTHER, event(1))
    assert list(await sides.follower.read(ANSWER, after=0, wait_seconds=0)) == []
    assert list(await sides.follower.read(ANSWER, after=0, wait_seconds=0.01)) == []


async def test_a_long_stream_is_read_piece_by_piece(sides: Sides) -> None:
    events = [event(number) for number in range(1, READ_MAX + 11)]
    for one in events:
        sides.writer.append(ANSWER, one)
    assert await read(sides.follower, most=len(events)) == events


async def test_of_a_stream_that_is_too_long_the_oldest_are_forgotten(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_streams, "EVENTS_MAX", 5)
    for number in range(1, 9):
        sides.writer.append(ANSWER, event(number))
    assert (await read(sides.follower, after=7)) == [event(8)]
    assert [one.number for one in await read(sides.follower)] == [4, 5, 6, 7, 8]


async def test_of_a_stream_that_is_too_large_the_oldest_are_forgotten(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_streams, "EVENT_BYTES_MAX", 10)
    for number in range(1, 5):
        sides.writer.append(ANSWER, event(number, data=b"12345"))
    assert (await read(sides.follower, after=3)) == [event(4, data=b"12345")]
    assert [one.number for one in await read(sides.follower)] == [3, 4]


async def test_memory_forgets_the_streams_used_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_streams, "STREAMS_MAX", 1)
    streams = MemoryEventStreams()
    streams.append(ANSWER, event(1))
    streams.append(OTHER, event(1))
    assert (streams.holds(ANSWER), streams.holds(OTHER)) == (False, True)
    short = MemoryEventStreams(kept_seconds=-1)
    short.append(ANSWER, event(1))
    assert not short.holds(ANSWER)


async def test_events_wait_for_a_redis_that_is_away_and_a_follower_finds_nothing_meanwhile(
    clean_redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepspace_adapters.redis.event_streams.COOLDOWN_SECONDS", 0.01)
    async with Redis.from_url(clean_redis_url) as client, Redis.from_url("redis://127.0.0.1:1") as nowhere:
        writer = RedisEventStreams(nowhere, local=MemoryEventStreams())
        writer.append(ANSWER, event(1))
        assert list(await writer.read(ANSWER, after=0, wait_seconds=0)) == [event(1)]
        away = RedisEventStreams(nowhere, local=MemoryEventStreams())
        assert list(await away.read(ANSWER, after=0, wait_seconds=0.02)) == []
        await asyncio.sleep(0.05)
        assert writer.failures > 0
        writer._client = client
        writer.append(ANSWER, event(2))
        assert await read(RedisEventStreams(client, local=MemoryEventStreams()), most=2) == [event(1), event(2)]
        await writer.close(2)


async def test_streams_in_redis_have_an_end(clean_redis_url: str) -> None:
    async with redis_sides(clean_redis_url) as sides, Redis.from_url(clean_redis_url) as client:
        sides.writer.append(ANSWER, event(1))
        await read(sides.follower)
        assert 0 < await client.ttl(f"deepspace:answer:{ANSWER.hex}") <= 900
