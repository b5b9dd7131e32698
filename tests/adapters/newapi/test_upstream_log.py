"""NewAPI's log, read from a real server that follows its interface."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from deepspace_adapters.memory.channels import MemoryChannels
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.newapi.channels import SettingsChannel
from deepspace_adapters.newapi.client import make_transport
from deepspace_adapters.newapi.upstream_log import PAGE_SIZE, PICOS_PER_QUOTA, NewApiLogs
from deepspace_core.channels import LogAccess, purpose_of_log_token
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.pipeline import UpstreamFailed, UpstreamMisconfigured, UpstreamUnreachable
from deepspace_core.usage import LoggedCall, UpstreamBook
from tests.core.channels.values import channel
from tests.fakes import FixedClock, PlainBox
from tests.newapi_log import NewApiLog
from tests.scripted_upstream import running_upstream

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class World:
    """Channels that say how the log of a running server is read."""

    logs: NewApiLogs
    log: NewApiLog
    url: str
    unit_of_work: MemoryUnitOfWork

    async def add(self, name: str, *, url: str = "", token: str = "", token_name: str | None = None) -> None:
        box, made = PlainBox(), channel(name)
        sealed = box.seal(token or self.log.token, purpose=purpose_of_log_token(made.id))
        access = LogAccess(base_url=url or self.url, user_id=1, sealed_token=sealed, token_name=token_name)
        async with self.unit_of_work() as tx:
            await MemoryChannels().add_channel(tx, channel(name, log=access))
            await tx.commit()

    async def read(self) -> list[LoggedCall]:
        [book] = await self.logs.list_books()
        return list(await self.logs.read(book, since=AT, until=AT + HOUR))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    transport, unit_of_work = make_transport(), MemoryUnitOfWork(MemoryDatabase())
    async with running_upstream() as upstream:
        logs = NewApiLogs(
            unit_of_work=unit_of_work,
            channels=MemoryChannels(),
            given=SettingsChannel(None, clock=FixedClock()),
            transport=transport,
            box=PlainBox(),
        )
        yield World(logs, upstream.log, upstream.url.removesuffix("/v1"), unit_of_work)
    await transport.aclose()


async def test_charged_calls_of_a_period_come_over_all_pages_and_nothing_else(world: World) -> None:
    await world.add("a")
    stamp = int(AT.timestamp())
    for number in range(PAGE_SIZE * 2 + 1):
        world.log.add(at=stamp + number, model="small", request_id=f"r{number}", quota=3, prompt_tokens=7)
    world.log.add(at=stamp - 1, model="before")
    world.log.add(at=stamp + 3_600, model="after")
    world.log.add(at=stamp, model="an error", type=5)
    calls = await world.read()
    assert len(calls) == PAGE_SIZE * 2 + 1
    assert world.log.reads == 3
    first = min(calls, key=lambda call: call.at)
    assert (first.at, first.request_id, first.input_tokens, first.cost_picos) == (AT, "r0", 7, 3 * PICOS_PER_QUOTA)
    assert PICOS_PER_QUOTA == 2_000_000, "500,000 of quota are a dollar"


async def test_a_token_s_name_narrows_the_log_and_channels_of_one_log_are_one_book(world: World) -> None:
    await world.add("a", token_name="ours")
    await world.add("b", token_name="ours")
    world.log.add(at=int(AT.timestamp()), model="mine", token_name="ours")
    world.log.add(at=int(AT.timestamp()), model="another's", token_name="theirs")
    assert await world.logs.list_books() == [UpstreamBook(f"{world.url} (ours)", frozenset({"a", "b"}))]
    assert [call.model for call in await world.read()] == ["mine"]
    assert (await world.read())[0].request_id is None, "an older NewAPI logs no request ids"


@pytest.mark.parametrize(
    ("more", "fault", "expected"),
    [
        ({"token": "another"}, "", UpstreamMisconfigured),
        ({"url": "http://127.0.0.1:9"}, "", UpstreamUnreachable),
        ({}, "database is away", UpstreamFailed),
    ],
)
async def test_a_log_that_can_not_be_read_says_why(
    world: World, more: dict[str, str], fault: str, expected: type[DeepSpaceError]
) -> None:
    await world.add("a", **more)
    world.log.fault = fault
    with pytest.raises(expected) as caught:
        await world.read()
    assert not fault or caught.value.fields["upstream_message"] == fault
    assert world.log.token not in caught.value.message


async def test_a_page_that_is_none_and_a_book_that_is_gone_are_faults(world: World) -> None:
    await world.add("a", url=f"{world.url}/elsewhere")
    with pytest.raises(UpstreamFailed):
        await world.read()
    with pytest.raises(UpstreamMisconfigured):
        await world.logs.read(UpstreamBook("gone", frozenset()), since=AT, until=AT + HOUR)
