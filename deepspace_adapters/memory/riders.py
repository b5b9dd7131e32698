"""How other memory repositories write their records in the ledger's own transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record

RiderWriter: TypeAlias = Callable[[Transaction, Sequence[Record]], Awaitable[None]]
RiderWriters: TypeAlias = Mapping[type[Record], RiderWriter]
