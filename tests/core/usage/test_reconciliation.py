"""Two books of the same calls: what is found in one only, and where they differ."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_adapters.memory.reconciliations import MemoryReconciliations
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.memory.usage import MemoryUsage, MemoryUsageWriter
from deepspace_core.identity import SystemActor
from deepspace_core.identity.errors import AdministratorRequired
from deepspace_core.kernel.ids import ReconciliationId, UsageRecordId, show_id
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.pipeline import UpstreamMisconfigured
from deepspace_core.usage import (
    FindingKind,
    InvalidPeriod,
    LoggedCall,
    Reconciliation,
    ReconciliationNotFound,
    UpstreamBook,
    UsageRecord,
    UsageSource,
    reconciliation_use_cases,
)
from deepspace_core.usage.full_hours_use_cases import CAUGHT_UP_MAX, RETRY_FIRST, TRIES_MAX, ReconcileFullHours
from deepspace_core.usage.reconciliation import APART_MAX, NO_BOOK, compare
from deepspace_core.usage.reconciliation_use_cases import (
    OUR_BOOK,
    GetReconciliation,
    ListReconciliations,
    RunReconciliation,
)
from tests.core.channels.values import ListedBooks
from tests.core.metering_values import OWNER, USED
from tests.fakes import NOON, TRACE, CountingIds, FixedClock, ListedEvents

ROOT = SystemActor("test")
HOUR = timedelta(hours=1)
SINCE = NOON - HOUR
BOOK = UpstreamBook("http://a (ours)", frozenset({"a"}))
OTHER_BOOK = UpstreamBook("http://c (ours)", frozenset({"c"}))


def ours(number: int = 1, *, minutes: float = -30, request_id: str | None = None, **more: object) -> UsageRecord:
    """A call of ours; the number makes its ids."""
    usual: dict[str, object] = {
        "id": UsageRecordId(UUID(int=number)),
        "capture_ref": f"capture:{number}",
        "ended_at": NOON + timedelta(minutes=minutes),
        "channel": "a",
        "upstream_model": "small-up",
        "upstream_request_id": request_id,
        "leaves": TokenLeaves(input_uncached=8, input_cached_read=3, output_text=5),
        "usage_source": UsageSource.UPSTREAM,
        "upstream_cost_picos": 10_000_000,
        "upstream_cost_currency": "USD",
    }
    return replace(USED, **usual | more)  # type: ignore[arg-type]


def theirs(number: int = 1, *, minutes: float = -30, request_id: str | None = None, **more: object) -> LoggedCall:
    """A call as the upstream logged it."""
    call = LoggedCall(
        id=str(number),
        at=NOON + timedelta(minutes=minutes),
        model="small-up",
        request_id=request_id,
        input_tokens=11,
        output_tokens=5,
        cost_picos=10_000_000,
        currency="USD",
        cost_grain_picos=2_000_000,
    )
    return replace(call, **more)  # type: ignore[arg-type]


def found(records: list[UsageRecord], calls: list[LoggedCall]) -> list[FindingKind]:
    return [one.kind for one in compare(BOOK, records, calls, since=SINCE, until=NOON).findings]


@pytest.mark.parametrize(
    ("record", "call", "kinds"),
    [
        (ours(request_id="r"), theirs(request_id="r"), []),
        (ours(), theirs(), []),
        (ours(request_id="r"), theirs(), []),
        (ours(), theirs(input_tokens=8), []),
        (ours(request_id="r"), theirs(request_id="r", cost_picos=12_000_000), []),
        (ours(request_id="r"), theirs(request_id="r", cost_picos=12_000_001), [FindingKind.COST_DIFFERS]),
        (ours(request_id="r"), theirs(request_id="r", currency="CNY", cost_picos=1), []),
        (ours(request_id="r", upstream_cost_picos=None, upstream_cost_currency=None), theirs(request_id="r"), []),
        (ours(request_id="r"), theirs(request_id="r", output_tokens=6), [FindingKind.USAGE_DIFFERS]),
        (ours(request_id="r"), theirs(request_id="r", input_tokens=9), [FindingKind.USAGE_DIFFERS]),
        (ours(request_id="r"), theirs(request_id="s"), [FindingKind.ONLY_OURS, FindingKind.ONLY_THEIRS]),
        (ours(), theirs(model="other"), [FindingKind.ONLY_OURS, FindingKind.ONLY_THEIRS]),
        (ours(), theirs(minutes=-27), [FindingKind.ONLY_OURS, FindingKind.ONLY_THEIRS]),
        (ours(channel="b"), theirs(), [FindingKind.ONLY_THEIRS]),
        (ours(minutes=1), theirs(minutes=0.5), []),
        (ours(minutes=-0.5), theirs(minutes=0.5), []),
        (ours(minutes=1), theirs(minutes=-5), [FindingKind.ONLY_THEIRS]),
    ],
)
def test_one_call_in_two_books(record: UsageRecord, call: LoggedCall, kinds: list[FindingKind]) -> None:
    assert found([record], [call]) == kinds


def test_calls_of_one_shape_are_paired_nearest_first_and_each_once() -> None:
    records = [ours(1, minutes=-30), ours(2, minutes=-29.5)]
    assert found(records, [theirs(1, minutes=-29.6), theirs(2, minutes=-30.1)]) == []
    assert found(records, [theirs(1, minutes=-29.7)]) == [FindingKind.ONLY_OURS]
    assert found(records[:1], [theirs(1), theirs(2)]) == [FindingKind.ONLY_THEIRS]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.booleans()), max_size=8),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.booleans()), max_size=8),
)
def test_every_call_is_counted_exactly_once_whatever_the_books_hold(
    left: list[tuple[int, int, bool]], right: list[tuple[int, int, bool]]
) -> None:
    records = [
        ours(n, minutes=-minute - 1, request_id=f"r{n}" if named else None, leaves=TokenLeaves(output_text=tokens))
        for n, (tokens, minute, named) in enumerate(left, 1)
    ]
    calls = [
        theirs(n, minutes=-minute - 1, request_id=f"r{n}" if named else None, input_tokens=0, output_tokens=tokens)
        for n, (tokens, minute, named) in enumerate(right, 1)
    ]
    compared = compare(BOOK, records, calls, since=SINCE, until=NOON)
    kinds = [one.kind for one in compared.findings]
    assert compared.in_both + kinds.count(FindingKind.ONLY_OURS) == len(records)
    assert compared.in_both + kinds.count(FindingKind.ONLY_THEIRS) == len(calls)
    assert timedelta(minutes=2) == APART_MAX


class World:
    """The verbs over one store and scripted logs."""

    def __init__(self) -> None:
        database = MemoryDatabase()
        self.clock, self.events, self.books = FixedClock(), ListedEvents(), ListedBooks()
        self.unit_of_work, store = MemoryUnitOfWork(database), MemoryReconciliations()
        ids = CountingIds()
        self.run = RunReconciliation(self.unit_of_work, MemoryUsage(), self.books, store, self.events, ids, self.clock)
        self.full_hours = ReconcileFullHours(self.run)
        self.list = ListReconciliations(self.unit_of_work, store)
        self.get = GetReconciliation(self.unit_of_work, store)

    async def write(self, *records: UsageRecord) -> None:
        async with self.unit_of_work() as tx:
            await MemoryUsageWriter(self.clock)(tx, records)
            await tx.commit()


async def test_a_difference_is_stored_told_and_found_again() -> None:
    world = World()
    await world.write(ours(1, request_id="r1"), ours(2, request_id="r2"), ours(3, channel="b"))
    world.books.calls[BOOK] = [theirs(1, request_id="r1"), theirs(9, request_id="r9")]
    made = await world.run(actor=ROOT, trace_id=TRACE, since=SINCE, until=NOON)
    assert {name: made.report[name] for name in ("in_both", "only_ours", "only_theirs", "without_book")} == {
        "in_both": 1,
        "only_ours": 1,
        "only_theirs": 1,
        "without_book": 1,
    }
    assert world.events.types == ["reconciliation.differed"]
    [listed] = (await world.list(actor=ROOT, page=PageRequest())).rows
    assert "findings" not in listed.report
    assert await world.get(actor=ROOT, reconciliation_id=made.id) == made
    with pytest.raises(ReconciliationNotFound):
        await world.get(actor=ROOT, reconciliation_id=ReconciliationId(UUID(int=1)))


async def test_books_that_agree_are_stored_and_nobody_is_told() -> None:
    world = World()
    await world.write(ours(1, request_id="r1"))
    world.books.calls[BOOK] = [theirs(1, request_id="r1")]
    assert (await world.run(actor=ROOT, trace_id=TRACE, since=SINCE, until=NOON)).differences == 0
    assert world.events.types == []


async def test_a_log_that_can_not_be_read_is_told_and_is_no_difference() -> None:
    world = World()
    world.books.calls[BOOK] = []
    world.books.fault = UpstreamMisconfigured("refused")
    made = await world.run(actor=ROOT, trace_id=TRACE, since=SINCE, until=NOON)
    assert made.report["unread"] == {BOOK.name: "upstream_misconfigured: refused"}
    assert (made.differences, world.events.types) == (0, ["reconciliation.differed"])


async def test_a_full_hour_is_compared_once_and_only_where_there_is_a_log() -> None:
    world = World()
    assert await world.full_hours() == []
    world.books.calls[BOOK] = []
    world.clock.advance(timedelta(minutes=20))
    assert _periods(await world.full_hours()) == [(SINCE, NOON)]
    assert await world.full_hours() == []


async def test_hours_that_passed_without_a_worker_are_compared_by_the_next_run_whatever_else_was() -> None:
    world = World()
    world.books.calls[BOOK] = []
    await world.full_hours()
    world.clock.advance(timedelta(hours=3, minutes=20))
    await world.run(actor=ROOT, trace_id=TRACE, since=NOON + HOUR, until=NOON + 3 * HOUR)
    await world.run(actor=ROOT, trace_id=TRACE, since=world.clock.now() - HOUR, until=world.clock.now())
    assert _periods(await world.full_hours()) == [(NOON + n * HOUR, NOON + (n + 1) * HOUR) for n in range(3)]
    world.clock.advance(timedelta(days=9))
    assert len(await world.full_hours()) == CAUGHT_UP_MAX // HOUR
    assert await world.full_hours() == []


async def test_an_hour_whose_log_could_not_be_read_is_compared_again_ever_later_until_it_is_read() -> None:
    world = World()
    await world.write(ours(1, request_id="r1"))
    world.books.calls[BOOK], world.books.calls[OTHER_BOOK] = [theirs(1, request_id="r1")], []
    world.books.away = {BOOK: UpstreamMisconfigured("refused")}
    tried: list[datetime] = []
    for _ in range(6):
        again = [one for one in await world.full_hours() if one.period_end == NOON]
        tried += [world.clock.now() for _ in again]
        world.clock.advance(HOUR)
    assert tried == [NOON, NOON + RETRY_FIRST, NOON + 3 * RETRY_FIRST]
    del world.books.away[BOOK]
    world.clock.advance(HOUR)
    [read] = [one for one in await world.full_hours() if one.period_end == NOON]
    assert (read.report["unread"], read.report["in_both"], read.report["books"]) == ({}, 1, [BOOK.name])
    world.clock.advance(timedelta(hours=9))
    assert [one for one in await world.full_hours() if one.period_end == NOON] == []


async def test_an_hour_whose_log_is_never_read_is_given_up_and_that_is_told() -> None:
    world = World()
    world.books.calls[BOOK] = []
    world.books.away = {BOOK: UpstreamMisconfigured("refused")}
    made = [*await world.full_hours()]
    for _ in range(24):
        world.clock.advance(HOUR)
        made += [one for one in await world.full_hours() if one.period_end == NOON]
    assert [one.report["given_up"] for one in made] == [False] * (TRIES_MAX - 1) + [True]
    told = [event for event in world.events.events if event.subject == show_id("reconciliation", made[-1].id)]
    assert [event.payload["given_up"] for event in told] == [True]


@pytest.mark.parametrize("at_once", [5, 7, 100])
async def test_more_calls_than_are_compared_at_once_are_compared_in_parts(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    world = World()
    monkeypatch.setattr(reconciliation_use_cases, "RECORDS_MAX", at_once)
    monkeypatch.setattr(reconciliation_use_cases, "RECORDS_A_READ", 2)
    numbers = range(1, 13)
    await world.write(*(ours(n, minutes=-5 * n + 1, request_id=f"r{n}") for n in numbers), ours(99, channel="b"))
    world.books.calls[BOOK] = [
        theirs(n, minutes=-5 * n + 1, request_id=f"r{n}" if n % 4 else f"other{n}") for n in numbers
    ]
    made = await world.run(actor=ROOT, trace_id=TRACE, since=SINCE, until=NOON)
    counts = {name: made.report[name] for name in ("in_both", "only_ours", "only_theirs", "without_book", "books")}
    assert counts == {"in_both": 9, "only_ours": 3, "only_theirs": 3, "without_book": 1, "books": [BOOK.name]}
    assert made.report["unread"] == {}


async def test_minutes_that_hold_too_many_calls_are_named_in_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    monkeypatch.setattr(reconciliation_use_cases, "RECORDS_MAX", 3)
    await world.write(*(ours(n, minutes=-30, request_id=f"r{n}") for n in range(1, 5)))
    world.books.calls[BOOK] = []
    made = await world.run(actor=ROOT, trace_id=TRACE, since=SINCE, until=NOON)
    assert list(made.report["unread"]) == [OUR_BOOK]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("has_book", "is_away", "note"), [(False, False, NO_BOOK), (True, False, None), (True, True, None)]
)
async def test_a_report_notes_when_there_was_no_log_to_read(has_book: bool, is_away: bool, note: str | None) -> None:
    world = World()
    if has_book:
        world.books.calls[BOOK] = []
    world.books.fault = UpstreamMisconfigured("refused") if is_away else None
    made = await world.run(actor=ROOT, trace_id=TRACE, since=SINCE, until=NOON)
    assert made.report["note"] == note
    [listed] = (await world.list(actor=ROOT, page=PageRequest())).rows
    assert listed.report["note"] == note


async def test_a_period_is_bounded_and_an_administrators_affair() -> None:
    world = World()
    for since in (NOON, NOON - timedelta(days=8)):
        with pytest.raises(InvalidPeriod):
            await world.run(actor=ROOT, trace_id=TRACE, since=since, until=NOON)
    with pytest.raises(AdministratorRequired):
        await world.run(actor=OWNER, trace_id=TRACE, since=SINCE, until=NOON)


def _periods(made: Sequence[Reconciliation]) -> list[tuple[datetime, datetime]]:
    return [(one.period_start, one.period_end) for one in made]
