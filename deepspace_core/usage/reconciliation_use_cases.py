"""Comparing our book of calls with the upstreams', on a schedule and when somebody asks; and reading what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from deepspace_core.identity import Actor, SystemActor, require_administrator, told
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.kernel.ids import ReconciliationId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.usage.errors import InvalidPeriod
from deepspace_core.usage.ports import ReconciliationRepository, UpstreamLog, UsageFilters, UsageReader
from deepspace_core.usage.reconciliation import (
    MARGIN,
    Comparison,
    Reconciliation,
    compare,
    show_report,
)
from deepspace_core.usage.record import UsageRecord
from deepspace_core.usage.rollup import HOUR, hour_of

KIND = "upstream_log"
PERIOD_MAX = timedelta(days=7)
RECORDS_MAX = 200_000
"""Of ours in one comparison; a longer period is compared in parts."""
RECORDS_A_READ = 1_000
LATEST_READ = 10
"""Of the latest comparisons, to see which hour was compared last; others stand among them."""
CAUGHT_UP_MAX = timedelta(days=1)
"""Of hours that passed without a worker; an operator compares what lies further back."""
CHECKER = SystemActor("reconciliation")


@dataclass(frozen=True, slots=True)
class RunReconciliation:
    """Compares the calls of a period with every upstream's log that we may read, and stores what it found."""

    unit_of_work: UnitOfWork
    usage: UsageReader
    upstream_log: UpstreamLog
    reconciliations: ReconciliationRepository
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(self, *, actor: Actor, trace_id: TraceId, since: datetime, until: datetime) -> Reconciliation:
        """Raises AdministratorRequired, or InvalidPeriod for one that is empty, too long or has too many calls."""
        require_administrator(actor)
        if not timedelta(0) < until - since <= PERIOD_MAX:
            raise InvalidPeriod(f"compare a period of at most {PERIOD_MAX.days} days at once", param="since")
        started_at = self.clock.now()
        records = await self._records(since - MARGIN, until + MARGIN)
        comparisons, unread = await self._compared(records, since, until)
        covered = {channel for book in await self.upstream_log.list_books() for channel in book.channels}
        inside = [record for record in records if since <= record.ended_at < until]
        report = show_report(
            comparisons, unread=unread, without_book=sum(record.channel not in covered for record in inside)
        )
        finished = Reconciliation(
            id=ReconciliationId(self.ids.uuid()),
            kind=KIND,
            period_start=since,
            period_end=until,
            started_at=started_at,
            finished_at=self.clock.now(),
            rows_compared=sum(one.in_both + len(one.findings) for one in comparisons),
            differences=sum(len(one.findings) for one in comparisons),
            report=report,
        )
        await self._stored(finished, actor=actor, trace_id=trace_id, unread=unread)
        return finished

    async def _records(self, since: datetime, until: datetime) -> list[UsageRecord]:
        filters, after = UsageFilters(since=since, until=until), None
        records: list[UsageRecord] = []
        while len(records) < RECORDS_MAX:
            async with self.unit_of_work() as tx:
                page = await self.usage.list_records(tx, None, PageRequest(limit=RECORDS_A_READ, after=after), filters)
            records += page.rows
            if page.next_cursor is None:
                return records
            after = UUID(hex=page.next_cursor)
        raise InvalidPeriod(f"more than {RECORDS_MAX} calls at once; compare a shorter period", param="since")

    async def _compared(
        self, records: Sequence[UsageRecord], since: datetime, until: datetime
    ) -> tuple[list[Comparison], dict[str, str]]:
        comparisons: list[Comparison] = []
        unread: dict[str, str] = {}
        for book in await self.upstream_log.list_books():
            try:
                theirs = await self.upstream_log.read(book, since=since - MARGIN, until=until + MARGIN)
            except DeepSpaceError as fault:
                # One log that can't be read must not keep the others from being compared.
                unread[book.name] = f"{fault.code}: {fault.fields.get('upstream_message') or fault.message}"
            else:
                comparisons.append(compare(book, records, theirs, since=since, until=until))
        return comparisons, unread

    async def _stored(
        self, finished: Reconciliation, *, actor: Actor, trace_id: TraceId, unread: Mapping[str, str]
    ) -> None:
        async with self.unit_of_work() as tx:
            await self.reconciliations.add_reconciliation(tx, finished)
            if finished.differences or unread:
                counts = {name: count for name, count in finished.report.items() if isinstance(count, int)}
                event = told(
                    self.ids,
                    now=finished.finished_at,
                    event_type="reconciliation.differed",
                    org_id=None,
                    actor=actor.actor,
                    subject=show_id("reconciliation", finished.id),
                    trace_id=trace_id,
                    payload={**counts, "unread": dict(unread)},
                )
                await self.events.append(tx, event)
            await tx.commit()


@dataclass(frozen=True, slots=True)
class ReconcileFullHours:
    """The worker's job: compares each full hour once, after an outage also those that passed meanwhile."""

    run: RunReconciliation

    async def __call__(self) -> Sequence[Reconciliation]:
        """Nothing where no upstream's log may be read. Killed on the way, it goes on after the last that is stored."""
        if not await self.run.upstream_log.list_books():
            return []
        until = hour_of(self.run.clock.now())
        since, made = await self._first_left(until), list[Reconciliation]()
        while since < until:
            made.append(
                await self.run(actor=CHECKER, trace_id=self.run.ids.trace_id(), since=since, until=since + HOUR)
            )
            since += HOUR
        return made

    async def _first_left(self, until: datetime) -> datetime:
        """Where the hours begin that nobody compared; the last one where none was compared lately."""
        async with self.run.unit_of_work() as tx:
            last = await self.run.reconciliations.list_reconciliations(tx, PageRequest(limit=LATEST_READ))
        ends = [one.period_end for one in last.rows if _is_full_hour(one) and one.period_end <= until]
        return max(max(ends, default=until - HOUR), until - CAUGHT_UP_MAX)


@dataclass(frozen=True, slots=True)
class ListReconciliations:
    """What comparisons have found, newest first, without their findings."""

    unit_of_work: UnitOfWork
    reconciliations: ReconciliationRepository

    async def __call__(self, *, actor: Actor, page: PageRequest) -> Page[Reconciliation]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            found = await self.reconciliations.list_reconciliations(tx, page)
        return replace(found, rows=[replace(one, report=_counts(one.report)) for one in found.rows])


@dataclass(frozen=True, slots=True)
class GetReconciliation:
    """One comparison with all that it found."""

    unit_of_work: UnitOfWork
    reconciliations: ReconciliationRepository

    async def __call__(self, *, actor: Actor, reconciliation_id: ReconciliationId) -> Reconciliation:
        """Raises AdministratorRequired or ReconciliationNotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.reconciliations.get_reconciliation(tx, reconciliation_id)


def _counts(report: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in report.items() if name != "findings"}


def _is_full_hour(one: Reconciliation) -> bool:
    return one.kind == KIND and one.period_end - one.period_start == HOUR and hour_of(one.period_end) == one.period_end
