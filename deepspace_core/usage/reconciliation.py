"""Our book of calls beside an upstream's: which calls stand in one of them only, and where the two differ.

Matching, each call once: by the id that the upstream gave it (an aggregator that logs ids), and what is left by model,
tokens and time, the nearest in time first (one that does not). Theory: both books are written at the end of a call, so
the times of one call differ by seconds; a period is therefore read with MARGIN around it, and a finding counts only if
its own time lies inside.

What a finding means: `only_theirs` is money that we pay for and nobody was billed for (a sending that was given up, an
answer whose usage was lost); `only_ours` a call that the upstream has not charged, or has logged under another token;
`usage_differs` and `cost_differs` a codec or a price list that is wrong. A usage that we had to estimate is expected
to differ and is told as such.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from deepspace_core.kernel.ids import ReconciliationId, show_id
from deepspace_core.usage.record import UsageRecord, UsageSource

MARGIN = timedelta(minutes=10)
APART_MAX = timedelta(minutes=2)
"""Between the times of one call in the two books, where only its shape tells that it is the same."""
FINDINGS_MAX = 1_000
"""Of a report; the counts are of all."""


NO_BOOK = (
    "Nothing was compared: no channel says how its upstream's log is read. The small model of `deepspace up` keeps no "
    "log; NewAPI does (deepspace channel edit NAME --log-url … --log-user … --log-token …)."
)
"""So that nobody takes an empty report for books that agree."""


class FindingKind(StrEnum):
    """How the two books disagree about a call."""

    ONLY_OURS = "only_ours"
    ONLY_THEIRS = "only_theirs"
    USAGE_DIFFERS = "usage_differs"
    COST_DIFFERS = "cost_differs"


@dataclass(frozen=True, slots=True)
class UpstreamBook:
    """An upstream's log, and the channels whose calls stand in it."""

    name: str
    channels: frozenset[str]


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call as an upstream logged it. `cost_picos` in `currency`; `cost_grain_picos` is how finely it counts."""

    id: str
    at: datetime
    model: str
    request_id: str | None
    input_tokens: int
    output_tokens: int
    cost_picos: int
    currency: str
    cost_grain_picos: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement. `ours` and `theirs` are JSON-safe; one of them is None where only one book has the call."""

    kind: FindingKind
    book: str
    at: datetime
    ours: Mapping[str, object] | None
    theirs: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the comparison of one book came to."""

    book: str
    in_both: int
    findings: Sequence[Finding]


@dataclass(slots=True)
class Tally:
    """Comparisons of a period, part by part: of each book one; why a book could not be read; how many of our calls went
    to channels whose log nobody gave us access to."""

    comparisons: dict[str, Comparison] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    without_book: int = 0

    def count(self, books: Iterable[UpstreamBook], inside: Iterable[UsageRecord]) -> None:
        """Our calls of a part."""
        covered = {channel for book in books for channel in book.channels}
        self.without_book += sum(record.channel not in covered for record in inside)

    def add(self, part: Comparison) -> None:
        """A book's comparison in one part."""
        before = self.comparisons.get(part.book, Comparison(part.book, 0, ()))
        self.comparisons[part.book] = Comparison(
            part.book, before.in_both + part.in_both, [*before.findings, *part.findings]
        )


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A finished comparison, as it is stored. `report` is JSON-safe: counts, findings, books that could not be read."""

    id: ReconciliationId
    kind: str
    period_start: datetime
    period_end: datetime
    started_at: datetime
    finished_at: datetime
    rows_compared: int
    differences: int
    report: Mapping[str, object]


def compare(
    book: UpstreamBook,
    ours: Iterable[UsageRecord],
    theirs: Iterable[LoggedCall],
    *,
    since: datetime,
    until: datetime,
) -> Comparison:
    """Compares the calls of [since, until); both sides may hold more, from MARGIN around it."""
    records = [record for record in ours if record.channel in book.channels]
    pairs, alone, unclaimed = _matched(records, list(theirs))
    findings: list[Finding] = []
    in_both = 0
    for record, logged in pairs:
        if since <= record.ended_at < until:
            in_both += 1
            findings += _differences(book.name, record, logged)
    findings += [
        Finding(FindingKind.ONLY_OURS, book.name, record.ended_at, show_ours(record), None)
        for record in alone
        if since <= record.ended_at < until
    ]
    findings += [
        Finding(FindingKind.ONLY_THEIRS, book.name, logged.at, None, show_theirs(logged))
        for logged in unclaimed
        if since <= logged.at < until
    ]
    return Comparison(book.name, in_both, sorted(findings, key=lambda finding: finding.at))


def show_report(
    comparisons: Sequence[Comparison], *, unread: Mapping[str, str], without_book: int, given_up: bool = False
) -> dict[str, object]:
    """A tally as JSON-safe values; `given_up`: what is unread will not be tried again."""
    findings = [finding for comparison in comparisons for finding in comparison.findings]
    counts = Counter(finding.kind.value for finding in findings)
    return {
        "in_both": sum(comparison.in_both for comparison in comparisons),
        "without_book": without_book,
        **{kind.value: counts[kind.value] for kind in FindingKind},
        "books": [comparison.book for comparison in comparisons],
        "note": None if comparisons or unread else NO_BOOK,
        "unread": dict(unread),
        "given_up": given_up,
        "findings": [_show(finding) for finding in findings[:FINDINGS_MAX]],
        "findings_left_out": max(0, len(findings) - FINDINGS_MAX),
    }


def show_ours(record: UsageRecord) -> dict[str, object]:
    """Our side of a finding."""
    return {
        "usage_id": show_id("usage_record", record.id),
        "org_id": show_id("org", record.org_id),
        "trace_id": record.trace_id,
        "channel": record.channel,
        "model": record.upstream_model,
        "request_id": record.upstream_request_id,
        "input_tokens": record.leaves.input_total,
        "output_tokens": record.leaves.output_total,
        "cost_picos": record.upstream_cost_picos,
        "currency": record.upstream_cost_currency,
        "usage_source": record.usage_source.value,
        "ending": record.ending.value,
    }


def show_theirs(logged: LoggedCall) -> dict[str, object]:
    """The upstream's side of a finding."""
    return {
        "log_id": logged.id,
        "model": logged.model,
        "request_id": logged.request_id,
        "input_tokens": logged.input_tokens,
        "output_tokens": logged.output_tokens,
        "cost_picos": logged.cost_picos,
        "currency": logged.currency,
    }


def _matched(
    records: Sequence[UsageRecord], calls: Sequence[LoggedCall]
) -> tuple[list[tuple[UsageRecord, LoggedCall]], list[UsageRecord], list[LoggedCall]]:
    by_request = {call.request_id: call for call in calls if call.request_id}
    pairs: list[tuple[UsageRecord, LoggedCall]] = []
    left: list[UsageRecord] = []
    for record in records:
        found = by_request.pop(record.upstream_request_id, None) if record.upstream_request_id else None
        if found is None:
            left.append(record)
        else:
            pairs.append((record, found))
    taken = {call.id for _, call in pairs}
    more, alone, unclaimed = _matched_by_shape(left, [call for call in calls if call.id not in taken])
    return pairs + more, alone, unclaimed


def _matched_by_shape(
    records: Sequence[UsageRecord], calls: Sequence[LoggedCall]
) -> tuple[list[tuple[UsageRecord, LoggedCall]], list[UsageRecord], list[LoggedCall]]:
    by_shape: defaultdict[tuple[str, int], list[LoggedCall]] = defaultdict(list)
    for call in calls:
        by_shape[call.model, call.output_tokens].append(call)
    near = sorted(
        (
            (abs(record.ended_at - call.at), at, call)
            for at, record in enumerate(records)
            for call in by_shape.get((record.upstream_model or "", record.leaves.output_total), ())
            if _same_input(record, call) and abs(record.ended_at - call.at) <= APART_MAX
            # Where both books name the call, another name is another call.
            if not (call.request_id and record.upstream_request_id)
        ),
        key=lambda pair: (pair[0], pair[1], pair[2].id),
    )
    claimed: dict[int, LoggedCall] = {}
    taken: set[str] = set()
    for _, at, call in near:
        if at not in claimed and call.id not in taken:
            claimed[at] = call
            taken.add(call.id)
    pairs = [(records[at], call) for at, call in claimed.items()]
    alone = [record for at, record in enumerate(records) if at not in claimed]
    return pairs, alone, [call for call in calls if call.id not in taken]


def _differences(book: str, record: UsageRecord, logged: LoggedCall) -> list[Finding]:
    kinds = []
    if record.leaves.output_total != logged.output_tokens or not _same_input(record, logged):
        kinds.append(FindingKind.USAGE_DIFFERS)
    elif record.usage_source is UsageSource.UPSTREAM and _cost_differs(record, logged):
        kinds.append(FindingKind.COST_DIFFERS)
    return [Finding(kind, book, record.ended_at, show_ours(record), show_theirs(logged)) for kind in kinds]


def _same_input(record: UsageRecord, logged: LoggedCall) -> bool:
    """Providers count cached input inside the prompt (OpenAI) or beside it (Anthropic); a log may have either."""
    leaves = record.leaves
    cached = leaves.input_cached_read + leaves.input_cache_write
    return logged.input_tokens in (leaves.input_total, leaves.input_total - cached)


def _cost_differs(record: UsageRecord, logged: LoggedCall) -> bool:
    if record.upstream_cost_picos is None or record.upstream_cost_currency != logged.currency:
        return False
    return abs(record.upstream_cost_picos - logged.cost_picos) > logged.cost_grain_picos


def _show(finding: Finding) -> dict[str, object]:
    return {
        "kind": finding.kind.value,
        "book": finding.book,
        "at": finding.at.isoformat(),
        "ours": None if finding.ours is None else dict(finding.ours),
        "theirs": None if finding.theirs is None else dict(finding.theirs),
    }
