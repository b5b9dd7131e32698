"""Comparing each full hour with the upstreams' logs once, and again where a log could not be read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from deepspace_core.kernel.page import PageRequest
from deepspace_core.usage.reconciliation import Reconciliation
from deepspace_core.usage.reconciliation_use_cases import CHECKER, KIND, OUR_BOOK, RunReconciliation
from deepspace_core.usage.rollup import HOUR, hour_of

CAUGHT_UP_MAX = timedelta(days=1)
"""Of hours that passed without a worker; an operator compares what lies further back."""
LOOKED_BACK = timedelta(days=7)
"""For hours that are to be compared again: longer than an outage of the worker should last."""
REPORTS_A_READ = 50
READS_MAX = 20
"""Of reports: of hours, of their repetitions, and of what operators asked for."""
TRIES_MAX = 5
RETRY_FIRST = HOUR
"""An hour whose log could not be read is compared again after 1, 2, 4 and 8 hours, and then given up."""


@dataclass(frozen=True, slots=True)
class ReconcileFullHours:
    """The worker's job: compares each full hour once, after an outage also those that passed meanwhile.

    What an upstream's log could not be read for is tried again later. Killed on the way, it goes on after the last
    report that is stored.
    """

    run: RunReconciliation

    async def __call__(self) -> Sequence[Reconciliation]:
        """Nothing where no upstream's log may be read."""
        if not await self.run.upstream_log.list_books():
            return []
        now = self.run.clock.now()
        known = await self._reports(now - LOOKED_BACK)
        made = [await self._again(reports) for reports in _due_again(known, now)]
        until = hour_of(now)
        ends = [one.period_end for one in known if one.period_end <= until]
        since = max(max(ends, default=until - HOUR), until - CAUGHT_UP_MAX)
        while since < until:
            made.append(
                await self.run(actor=CHECKER, trace_id=self.run.ids.trace_id(), since=since, until=since + HOUR)
            )
            since += HOUR
        return made

    async def _reports(self, since: datetime) -> list[Reconciliation]:
        """Of full hours: all made since then, and the last one if it is older; the newest first."""
        found: list[Reconciliation] = []
        after: UUID | None = None
        for _ in range(READS_MAX):
            async with self.run.unit_of_work() as tx:
                request = PageRequest(limit=REPORTS_A_READ, after=after)
                page = await self.run.reconciliations.list_reconciliations(tx, request)
            found += [one for one in page.rows if _is_full_hour(one)]
            if page.next_cursor is None or (found and page.rows[-1].finished_at < since):
                break
            after = UUID(hex=page.next_cursor)
        return found

    async def _again(self, reports: Sequence[Reconciliation]) -> Reconciliation:
        latest = reports[0]
        unread = _unread(latest)
        return await self.run(
            actor=CHECKER,
            trace_id=self.run.ids.trace_id(),
            since=latest.period_start,
            until=latest.period_end,
            only=None if OUR_BOOK in unread else unread,
            is_last=len(reports) + 1 >= TRIES_MAX,
        )


def _due_again(known: Iterable[Reconciliation], now: datetime) -> list[list[Reconciliation]]:
    """The reports, newest first, of each hour that is to be compared again by now; the earliest hour first."""
    hours: dict[datetime, list[Reconciliation]] = {}
    for one in known:
        hours.setdefault(one.period_start, []).append(one)
    return [
        hours[start]
        for start in sorted(hours)
        if _unread(hours[start][0])
        and len(hours[start]) < TRIES_MAX
        and hours[start][0].finished_at + RETRY_FIRST * 2 ** (len(hours[start]) - 1) <= now
    ]


def _unread(one: Reconciliation) -> Mapping[str, str]:
    return cast(Mapping[str, str], one.report["unread"])


def _is_full_hour(one: Reconciliation) -> bool:
    return one.kind == KIND and one.period_end - one.period_start == HOUR and hour_of(one.period_end) == one.period_end
