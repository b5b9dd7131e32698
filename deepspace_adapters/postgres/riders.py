"""How other repositories write their records in the ledger's own commit.

A `RiderWriter` is called once a batch with all riders of its kind, inside the batch's transaction. What it executes
(set-based, please) goes out with the rest of the batch: it gets no answer, and must not commit or roll back. What it
raises fails the batch, which is then written again in halves until the record at fault stands alone.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from deepspace_adapters.postgres.burst import Executes
from deepspace_core.kernel.record import Record

RiderWriter: TypeAlias = Callable[[Executes, Sequence[Record]], Awaitable[None]]
RiderWriters: TypeAlias = Mapping[type[Record], RiderWriter]


def require_writers(writers: RiderWriters, riders: Sequence[Record]) -> None:
    """Raises TypeError naming the first kind of rider that nobody has told how to write."""
    for rider in riders:
        if type(rider) not in writers:
            raise TypeError(f"the ledger has no writer for riders of type {type(rider).__name__}")


async def write_riders(batch: Executes, writers: RiderWriters, riders: Sequence[Record]) -> None:
    """Hands each kind of rider to its writer, in the order in which the kinds first appear."""
    by_kind: dict[type[Record], list[Record]] = {}
    for rider in riders:
        by_kind.setdefault(type(rider), []).append(rider)
    for kind, records in by_kind.items():
        await writers[kind](batch, records)
