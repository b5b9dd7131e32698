"""A connection on which bursts follow each other without waiting for answers: while the server carries one out, the
next is made.

Rules:

- Each burst is a transaction of its own, from its first statement to its sync (PostgreSQL's documentation, 55.2.4:
  pipelining): no BEGIN, no COMMIT, no round trip between them. It stands once its future is done.
- They are carried out in the order they were sent. One that fails takes nothing of the others with it.
- When the connection is lost, every burst under way is told so: any of them may stand or not.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from deepspace_adapters.postgres.burst import Burst, Expected, answer, queue
from deepspace_adapters.postgres.pool import Connection


@dataclass(slots=True, eq=False)
class _UnderWay:
    """A burst that was sent, and what has come of it so far."""

    expected: Sequence[Expected]
    committed: "asyncio.Future[None]"
    results: list[PGresult] = field(default_factory=list)


class Lane:
    """Has its connection for itself until `close`, which gives it back as it was, or closed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._pgconn = connection.pgconn
        self._pgconn.enter_pipeline_mode()
        self._descriptor = self._pgconn.socket
        self._under_way: deque[_UnderWay] = deque()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._read)
        self._writing = False
        self._closed = False

    @property
    def usable(self) -> bool:
        """Whether the connection was there when last looked at."""
        return not self._closed and not self.connection.closed

    def send(self, burst: Burst) -> "asyncio.Future[None]":
        """Sends a transaction. The future is done once it is committed, or holds psycopg's error."""
        sent = _UnderWay((), self._loop.create_future())
        if not self.usable:
            sent.committed.set_exception(psycopg.OperationalError("the connection is closed"))
            return sent.committed
        self._under_way.append(sent)
        try:
            sent.expected = queue(self.connection, burst.taken())
            self._pgconn.pipeline_sync()
            self._write()
        except psycopg.Error as fault:
            self._lose(fault)
        except BaseException:
            # What went half into the buffer can't be taken out again.
            self._lose(psycopg.OperationalError("a statement couldn't be sent"))
            raise
        return sent.committed

    def close(self) -> None:
        """Ends the lane; with bursts under way, the connection too."""
        if self._under_way:
            self._lose(psycopg.OperationalError("the connection was given up"))
        if not self._closed:
            self._forsake()
            self._pgconn.exit_pipeline_mode()

    def _write(self) -> None:
        unsent = bool(self._pgconn.flush())
        if unsent != self._writing:
            self._writing = unsent
            if unsent:
                self._loop.add_writer(self._descriptor, self._write_more)
            else:
                self._loop.remove_writer(self._descriptor)

    def _write_more(self) -> None:
        try:
            self._write()
        except psycopg.Error as fault:
            self._lose(fault)

    def _read(self) -> None:
        try:
            self._pgconn.consume_input()
            while self._under_way and not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:  # the end of one statement's results
                    continue
                if result.status == ExecStatus.PIPELINE_SYNC:
                    self._commit(self._under_way.popleft())
                else:
                    self._under_way[0].results.append(result)
        except psycopg.Error as fault:
            self._lose(fault)

    def _commit(self, done: _UnderWay) -> None:
        try:
            answer(self.connection, done.expected, done.results)
        except psycopg.Error as fault:
            _fail(done, fault)
        else:
            if not done.committed.done():
                done.committed.set_result(None)

    def _lose(self, fault: psycopg.Error) -> None:
        lost, self._under_way = self._under_way, deque()
        self._forsake()
        self._pgconn.finish()
        for one in lost:
            _fail(one, psycopg.OperationalError(f"the connection was lost: {fault}"))

    def _forsake(self) -> None:
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._descriptor)
            self._loop.remove_writer(self._descriptor)


def _fail(one: _UnderWay, fault: psycopg.Error) -> None:
    if not one.committed.done():
        one.committed.set_exception(fault)
