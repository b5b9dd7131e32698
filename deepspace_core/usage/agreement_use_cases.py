"""Comparing our own books with each other, each night and when somebody asks."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from deepspace_core.identity import Actor, SystemActor, require_administrator, told
from deepspace_core.kernel.ids import JobId, ReconciliationId, TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.usage.agreement import OWN_BOOKS, Agreement, show_agreement
from deepspace_core.usage.errors import InvalidPeriod, ReconciliationNotFound
from deepspace_core.usage.ports import OwnBooks, ReconciliationRepository
from deepspace_core.usage.reconciliation import Reconciliation

DAYS = timedelta(days=7)
PERIOD_MAX = timedelta(days=31)
CHECKER = SystemActor("reconciliation")


@dataclass(frozen=True, slots=True)
class CompareOwnBooks:
    """Compares captures, usage, roll-ups and sums of whole days (UTC), stores what it found, tells if they differ."""

    unit_of_work: UnitOfWork
    books: OwnBooks
    reconciliations: ReconciliationRepository
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(
        self,
        *,
        actor: Actor,
        trace_id: TraceId,
        since: datetime,
        until: datetime,
        report_id: ReconciliationId | None = None,
    ) -> Reconciliation:
        """Raises AdministratorRequired, or InvalidPeriod for one that is empty or too long."""
        require_administrator(actor)
        since, until = _midnight(since), _midnight(until)
        if not timedelta(0) < until - since <= PERIOD_MAX:
            raise InvalidPeriod(f"compare one to {PERIOD_MAX.days} whole days at once", param="since")
        started_at = self.clock.now()
        async with self.unit_of_work() as tx:
            agreement = await self.books.compare(tx, since=since, until=until)
        finished = self._finished(
            report_id or ReconciliationId(self.ids.uuid()), agreement, since=since, until=until, started_at=started_at
        )
        async with self.unit_of_work() as tx:
            await self.reconciliations.add_reconciliation(tx, finished)
            if finished.differences:
                await self.events.append(
                    tx,
                    told(
                        self.ids,
                        now=finished.finished_at,
                        event_type="reconciliation.differed",
                        org_id=None,
                        actor=actor.actor,
                        subject=show_id("reconciliation", finished.id),
                        trace_id=trace_id,
                        payload={"kind": OWN_BOOKS, "differences": finished.differences},
                    ),
                )
            await tx.commit()
        return finished

    def _finished(
        self,
        report_id: ReconciliationId,
        agreement: Agreement,
        *,
        since: datetime,
        until: datetime,
        started_at: datetime,
    ) -> Reconciliation:
        return Reconciliation(
            id=report_id,
            kind=OWN_BOOKS,
            period_start=since,
            period_end=until,
            started_at=started_at,
            finished_at=self.clock.now(),
            rows_compared=agreement.records,
            differences=len(agreement.disagreements),
            report=show_agreement(agreement, since=since, until=until),
        )


@dataclass(frozen=True, slots=True)
class CompareLastDays:
    """The worker's job: the last DAYS whole days, so that what comes late is looked at again."""

    compare: CompareOwnBooks

    async def __call__(self, *, job_id: JobId) -> Reconciliation:
        """The report has the job's id, so that a job whose worker was killed after it tells nothing twice."""
        report_id = ReconciliationId(job_id)
        async with self.compare.unit_of_work() as tx:
            with suppress(ReconciliationNotFound):
                return await self.compare.reconciliations.get_reconciliation(tx, report_id)
        until = _midnight(self.compare.clock.now())
        return await self.compare(
            actor=CHECKER,
            trace_id=self.compare.ids.trace_id(),
            since=until - DAYS,
            until=until,
            report_id=report_id,
        )


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
