"""A stage: one named step of the way a call takes.

Rules: `enter` does its work or raises; what it raises ends the call, so it must leave nothing behind. `leave` runs
once for every stage that entered, in reverse order, shielded from the caller's cancellation, and sees how the call
ended. A stage keeps no state of its own between calls: what belongs to a call lives on the exchange.
"""

from typing import Protocol

from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.usage import Ending


class Stage(Protocol):
    """One step. `name` is what a deployment's order, the trace and the metrics call it."""

    @property
    def name(self) -> str: ...

    async def enter(self, exchange: Exchange) -> None: ...

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        """`ending` is None when the call never reached an upstream: it was rejected on the way."""
        ...


class EnterOnly:
    """A base for stages that have nothing to undo."""

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        """Nothing was taken, so nothing is given back."""


def takes(stage: Stage) -> bool:
    """Whether it has anything to undo. One that hasn't need not be asked to."""
    return getattr(type(stage), "leave", None) is not EnterOnly.leave
