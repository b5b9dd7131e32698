"""The pipeline: an order of stages, and the law by which a call passes through them.

The law: stages enter in order; the first that raises ends the way in; every stage that entered leaves, in reverse,
exactly once, in a shielded task, even when another stage's `leave` fails or the caller is cancelled. A stage that has
answered the call by itself raises `Answered`, which ends the way in as well and is nobody's fault. The order is data: a
deployment inserts, replaces or drops a stage by name before the pipeline is built.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from deepspace_core.audit import PASSED, REJECTED, StageTiming
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.pipeline.errors import Answered
from deepspace_core.pipeline.exchange import NANOS_PER_MICROSECOND, Exchange
from deepspace_core.pipeline.stage import Stage, takes

ORDER = (
    "auth",
    "rate_limit",
    "policy",
    "idempotency",
    "budget_hold",
    "context_rag",
    "tool_skill",
    "workflow",
    "newapi_call",
    "usage_capture",
    "stream",
)
"""The standard order (docs/decisions/0009-policy-before-hold.md tells why policy stands before budget_hold)."""

_new_timing = maker_of(StageTiming)

FaultReport = Callable[[Exchange, str, Exception], None]
"""Told of a `leave` that failed: the exchange, the stage's name and the fault. It must not raise."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages in order. Build it with `assemble`."""

    stages: tuple[Stage, ...]
    clock: Clock
    tasks: Tasks
    report_fault: FaultReport
    _takers: tuple[tuple[Stage, ...], ...] = field(init=False, repr=False, compare=False)
    """Of the first none, one, two … stages those that have something to undo, the last first: found out once."""

    def __post_init__(self) -> None:
        entered = [self.stages[:count] for count in range(len(self.stages) + 1)]
        takers = tuple(tuple(stage for stage in reversed(stages) if takes(stage)) for stages in entered)
        object.__setattr__(self, "_takers", takers)

    async def run(self, exchange: Exchange) -> None:
        """Takes one call all the way. Raises what the stage that rejected it raised, after every stage has left."""
        entered, now = 0, self.clock.monotonic_nanos
        began_micros = (now() - exchange.began_nanos) // NANOS_PER_MICROSECOND
        try:
            for stage in self.stages:
                verdict = REJECTED
                try:
                    await stage.enter(exchange)
                    verdict = PASSED
                except Answered:
                    verdict = PASSED
                    raise
                finally:
                    ended_micros = (now() - exchange.began_nanos) // NANOS_PER_MICROSECOND
                    took_micros = ended_micros - began_micros
                    exchange.timeline.append(_new_timing(stage.name, began_micros, took_micros, verdict))
                    began_micros = ended_micros  # where the next one begins
                entered += 1
        except Answered:
            pass
        finally:
            if leaving := self._takers[entered]:
                await self.tasks.shield(self._leave_all(leaving, exchange))

    def without(self, name: str) -> "Pipeline":
        """The same pipeline without the stage of that name, for calls that have no need of it."""
        return replace(self, stages=tuple(stage for stage in self.stages if stage.name != name))

    async def _leave_all(self, leaving: Sequence[Stage], exchange: Exchange) -> None:
        for stage in leaving:
            try:
                await stage.leave(exchange, exchange.ending)
            except Exception as fault:  # noqa: BLE001 - one stage's failure must not keep the next from leaving
                self.report_fault(exchange, stage.name, fault)


def assemble(
    stages: Mapping[str, Stage], *, order: Sequence[str] = ORDER, clock: Clock, tasks: Tasks, report_fault: FaultReport
) -> Pipeline:
    """Builds a pipeline from named stages in `order`.

    A name in `order` without a stage is a place that nobody has filled; it costs nothing. Raises ValueError for a stage
    that stands nowhere in the order (it would silently never run) and for a name that stands there twice.
    """
    if lost := stages.keys() - set(order):
        raise ValueError(f"these stages stand nowhere in the order {list(order)}: {sorted(lost)}")
    if len(set(order)) != len(order):
        raise ValueError(f"a stage stands twice in the order {list(order)}")
    filled = tuple(stages[name] for name in order if name in stages)
    return Pipeline(stages=filled, clock=clock, tasks=tasks, report_fault=report_fault)


def inserted(order: Sequence[str], name: str, *, before: str) -> tuple[str, ...]:
    """A copy of `order` with `name` put directly before the stage `before`. Raises ValueError if that isn't there."""
    at = order.index(before)
    return (*order[:at], name, *order[at:])


def dropped(order: Sequence[str], name: str) -> tuple[str, ...]:
    """A copy of `order` without `name`. Raises ValueError if it isn't there."""
    at = order.index(name)
    return (*order[:at], *order[at + 1 :])
