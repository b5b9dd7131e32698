"""Statements that go out together: one write to the socket, one wait, one waking of the server.

psycopg's pipeline mode saves round trips, but writes to the socket at every statement, wakes the server each time and
costs some 70 µs of CPU a statement (measured with nine statements: 700 µs against 120 µs here, and 350 µs against
200 µs in the server). The ledger sends a dozen statements for every batch, so it speaks to libpq itself, through
psycopg's own wrapper of it (`psycopg.pq`).

Rules:

- A burst opens a transaction when none is open. Nothing is sent before `send`, `commit` or `push`, and whatever is
  added must not depend on an answer in the same burst.
- An error makes the server skip the rest of the burst, its COMMIT included, and is raised by `send`.
- Parameters go as text and without types: every placeholder stands where its type is plain (`%(ids)s::uuid[]`).
- A wait that is cut short leaves answers on the wire, so it closes the connection; the pool replaces it.
- Each statement is prepared once a connection. psycopg drops every prepared statement of a connection at a rollback if
  it has prepared any itself, so what uses bursts is best given connections of its own. Statements found missing are
  prepared anew: at once by the burst that opened the transaction, for it has lost nothing yet, else by whoever tries
  again.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, Protocol, TypeAlias, cast
from weakref import WeakKeyDictionary

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from deepspace_adapters.postgres.arrays import Columns
from deepspace_adapters.postgres.pool import Connection
from deepspace_adapters.postgres.sql import Statement

Row: TypeAlias = tuple[Any, ...]
Parameters: TypeAlias = Mapping[str, object]

STATEMENTS_MAX = 1_000
"""Different statements of the whole product that are ever sent in bursts; each is converted once."""

_PLACEHOLDER = re.compile(rb"%\((\w+)\)[sbt]")
_numbers: dict[Statement, int] = {}
"""What each statement is called by; the same on every connection."""
_NO_PARAMETERS: Final[Parameters] = {}


class StatementsDropped(psycopg.OperationalError):
    """The server no longer knows what was prepared on the connection; nothing of the burst was done."""


@dataclass(slots=True)
class _Prepared:
    """The statements that were sent to be prepared on a connection, and not heard to have failed.

    Names begin anew when the server is found to know less than it should: which of the old ones it still knows can't
    be told, and a name can't be given twice.
    """

    generation: int = 0
    sent: set[bytes] = field(default_factory=set)

    def name_of(self, statement: Statement) -> bytes:
        return b"burst_%d_%d" % (self.generation, _numbers.setdefault(statement, len(_numbers)))

    def unsend(self, expected: Sequence["Expected"], results: Sequence[PGresult]) -> None:
        """Takes back what the server skipped after an error."""
        for (name, _), result in zip(expected, results, strict=False):
            if name is not None and result.status != ExecStatus.COMMAND_OK:
                self.sent.discard(name)

    def begin_anew(self) -> None:
        self.generation += 1
        self.sent.clear()


_prepared: "WeakKeyDictionary[Connection, _Prepared]" = WeakKeyDictionary()


class Executes(Protocol):
    """What takes a statement: a burst, which sends it later, or a connection, which sends it now."""

    async def execute(self, query: Statement, params: Parameters, /) -> object: ...


@dataclass(slots=True)
class Answer:
    """What came of one statement; empty until the burst has been sent."""

    status: bytes = b""
    """The server's word for what it did, such as b"INSERT 0 3"."""
    result: PGresult | None = None

    @property
    def rows(self) -> list[Row]:
        """Read only when somebody asks: what is only written answers to nobody."""
        if self.result is None or self.result.status != ExecStatus.TUPLES_OK:
            return []
        transformer = Transformer()
        transformer.set_pgresult(self.result)
        return transformer.load_rows(0, self.result.ntuples, tuple)


Waiting: TypeAlias = tuple[Statement, Parameters, Answer]
Expected: TypeAlias = tuple[bytes | None, Answer]
"""What a result belongs to; with a name it is the word that the statement of that name has been prepared."""


class Burst:
    """Collects statements for one connection. Reusable: after `send` it is empty."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._waiting: list[Waiting] = []
        self._pushed: list[Expected] = []

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

    def push(self) -> None:
        """Sends what was added so far, for the server to begin with; `send` waits for the answers.

        Within a transaction only. Until `send`, or `give_up`, the connection can be used for nothing else.
        """
        if not self._waiting:
            return
        pgconn = self.connection.pgconn
        try:
            if not self._pushed:
                pgconn.enter_pipeline_mode()
            self._pushed += queue(self.connection, self.taken())
            pgconn.flush()
        except BaseException:
            pgconn.finish()
            raise

    async def settle(self) -> None:
        """Waits for what was pushed, if anything was."""
        if self._pushed:
            await self.send()

    def give_up(self) -> None:
        """Closes the connection if answers are still to come on it."""
        if self._pushed:
            self._pushed = []
            self.connection.pgconn.finish()

    async def send(self) -> None:
        """Sends what was added and waits for all answers. Raises psycopg's error for the first that failed."""
        waiting = self.taken()
        if self.connection.closed:
            raise psycopg.OperationalError("the connection is closed")
        begins = not self._pushed and self.connection.pgconn.transaction_status == TransactionStatus.IDLE
        try:
            await self._send(waiting, begins=begins)
        except StatementsDropped:
            if not begins:
                raise
            await self.connection.rollback()
            await self._send(waiting, begins=True)

    async def _send(self, waiting: Sequence[Waiting], *, begins: bool) -> None:
        pgconn = self.connection.pgconn
        pushed, self._pushed = self._pushed, []
        if not pushed:
            pgconn.enter_pipeline_mode()
        try:
            if begins:
                pgconn.send_query_params(b"BEGIN", None)
            expected = [*pushed, *queue(self.connection, waiting)]
            pgconn.pipeline_sync()
            results = await _exchanged(pgconn)
        except BaseException:
            pgconn.finish()
            raise
        pgconn.exit_pipeline_mode()
        answer(self.connection, [(None, Answer()), *expected] if begins else expected, results)

    def taken(self) -> Sequence[Waiting]:
        """What was added, for whoever sends it; the burst is empty after."""
        waiting, self._waiting = self._waiting, []
        return waiting


def queue(connection: Connection, waiting: Sequence[Waiting]) -> Sequence[Expected]:
    """Hands statements to libpq's buffer; gives what each of the results to come belongs to."""
    pgconn = connection.pgconn
    prepared = _prepared.setdefault(connection, _Prepared())
    expected: list[Expected] = []
    for statement, parameters, answer in waiting:
        text, names = _numbered(statement)
        name = prepared.name_of(statement)
        if name not in prepared.sent:
            prepared.sent.add(name)
            pgconn.send_prepare(name, text)
            expected.append((name, answer))
        pgconn.send_query_prepared(name, _values(connection, parameters, names), result_format=Format.BINARY)
        expected.append((None, answer))
    return expected


def answer(connection: Connection, expected: Sequence[Expected], results: Sequence[PGresult]) -> None:
    """Gives every answer what came of it. Raises psycopg's error for the first statement that failed."""
    faults = [result for result in results if result.status == ExecStatus.FATAL_ERROR]
    if faults:
        _prepared[connection].unsend(expected, results)
        raise _fault(connection, faults[0])
    for (_, told), result in zip(expected, results, strict=True):
        told.result = result
        told.status = result.command_status or b""


def _values(connection: Connection, parameters: Parameters, names: tuple[str, ...]) -> Sequence[Buffer | None]:
    """As text, in the order of `names`. Array literals are text already: psycopg's adapters are asked for the rest."""
    if isinstance(parameters, Columns):
        return _in_order(parameters.names, names)(parameters.literals)
    given = [parameters[name] for name in names]
    try:
        return [*map(str.encode, cast(list[str], given))]
    except TypeError:
        return Transformer(connection).dump_sequence(given, [PyFormat.TEXT] * len(given))


@lru_cache(maxsize=STATEMENTS_MAX)
def _in_order(given: tuple[str, ...], wanted: tuple[str, ...]) -> Callable[[Sequence[bytes]], Sequence[bytes]]:
    """What takes the literals of columns that are given in one order in another. Raises ValueError for one that isn't
    given."""
    places = [given.index(name) for name in wanted]
    if len(places) > 1:
        return itemgetter(*places)  # of one place it would take no sequence
    return lambda literals: [literals[place] for place in places]


def _fault(connection: Connection, result: PGresult) -> psycopg.Error:
    fault = error_from_result(result)
    if not isinstance(fault, InvalidSqlStatementName):
        return fault
    _prepared[connection].begin_anew()
    return StatementsDropped("the connection's prepared statements were dropped; try again")


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
