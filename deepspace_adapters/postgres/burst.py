"""Statements that go out together: one write to the socket, one wait, one waking of the server.

psycopg's pipeline mode saves round trips, but writes to the socket at every statement, wakes the server each time and
costs some 70 µs of CPU a statement (measured with nine statements: 700 µs against 120 µs here, and 350 µs against
200 µs in the server). The ledger sends a dozen statements for every batch, so it speaks to libpq itself, through
psycopg's own wrapper of it (`psycopg.pq`).

Rules:

- A burst opens a transaction when none is open. Nothing is sent before `send` or `commit`, and whatever is added must
  not depend on an answer in the same burst.
- An error makes the server skip the rest of the burst, its COMMIT included, and is raised by `send`.
- Parameters go as text and without types: every placeholder stands where its type is plain (`%(ids)s::uuid[]`).
- A wait that is cut short leaves answers on the wire, so it closes the connection; the pool replaces it.
- Each statement is prepared once a connection. psycopg drops every prepared statement of a connection at a rollback if
  it has prepared any itself, so what uses bursts is best given connections of its own. Statements found missing are
  prepared anew, by whoever tries again.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Protocol, TypeAlias
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from deepspace_adapters.postgres.pool import Connection
from deepspace_adapters.postgres.sql import Statement

Row: TypeAlias = tuple[Any, ...]
Parameters: TypeAlias = Mapping[str, object]

STATEMENTS_MAX = 1_000
"""Different statements of the whole product that are ever sent in bursts; each is converted once."""

_PLACEHOLDER = re.compile(rb"%\((\w+)\)[sbt]")
_names: dict[Statement, bytes] = {}
"""What each statement is called once it is prepared; the same on every connection."""
_prepared: "WeakKeyDictionary[Connection, set[bytes]]" = WeakKeyDictionary()
_NO_PARAMETERS: Final[Parameters] = {}


class Executes(Protocol):
    """What takes a statement: a burst, which sends it later, or a connection, which sends it now."""

    async def execute(self, query: Statement, params: Parameters, /) -> object: ...


@dataclass(slots=True)
class Answer:
    """What came of one statement; empty until the burst has been sent."""

    rows: list[Row] = field(default_factory=list)
    status: bytes = b""
    """The server's word for what it did, such as b"INSERT 0 3"."""


class Burst:
    """Collects statements for one connection. Reusable: after `send` it is empty."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._waiting: list[tuple[Statement, Parameters, Answer]] = []

    def add(self, statement: Statement, parameters: Parameters = _NO_PARAMETERS) -> Answer:
        """Takes a statement in; its answer is there after `send`."""
        answer = Answer()
        self._waiting.append((statement, parameters, answer))
        return answer

    async def execute(self, query: Statement, params: Parameters = _NO_PARAMETERS, /) -> Answer:
        """`add`, for those who would hand a connection the same statement."""
        return self.add(query, params)

    async def commit(self) -> None:
        """Sends everything and the commit after it."""
        done = self.add(b"COMMIT")
        await self.send()
        if done.status != b"COMMIT":
            raise psycopg.OperationalError(f"the transaction ended with {done.status.decode()} instead of COMMIT")

    async def send(self) -> None:
        """Sends what was added and waits for all answers. Raises psycopg's error for the first that failed."""
        waiting, self._waiting = self._waiting, []
        pgconn = self.connection.pgconn
        if self.connection.closed:
            raise psycopg.OperationalError("the connection is closed")
        pgconn.enter_pipeline_mode()
        try:
            answers = self._queued(pgconn, waiting)
            pgconn.pipeline_sync()
            results = await _exchanged(pgconn)
        except BaseException:
            pgconn.finish()
            raise
        pgconn.exit_pipeline_mode()
        self._answered(answers, results)

    def _queued(
        self, pgconn: PGconn, waiting: Sequence[tuple[Statement, Parameters, Answer]]
    ) -> Sequence[tuple[bytes | None, Answer]]:
        """Hands everything to libpq's buffer; gives what each of the results to come belongs to. The name tells that
        the result is the word that a statement of that name has been prepared."""
        prepared = _prepared.setdefault(self.connection, set())
        transformer = Transformer(self.connection)
        answers: list[tuple[bytes | None, Answer]] = []
        if pgconn.transaction_status == TransactionStatus.IDLE:
            pgconn.send_query_params(b"BEGIN", None)
            answers.append((None, Answer()))
        for statement, parameters, answer in waiting:
            text, order = _numbered(statement)
            name = _names.setdefault(statement, b"burst_%d" % len(_names))
            if name not in prepared and not any(name == coming for coming, _ in answers):
                pgconn.send_prepare(name, text)
                answers.append((name, answer))
            values = transformer.dump_sequence([parameters[key] for key in order], [PyFormat.TEXT] * len(order))
            pgconn.send_query_prepared(name, values, result_format=Format.BINARY)
            answers.append((None, answer))
        return answers

    def _answered(self, answers: Sequence[tuple[bytes | None, Answer]], results: Sequence[PGresult]) -> None:
        transformer = Transformer(self.connection)
        for (prepared, answer), result in zip(answers, results, strict=True):
            if result.status == ExecStatus.FATAL_ERROR:
                raise self._fault(result)
            if prepared is not None:
                _prepared[self.connection].add(prepared)
            elif result.status == ExecStatus.TUPLES_OK:
                transformer.set_pgresult(result)
                answer.rows = transformer.load_rows(0, result.ntuples, tuple)
            answer.status = result.command_status or b""

    def _fault(self, result: PGresult) -> psycopg.Error:
        fault = error_from_result(result)
        if not isinstance(fault, InvalidSqlStatementName):
            return fault
        _prepared.pop(self.connection, None)
        return psycopg.OperationalError("the connection's prepared statements were dropped; try again")


async def _exchanged(pgconn: PGconn) -> list[PGresult]:
    """Writes libpq's buffer out and reads until the server has answered the sync. It reads while it still writes: a
    server whose answers nobody takes stops taking statements."""
    loop, descriptor, ready = asyncio.get_running_loop(), pgconn.socket, asyncio.Event()
    results: list[PGresult] = []
    loop.add_reader(descriptor, ready.set)
    try:
        while True:
            if pgconn.flush():
                loop.add_writer(descriptor, ready.set)
            await ready.wait()
            ready.clear()
            loop.remove_writer(descriptor)
            pgconn.consume_input()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:  # the end of one statement's results
                    continue
                if result.status == ExecStatus.PIPELINE_SYNC:
                    return results
                results.append(result)
    finally:
        loop.remove_reader(descriptor)
        loop.remove_writer(descriptor)


@lru_cache(maxsize=STATEMENTS_MAX)
def _numbered(statement: Statement) -> tuple[bytes, tuple[str, ...]]:
    """From psycopg's named placeholders to PostgreSQL's numbered ones, and the names in their order."""
    order: dict[bytes, int] = {}

    def numbered(found: re.Match[bytes]) -> bytes:
        return b"$%d" % order.setdefault(found[1], len(order) + 1)

    return _PLACEHOLDER.sub(numbered, statement), tuple(name.decode() for name in order)
