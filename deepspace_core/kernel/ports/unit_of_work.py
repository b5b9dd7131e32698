"""The port of transactions: all or nothing, rolled back unless committed."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Transaction(Protocol):
    """An open transaction, handed to repositories as their first argument. Opaque to use cases."""

    async def commit(self) -> None: ...


class UnitOfWork(Protocol):
    """Opens transactions: `async with unit_of_work() as tx: …; await tx.commit()`.

    Leaving the block without `commit` rolls everything back, on an exception and without one. No transaction may be
    open while anything slow (an upstream, a stream) is awaited. Raises Unavailable when the store can't be reached.
    """

    def __call__(self) -> AbstractAsyncContextManager[Transaction]: ...
