"""What a whole answer owes is noted before its last bytes go out: a gateway that is killed has forgotten nothing."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from deepspace_core.audit import RequestLog
from deepspace_core.ledger import HoldState
from deepspace_core.pipeline import UpstreamCut
from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pricing import TokenLeaves
from deepspace_core.usage import Ending, UsageRecord, UsageSource
from tests.core.pipeline.sides import FakeClient, Script
from tests.core.pipeline.world import World

USED = TokenLeaves(input_uncached=20, output_text=3)


@dataclass
class Watching(FakeClient):
    """Looks at what is noted whenever a piece comes to it, and at its end."""

    world: World | None = None
    noted_at: list[tuple[bytes, int]] = field(default_factory=list)

    def _take(self, piece: bytes) -> None:
        super()._take(piece)
        self._look(piece)

    async def finish(self) -> None:
        self._look(b"finish")
        await super().finish()

    def _look(self, piece: bytes) -> None:
        assert self.world is not None
        self.noted_at.append((piece, len(self.world.journal.noted)))


async def call(world: World, script: Script, *, stream: bool, key: str | None = None) -> tuple[Exchange, Watching]:
    world.upstream.script = script
    exchange = world.exchange(stream=stream, key=key)
    client = exchange.client = Watching(
        world=world, leaves_after=script.client_leaves_after, is_prompt=script.client_is_prompt
    )
    exchange, _ = await world.run(exchange)
    return exchange, client


@pytest.mark.parametrize("usage", [USED, None])
@pytest.mark.parametrize("is_prompt", [True, False])
async def test_a_stream_s_terminal_event_goes_out_after_the_note(usage: TokenLeaves | None, is_prompt: bool) -> None:
    world = await World.make()
    _, client = await call(world, Script(usage=usage, client_is_prompt=is_prompt), stream=True)
    assert client.noted_at == [(b"word ", 0)] * 3 + [(b"end", 1), (b"finish", 1)]
    assert world.journal.noted == {}, "settled"
    assert len(world.usage()) == 1


async def test_what_is_settled_is_what_was_noted() -> None:
    world = await World.make()
    exchange, _ = await call(world, Script(usage=USED), stream=True)
    [unsettled] = world.journal.ever_noted
    assert unsettled.riders == tuple(world.records)
    assert [row.ref for row in await world.rows()][-1] == unsettled.command.ref
    assert exchange.ending is Ending.COMPLETED


async def test_the_log_in_a_note_tells_of_the_stage_that_is_under_way() -> None:
    world = await World.make()
    exchange, _ = await call(world, Script(usage=USED), stream=True)
    [log] = [record for record in world.records if isinstance(record, RequestLog)]
    assert [timing.name for timing in log.stages] == [timing.name for timing in exchange.timeline]
    assert (log.status, log.error_code, log.response_bytes) == (200, None, exchange.bytes_sent)


async def test_a_gateway_that_was_killed_after_the_last_bytes_settles_at_its_next_start() -> None:
    world = await World.make()
    world.upstream.before_end = lambda: setattr(world.ledger, "away", 1)
    await call(world, Script(usage=USED), stream=True)
    world.tasks.drop()  # the process is gone, and so is what it had in memory
    assert [hold.state for hold in await world.holds()] == [HoldState.PENDING]
    world.journal.unsettled = {one.command.ref: one for one in world.journal.ever_noted}
    assert world.make_settler().settle_kept() == 1
    await world.tasks.drain()
    assert [hold.state for hold in await world.holds()] == [HoldState.CAPTURED]
    assert [record.leaves for record in world.usage()] == [USED]


@pytest.mark.parametrize(
    "script",
    [
        Script(break_after=2),
        Script(silent_after=2),
        Script(error_after=0),
        Script(terminal=False, usage=None),
        Script(client_leaves_after=1, usage=None, terminal=False),
        Script(refuse=True),
    ],
)
async def test_an_answer_that_is_not_whole_is_not_foreseen(script: Script) -> None:
    world = await World.make()
    await call(world, script, stream=True)
    assert world.journal.ever_noted == []
    assert HoldState.PENDING not in {hold.state for hold in await world.holds()}


async def test_a_note_is_struck_where_the_call_comes_to_another_end_and_that_one_is_settled() -> None:
    """No answer of our taps does: after its terminal event nothing of it changes. A deployment's own may."""
    world = await World.make()
    exchange = world.exchange(stream=True)
    pump = world.stages["stream"].enter

    async def cut(exchange: Exchange) -> None:
        await pump(exchange)
        exchange.ending = Ending.TRUNCATED
        raise UpstreamCut("cut")

    world.stages["stream"] = _Replaced(world.stages["stream"].name, cut)
    await world.run(exchange)
    assert world.journal.noted == {}
    assert [(record.ending, record.usage_source) for record in world.usage()] == [
        (Ending.TRUNCATED, UsageSource.UPSTREAM)
    ]
    assert [type(record) for record in world.records].count(RequestLog) == 1


async def test_an_answer_that_is_kept_for_its_key_is_noted_with_it() -> None:
    world = await World.make()
    await call(world, Script(usage=USED), stream=True, key="once")
    assert [type(rider).__name__ for rider in world.journal.ever_noted[0].riders] == [
        "UsageRecord",
        "Event",
        "RequestLog",
        "KeptAnswer",
    ]
    assert [isinstance(record, UsageRecord) for record in world.records].count(True) == 1


@dataclass(frozen=True)
class _Replaced:
    name: str
    enter: Callable[[Exchange], Coroutine[Any, Any, None]]

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        return None
