"""Every statement of every repository is one that the migrated schema understands.

PostgreSQL parses each one as a prepared statement: tables, columns, functions and the types of all parameters are
resolved, and nothing runs. A misspelt column in a path that no test takes is found here.
"""

import importlib
import pkgutil

import psycopg
import pytest
from psycopg import pq
from psycopg._queries import PostgresQuery
from psycopg.adapt import Transformer

import deepspace_adapters.postgres
from deepspace_adapters.postgres.sql import LOADED, Statement


def _load_every_repository() -> None:
    package = deepspace_adapters.postgres
    for found in pkgutil.walk_packages(package.__path__, prefix=f"{package.__name__}."):
        importlib.import_module(found.name)


_load_every_repository()
FILES = sorted(LOADED)


@pytest.mark.parametrize("file", FILES)
def test_every_statement_of_a_file_fits_the_schema(file: str, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        faults = [
            f"{file}.sql, {name}: {complaint}"
            for name, statement in LOADED[file].items()
            if (complaint := _complaint(connection, statement))
        ]
    assert not faults, "\n".join(faults)


def test_there_are_statements_to_check() -> None:
    assert FILES


def _complaint(connection: psycopg.Connection[tuple[object, ...]], statement: Statement) -> str:
    """What PostgreSQL has against a statement, or nothing.

    The server's Parse is used, not SQL's PREPARE, which refuses LISTEN, LOCK and COPY. No parameter types are sent:
    a statement must say what it expects (`%(ids)s::uuid[]`) wherever the context does not.
    """
    result = connection.pgconn.prepare(b"", _numbered(connection, statement))
    return "" if result.status == pq.ExecStatus.COMMAND_OK else result.get_error_message()


def _numbered(connection: psycopg.Connection[tuple[object, ...]], statement: Statement) -> bytes:
    """`%(name)s` to `$1`, by psycopg's own conversion, given None for every name."""
    query = PostgresQuery(Transformer(connection))
    query.convert(statement, _AnyName())
    return query.query


class _AnyName(dict[str, None]):
    """Has a value for every parameter, whatever its name."""

    def __missing__(self, key: str) -> None:
        return None
