"""Comparing our book of calls with the upstreams', on a schedule and when somebody asks; and reading what was found."""

from collections.abc import Collection, Mapping, Sequence
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
    APART_MAX,
    MARGIN,
    Reconciliation,
    Tally,
    UpstreamBook,
    compare,
    show_report,
)
from deepspace_core.usage.record import UsageRecord

KIND = "upstream_log"
PERIOD_MAX = timedelta(days=7)
RECORDS_MAX = 200_000
"""Of ours at once; a longer period is compared in parts."""
RECORDS_A_READ = 1_000
PART_MIN = timedelta(minutes=2)
"""A period is compared in halves, and halves of these, until each has RECORDS_MAX calls at most; in none shorter."""
OUR_BOOK = "our own book"
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

    async def __call__(
        self,
        *,
        actor: Actor,
        trace_id: TraceId,
        since: datetime,
        until: datetime,
        only: Collection[str] | None = None,
        is_last: bool = False,
    ) -> Reconciliation:
        """Raises AdministratorRequired, or InvalidPeriod for one that is empty or too long.

        `only` names the books to compare (None: all). `is_last`: what can't be read now is given up, and told so.
        """
        require_administrator(actor)
        if not timedelta(0) < until - since <= PERIOD_MAX:
            raise InvalidPeriod(f"compare a period of at most {PERIOD_MAX.days} days at once", param="since")
        started_at = self.clock.now()
        tally = Tally()
        books = await self.upstream_log.list_books()
        await self._compare(tally, books, since=since, until=until, margin=MARGIN, only=only)
        finished = Reconciliation(
            id=ReconciliationId(self.ids.uuid()),
            kind=KIND,
            period_start=since,
            period_end=until,
            started_at=started_at,
            finished_at=self.clock.now(),
            rows_compared=sum(one.in_both + len(one.findings) for one in tally.comparisons.values()),
            differences=sum(len(one.findings) for one in tally.comparisons.values()),
            report=show_report(
                [*tally.comparisons.values()],
                unread=tally.unread,
                without_book=tally.without_book,
                given_up=is_last and bool(tally.unread),
            ),
        )
        await self._stored(finished, actor=actor, trace_id=trace_id, unread=tally.unread)
        return finished

    async def _compare(
        self,
        tally: Tally,
        books: Sequence[UpstreamBook],
        *,
        since: datetime,
        until: datetime,
        margin: timedelta,
        only: Collection[str] | None,
    ) -> None:
        records = await self._records(since - margin, until + margin)
        half = (until - since) / 2
        if len(records) < RECORDS_MAX:
            tally.count(books, [record for record in records if since <= record.ended_at < until])
            for book in books:
                if book.name not in tally.unread and (only is None or book.name in only):
                    await self._compare_book(tally, book, records, since=since, until=until, margin=margin)
        elif half < PART_MIN:
            tally.unread[OUR_BOOK] = f"more than {RECORDS_MAX} calls from {since.isoformat()} on"
        else:
            narrower = max(APART_MAX, min(margin, half))
            for start, end in ((since, since + half), (since + half, until)):
                await self._compare(tally, books, since=start, until=end, margin=narrower, only=only)

    async def _records(self, since: datetime, until: datetime) -> list[UsageRecord]:
        """RECORDS_MAX at most."""
        filters, after = UsageFilters(since=since, until=until), None
        records: list[UsageRecord] = []
        while len(records) < RECORDS_MAX:
            async with self.unit_of_work() as tx:
                page = await self.usage.list_records(tx, None, PageRequest(limit=RECORDS_A_READ, after=after), filters)
            records += page.rows
            if page.next_cursor is None:
                break
            after = UUID(hex=page.next_cursor)
        return records

    async def _compare_book(
        self,
        tally: Tally,
        book: UpstreamBook,
        records: Sequence[UsageRecord],
        *,
        since: datetime,
        until: datetime,
        margin: timedelta,
    ) -> None:
        try:
            theirs = await self.upstream_log.read(book, since=since - margin, until=until + margin)
        except DeepSpaceError as fault:
            # One log that can't be read must not keep the others from being compared.
            tally.unread[book.name] = f"{fault.code}: {fault.fields.get('upstream_message') or fault.message}"
        else:
            tally.add(compare(book, records, theirs, since=since, until=until))

    async def _stored(
        self, finished: Reconciliation, *, actor: Actor, trace_id: TraceId, unread: Mapping[str, str]
    ) -> None:
        async with self.unit_of_work() as tx:
            await self.reconciliations.add_reconciliation(tx, finished)
            if finished.differences or unread:
                # Counts, and whether it is given up.
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
