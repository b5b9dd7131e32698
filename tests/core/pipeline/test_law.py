"""The law of the pipeline, whatever the stages do: in order in, in reverse out, exactly once, shielded."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_adapters.system import AsyncioTasks, SystemClock
from deepspace_core.audit import PASSED
from deepspace_core.pipeline import ORDER, Answered, EnterOnly, Exchange, Stage, assemble, dropped, inserted
from deepspace_core.usage import Ending
from tests.core.pipeline.world import SECRET, World


@dataclass
class Recorder:
    """A stage that writes down its steps and fails where it is told to."""

    name: str
    steps: list[str]
    fails_in: str = "nowhere"
    waits: asyncio.Event | None = field(default=None)

    async def enter(self, exchange: Exchange) -> None:
        if self.waits is not None:
            await self.waits.wait()
        if self.fails_in == "enter":
            raise ValueError(self.name)
        self.steps.append(f"+{self.name}")

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        await asyncio.sleep(0)
        self.steps.append(f"-{self.name}")
        if self.fails_in == "leave":
            raise ValueError(self.name)


async def exchange() -> Exchange:
    world = await World.make()
    return world.exchange(stream=True, model="small", secret=None)


@given(st.lists(st.sampled_from(["nowhere", "enter", "leave"]), min_size=1, max_size=6))
def test_what_entered_leaves_in_reverse_exactly_once(fails: list[str]) -> None:
    steps: list[str] = []
    reported: list[str] = []
    names = [f"s{number}" for number in range(len(fails))]
    pipeline = assemble(
        {name: Recorder(name, steps, fails_in) for name, fails_in in zip(names, fails, strict=True)},
        order=names,
        clock=SystemClock(),
        tasks=AsyncioTasks(),
        report_fault=lambda exchange, stage, fault: reported.append(stage),
    )

    async def run() -> None:
        await pipeline.run(await exchange())

    stops_at = fails.index("enter") if "enter" in fails else len(fails)
    if stops_at < len(fails):
        with pytest.raises(ValueError, match=f"s{stops_at}"):
            asyncio.run(run())
    else:
        asyncio.run(run())
    entered = names[:stops_at]
    assert steps == [f"+{name}" for name in entered] + [f"-{name}" for name in reversed(entered)]
    assert reported == [name for name in reversed(entered) if fails[names.index(name)] == "leave"]


@dataclass
class Answering:
    """A stage that answers the call by itself."""

    name: str = "answering"

    async def enter(self, exchange: Exchange) -> None:
        raise Answered

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        raise AssertionError("it has not entered")


async def test_a_stage_that_answers_by_itself_ends_the_way_in_without_a_fault() -> None:
    steps: list[str] = []
    stages: dict[str, Stage] = {"a": Recorder("a", steps), "answering": Answering(), "b": Recorder("b", steps)}
    pipeline = assemble(
        stages,
        order=list(stages),
        clock=SystemClock(),
        tasks=AsyncioTasks(),
        report_fault=lambda exchange, stage, fault: None,
    )
    call = await exchange()
    await pipeline.run(call)
    assert steps == ["+a", "-a"]
    assert [(timing.name, timing.verdict) for timing in call.timeline] == [("a", PASSED), ("answering", PASSED)]
    await pipeline.without("answering").run(call)
    assert steps[2:] == ["+a", "+b", "-b", "-a"]


async def test_a_cancelled_caller_does_not_keep_stages_from_leaving() -> None:
    steps: list[str] = []
    never = asyncio.Event()
    pipeline = assemble(
        {"a": Recorder("a", steps), "b": Recorder("b", steps, waits=never)},
        order=["a", "b"],
        clock=SystemClock(),
        tasks=AsyncioTasks(),
        report_fault=lambda exchange, stage, fault: None,
    )
    running = asyncio.create_task(pipeline.run(await exchange()))
    await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert steps == ["+a", "-a"]


class Greeting(EnterOnly):
    """The stage that docs/pipeline.md shows."""

    name = "greeting"

    async def enter(self, exchange: Exchange) -> None:
        exchange.notes["greeting"] = f"hello {exchange.request.model}"


async def test_a_third_party_s_stage_is_inserted_by_name() -> None:
    world = await World.make()
    greeting: Stage = Greeting()
    order = inserted(ORDER, greeting.name, before="newapi_call")
    pipeline = assemble(
        {**world.stages, greeting.name: greeting},
        order=order,
        clock=world.clock,
        tasks=world.tasks,
        report_fault=lambda exchange, stage, fault: None,
    )
    call = world.exchange(stream=True, model="small", secret=SECRET)
    await pipeline.run(call)
    assert call.notes["greeting"] == "hello small"
    assert [timing.name for timing in call.timeline] == [
        "auth",
        "rate_limit",
        "policy",
        "idempotency",
        "budget_hold",
        "greeting",
        "newapi_call",
        "usage_capture",
        "stream",
    ]


def test_an_order_that_would_drop_a_stage_in_silence_is_refused() -> None:
    arguments = {"clock": SystemClock(), "tasks": AsyncioTasks(), "report_fault": lambda exchange, stage, fault: None}
    with pytest.raises(ValueError, match="stand nowhere"):
        assemble({"a": Recorder("a", [])}, order=["b"], **arguments)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="twice"):
        assemble({"a": Recorder("a", [])}, order=["a", "a"], **arguments)  # type: ignore[arg-type]
    assert "policy" not in dropped(ORDER, "policy")
