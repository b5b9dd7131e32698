"""Runs a statement in a transaction and gives its rows back as the core's nouns."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from psycopg.rows import kwargs_row

from deepspace_adapters.postgres.sql import Statement
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ports.unit_of_work import Transaction

Noun = TypeVar("Noun")
Parameters = Mapping[str, object]


async def find_one(
    tx: Transaction, make: Callable[..., Noun], statement: Statement, parameters: Parameters
) -> Noun | None:
    """The first row, made into a noun from its columns by name; None when there is no row."""
    async with connection_of(tx).cursor(row_factory=kwargs_row(make)) as cursor:
        await cursor.execute(statement, parameters)
        return await cursor.fetchone()


async def find_all(
    tx: Transaction, make: Callable[..., Noun], statement: Statement, parameters: Parameters
) -> list[Noun]:
    """All rows; the statement bounds them."""
    async with connection_of(tx).cursor(row_factory=kwargs_row(make)) as cursor:
        await cursor.execute(statement, parameters)
        return await cursor.fetchall()


async def run(tx: Transaction, statement: Statement, parameters: Parameters) -> int:
    """Runs a statement that changes rows; how many."""
    cursor = await connection_of(tx).execute(statement, parameters)
    return cursor.rowcount


async def names_of(tx: Transaction, statement: Statement, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Runs a statement that takes `ids` and gives back an id and a name a row."""
    if not ids:
        return {}
    cursor = await connection_of(tx).execute(statement, {"ids": [*ids]})
    return dict(await cursor.fetchall())
