"""Transactions over dictionaries: one at a time, on a copy that replaces the original at commit.

Serialising every transaction is the simplest isolation there is, and this twin is measured by truth, not by speed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from deepspace_core.kernel.ports.unit_of_work import Transaction

Table = dict[Any, Any]
"""From a key to an immutable row. Rows are replaced, never changed, so a shallow copy is a snapshot."""


class MemoryDatabase:
    """Named tables of immutable rows, shared by the memory repositories of one deployment."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.lock = asyncio.Lock()


class MemoryTransaction:
    """A private copy of each table that the transaction touches."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._copies: dict[str, Table] = {}

    def table(self, name: str) -> Table:
        """The transaction's own copy of a table; made at first touch."""
        if name not in self._copies:
            self._copies[name] = dict(self._database.tables.get(name, {}))
        return self._copies[name]

    async def commit(self) -> None:
        self._database.tables.update(self._copies)
        self._copies = {}


class MemoryUnitOfWork:
    """The `UnitOfWork` port over a MemoryDatabase. A transaction inside a transaction waits for ever."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Transaction]:
        async with self._database.lock:
            yield MemoryTransaction(self._database)


def table_of(tx: Transaction, name: str) -> Table:
    """The table `name` as `tx` sees it. Raises TypeError for another adapter's transaction."""
    if not isinstance(tx, MemoryTransaction):
        raise TypeError(f"a memory repository was given a {type(tx).__name__}")
    return tx.table(name)
