"""What an operator needs to know of a PostgreSQL before trusting it with money. One connection, nothing changed."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from deepspace_adapters.postgres.sql import Statement, load
from deepspace_core.kernel.errors import Unavailable

CONNECT_TIMEOUT_SECONDS = 5
VERSION_DIVISOR = 10_000
"""server_version_num is major × 10,000 + minor."""


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of inspection.sql."""

    look_around: Statement


SQL = load(__file__, Statements)


@dataclass(frozen=True, slots=True)
class DatabaseReport:
    """A server as it was found. `durable`: a commit that was answered survives a power cut."""

    major_version: int
    now: datetime
    read_only: bool
    has_vector: bool
    durable: bool
    connections_max: int


def inspect_database(database_url: str) -> DatabaseReport:
    """Connects and looks. Raises Unavailable with what the driver says, which never holds the password."""
    try:
        with psycopg.connect(database_url, connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
            row = connection.execute(SQL.look_around).fetchone()
    except psycopg.Error as fault:
        raise Unavailable(f"PostgreSQL can't be reached: {str(fault).strip()}", dependency="postgresql") from fault
    if row is None:
        raise Unavailable("PostgreSQL answered nothing", dependency="postgresql")
    return DatabaseReport(row[0] // VERSION_DIVISOR, *row[1:])
