"""Brings a database's schema to what this release needs, and back.

Owns the run, not the content: the files of `migrations/` (`NNNN.verb-noun.sql`, its undoing in `.rollback.sql`). yoyo
finds, orders and splits them and keeps the book (`_yoyo_migration`); two things are done differently here. A migration
and its mark are one transaction, so a crash never leaves a schema that is there and not in the book. And the lock is an
advisory one, which goes when its connection goes; yoyo's own is a row, which outlives a killed process.

For those who write migrations:

- The first lines are `-- depends: NNNN.verb-noun` (several are separated by spaces). What must not run in a transaction
  (`CREATE INDEX CONCURRENTLY`) says `-- transactional: false` there, and stands alone in its file: it isn't atomic.
- Statements are split by sqlparse, which knows `$$ … $$`, `$body$ … $body$`, `DO $$ … $$`, nested `BEGIN … END`,
  `BEGIN ATOMIC` and semicolons in strings and comments; write functions as for psql.
- No psql commands (`\\set`), no parameters: `%` and `:name` are plain text.
- A rollback file runs in the order it is written in: drop last what was made first.
"""

import contextlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.exceptions import BadMigration
from yoyo.migrations import default_migration_table, read_migrations

from deepspace_core.kernel.errors import Conflict, InvalidInput, Unavailable

LOCK_KEY = 0x6465_6570_7370_6163
"""The advisory lock's number: "deepspac" in ASCII. Locks are per database, so databases of one server don't meet."""

LOCK_TIMEOUT_SECONDS = 120
CONNECT_TIMEOUT_SECONDS = 5
DRIVER = "postgresql+psycopg"


class MigrationFailed(Conflict):
    """The database refused a migration; `fields["migration"]` names it, and the schema is as it was before it."""


def migrations_directory() -> Path:
    """Where the migrations are: inside the wheel, or at the top of a checkout. Raises MigrationFailed if nowhere."""
    package = Path(__file__).parents[1]
    for directory in (package / "migrations", package.parent / "migrations"):
        if directory.is_dir():
            return directory
    raise MigrationFailed(f"no migrations beside {package.name}; reinstall deepspace-workflows")


def pending(database_url: str, *, directory: Path | None = None) -> list[str]:
    """The migrations that the database still lacks, in the order they would be applied."""
    files = _read(directory)
    with _locked_backend(database_url) as backend:
        return [migration.id for migration in backend.to_apply(files)]


def migrate(database_url: str, *, to: str | None = None, directory: Path | None = None) -> list[str]:
    """Applies what is missing, up to and with the migration `to` (default: everything), and returns what it applied.

    Several processes may call this at once: one works, the others wait for it and find nothing left to do.
    Raises Unavailable, Conflict (another has held the lock for LOCK_TIMEOUT_SECONDS), InvalidInput, MigrationFailed.
    """
    files = _read(directory)
    known = [migration.id for migration in files]
    if to is not None and to not in known:
        raise InvalidInput(f"there is no migration {to!r}; the newest is {max(known, default='none')}", param="to")
    with _locked_backend(database_url) as backend:
        wanted = _up_to(list(backend.to_apply(files)), to=to)
        for migration in wanted:
            _run(backend, migration, direction="apply", mark=backend.mark_one)
        return [migration.id for migration in wanted]


def rollback(database_url: str, *, count: int | None = 1, directory: Path | None = None) -> list[str]:
    """Undoes the newest `count` migrations (None: all of them), newest first, and returns them. Their data is gone."""
    files = _read(directory)
    with _locked_backend(database_url) as backend:
        unwanted = list(backend.to_rollback(files))[:count]
        for migration in unwanted:
            _run(backend, migration, direction="rollback", mark=backend.unmark_one)
        return [migration.id for migration in unwanted]


def _read(directory: Path | None) -> Any:
    """Every migration, loaded, so that a file that depends on nothing we have is found before anything is changed."""
    files = read_migrations(str(directory or migrations_directory()))
    for migration in files:
        try:
            migration.load()
        except BadMigration as fault:
            raise MigrationFailed(
                f"{migration.id}: its `-- depends:` line names a migration that isn't there", migration=migration.id
            ) from fault
    return files


def _up_to(missing: list[Any], *, to: str | None) -> list[Any]:
    if to is None:
        return missing
    names = [migration.id for migration in missing]
    return missing[: names.index(to) + 1] if to in names else []


def _run(backend: Any, migration: Any, *, direction: str, mark: Callable[..., None]) -> None:
    """One migration and its mark. yoyo prints the rows of a SELECT; a library has no business on standard output."""
    try:
        whole = backend.transaction() if migration.use_transactions else contextlib.nullcontext()
        with whole, contextlib.redirect_stdout(io.StringIO()):
            migration.process_steps(backend, direction)
            # Without yoyo's log of who and where: it asks the network for this machine's name, and fails for a
            # user id that has no name, as containers have.
            mark(migration, log=False)
    except psycopg.Error as fault:
        raise MigrationFailed(
            f"migration {migration.id} could not be run ({direction}): {str(fault).strip()}", migration=migration.id
        ) from fault


@contextmanager
def _locked_backend(database_url: str) -> Iterator[Any]:
    with _lock(database_url):
        backend = PostgresqlPsycopgBackend(_as_yoyo_uri(database_url), default_migration_table)
        with backend:
            backend.create_lock_table()
            backend.break_lock()  # whoever left a row there is dead: we hold the real lock
            backend.ensure_internal_schema_updated()
            yield backend


@contextmanager
def _lock(database_url: str) -> Iterator[None]:
    """Holds the advisory lock on a connection of its own. Connect directly: a pooler in transaction mode breaks it."""
    try:
        connection = psycopg.connect(database_url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS)
    except psycopg.OperationalError as fault:
        raise Unavailable(
            f"the database can't be reached: {str(fault).strip()}; is it running, and is DEEPSPACE_DATABASE_URL right?",
            dependency="postgresql",
        ) from fault
    with connection:
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'".encode())
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        except psycopg.errors.LockNotAvailable as fault:
            raise Conflict(
                f"another process has been migrating this database for over {LOCK_TIMEOUT_SECONDS} seconds; "
                "wait for it, or end it"
            ) from fault
        yield


def _as_yoyo_uri(database_url: str) -> Any:
    """The URL as yoyo takes it. libpq reads it, so sockets, several hosts and every libpq parameter work."""
    arguments = conninfo_to_dict(database_url)
    database = arguments.pop("dbname", None)
    return DatabaseURI(DRIVER, None, None, None, None, database, arguments)
