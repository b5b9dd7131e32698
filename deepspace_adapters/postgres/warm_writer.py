"""Batches decided on what is remembered: sent in one go, one after another, without waiting for the one before."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg

from deepspace_adapters.postgres.burst import Burst
from deepspace_adapters.postgres.lane import Lane
from deepspace_adapters.postgres.ledger import SQL, Basis
from deepspace_adapters.postgres.ledger_batch import Waiting, add_riders, tell
from deepspace_adapters.postgres.ledger_write import write
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.riders import RiderWriters
from deepspace_adapters.postgres.warm_books import WarmBooks
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.ledger import book
from deepspace_core.ledger.outcome import Outcome
from deepspace_core.ledger.state import Decision

FLIGHTS_MAX = 4
"""Batches under way at once: one that the server writes, and some that wait for it there."""


@dataclass(slots=True, eq=False)
class Flight:
    """A batch on its way, and what it will have come to."""

    batch: Sequence[Waiting]
    decision: Decision
    committed: "asyncio.Future[None]"
    doomed: bool = False
    """Whether it was decided on one that failed."""

    @property
    def fault(self) -> BaseException | None:
        """Why it isn't known to stand."""
        return self.committed.exception()

    @property
    def lost(self) -> Sequence[Outcome] | None:
        """What it had come to, if nobody knows whether it stands; None when it doesn't."""
        fault = self.fault
        # A server that ends the connection may have committed before.
        told = isinstance(fault, psycopg.Error) and fault.diag.severity_nonlocalized == "ERROR"
        return None if told else self.decision.outcomes


class WarmWriter:
    """Has a connection for itself from the first batch until `rest`."""

    def __init__(
        self,
        pool: Pool,
        *,
        ids: IdSource,
        rider_writers: RiderWriters,
        books: WarmBooks,
        on_landing: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._ids = ids
        self._rider_writers = rider_writers
        self._books = books
        self._on_landing = on_landing
        self._lane: Lane | None = None
        self.flights: deque[Flight] = deque()
        """Under way, in the order they were sent."""
        self.grounded: deque[Flight] = deque()
        """Failed: to be decided anew, in the same order."""

    async def send(self, batch: Sequence[Waiting], basis: Basis) -> None:
        """Decides `batch` and sends it; it is answered when it stands, or found among `grounded`.

        Raises whatever keeps it from being sent; nothing stands then, and nothing was remembered.
        """
        lane = await self._open()
        asked = [waiting.asked for waiting in batch]
        decision = book.apply(basis.state, asked, basis.now, self._ids.uuid)
        if not decision.rows and not decision.refs:
            tell(batch, decision.outcomes)
            return
        burst = Burst(lane.connection)
        # All wallets of the decision, moved or not: a refusal turns on them too.
        write(burst, basis, decision, list(decision.state.wallets.values()))
        await add_riders(burst, self._rider_writers, batch, decision.outcomes)
        committed = lane.send(burst)
        self._books.keep(decision)
        flight = Flight(batch, decision, committed)
        self.flights.append(flight)
        flight.committed.add_done_callback(lambda _: self._land(flight))

    async def rest(self) -> None:
        """Gives the connection back. With flights under way it is closed, and they are grounded."""
        lane, self._lane = self._lane, None
        if lane is None:
            return
        lane.close()
        try:
            if not lane.connection.closed:
                await lane.connection.execute(SQL.prefer_nothing)
                await lane.connection.commit()
        except psycopg.Error:
            await lane.connection.close()
        finally:
            await self._pool.putconn(lane.connection)

    async def _open(self) -> Lane:
        if self._lane is None or not self._lane.usable:
            await self.rest()
            self._lane = Lane(await self._pool.getconn())
            # A transaction of its own: a rollback would take the settings back.
            settings = Burst(self._lane.connection)
            settings.add(SQL.prefer_indexes, {"local": "f"})
            self._lane.send(settings).add_done_callback(asyncio.Future.exception)
        return self._lane

    def _land(self, flight: Flight) -> None:
        self.flights.remove(flight)
        if flight.fault is None:
            self._books.prove(flight.decision)
            tell(flight.batch, flight.decision.outcomes)
        else:
            self._ground(flight)
        self._on_landing()

    def _ground(self, flight: Flight) -> None:
        # Its own conflict means that somebody else writes to the wallet; one that it inherited means nothing.
        contended = isinstance(flight.fault, psycopg.errors.SerializationFailure) and not flight.doomed
        self._books.forget(flight.decision, contended=contended)
        for follower in self.flights:
            follower.doomed = True
        self.grounded.append(flight)
