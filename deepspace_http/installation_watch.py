"""Looks at what all processes stand on together: open holds, jobs that wait, deliveries that are behind.

Every gateway tells the same, so that an operator who scrapes gateways only sees it: take the maximum, not the sum.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Gauge

from deepspace_core.identity import SystemActor
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.ledger.use_cases import CountHolds
from deepspace_core.work import JobState, TakeCensus
from deepspace_http.metrics import registry

LOOK_SECONDS = 15.0
ACTOR = SystemActor("metrics")
log = logging.getLogger(__name__)


def _gauge(name: str, about: str) -> Gauge:
    return Gauge(f"deepspace_{name}", about, registry=registry, multiprocess_mode="livemax")


_open = _gauge("ledger_holds_open", "Holds that are open, of all organizations.")
_overdue = _gauge("ledger_holds_overdue", "Holds past their time that nobody has settled or swept.")
_overdue_seconds = _gauge("ledger_hold_overdue_seconds", "For how long the first of them is over.")
_waiting = _gauge("work_jobs_waiting", "Jobs that wait for a worker.")
_dead = _gauge("work_jobs_dead", "Jobs that used up their attempts.")
_due = _gauge("work_deliveries_waiting", "Deliveries that the relay is behind with.")
_lag = _gauge("work_delivery_waiting_seconds", "For how long the first of them has been due.")


@dataclass(frozen=True, slots=True)
class InstallationWatch:
    """What is looked at; one verb each."""

    count_holds: CountHolds
    take_census: TakeCensus

    async def watch(self) -> None:
        """Looks for ever; cancel it."""
        while True:
            try:
                await self.look()
            except Unavailable as fault:
                log.debug("the installation can't be looked at just now: %s", fault.message)
            except Exception:
                log.exception("the gateway could not look at the installation")
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """One look. Raises Unavailable."""
        now = self.take_census.clock.now()
        holds = await self.count_holds()
        census = await self.take_census(actor=ACTOR)
        _open.set(holds.open)
        _overdue.set(holds.overdue)
        _overdue_seconds.set(_seconds_since(holds.oldest_due_at, now))
        _waiting.set(sum(one.count for one in census.counts if one.state is JobState.QUEUED))
        _dead.set(sum(one.count for one in census.counts if one.state is JobState.DEAD))
        _due.set(census.deliveries_due)
        _lag.set(_seconds_since(census.oldest_delivery_at, now))


def _seconds_since(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max((now - moment).total_seconds(), 0.0)
