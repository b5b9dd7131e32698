"""A story of one wallet in which everything happens, and every answer and row is told to the last field in story.txt.

The numbers of a wallet stand as: balance, frozen, receivable. Read the two side by side as an example; a changed answer
is a change of what customers see.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

import pytest

from deepspace_core.kernel.ids import HoldId, WalletId
from deepspace_core.ledger import (
    BudgetWindow,
    Capture,
    Expire,
    LedgerTransaction,
    Linked,
    Outcome,
    TransactionType,
)
from deepspace_core.ledger.budget import EPOCH, BudgetLine
from deepspace_core.ledger.command import Asked
from deepspace_core.ledger.outcome import WalletView
from deepspace_core.ledger.proof import RowChain
from tests.core.ledger.asking import CAP, ORG, OTHER_ORG, OTHER_WALLET, WALLET, Caller
from tests.core.ledger.shelf import Shelf
from tests.fakes import NOON, TRACE

ME = Caller(caps=(CAP,))
LINE = BudgetLine(WALLET, CAP, BudgetWindow.TOTAL, EPOCH, 260, 0, 0)
NOBODYS = Caller(wallet_id=WalletId(UUID(int=99)))
STRANGER = Caller(org_id=OTHER_ORG)
Played: TypeAlias = tuple[Shelf, Sequence[str]]
Step: TypeAlias = tuple[int, Sequence[Asked]]
"""The seconds that pass, and what is asked then as one batch."""


HOLD_IDS = {
    "w": HoldId(UUID("00000000-002f-7000-8000-00000000002f")),
    "v": HoldId(UUID("00000000-002b-7000-8000-00000000002b")),
}
"""By ref; ids are given out in the order of the story."""


def _expire(ref: str) -> Expire:
    return Expire(org_id=ORG, wallet_id=WALLET, hold_id=HOLD_IDS[ref])


def _by_id(ref: str, hold_ref: str | None, named: str, amount: int) -> Capture:
    return replace(ME.capture(ref, hold_ref, amount), hold_id=HOLD_IDS[named])


STORY: list[Step] = [
    (0, [ME.top_up("paid", 100)]),
    (0, [ME.hold("a", 30), ME.hold("a", 30), ME.hold("a", 31), ME.hold("a", 30, seconds=61)]),
    (1, [ME.extend("a+", "a", 5, seconds=120), ME.extend("a++", "a", 5), ME.extend("a-", "a", seconds=1)]),
    (1, [ME.capture("a1", "a", 10, final=False), ME.capture("a2", "a", 8), ME.capture("a3", "a", 1)]),
    (0, [ME.release("a4", "a"), ME.extend("a5", "a", 1)]),
    (
        0,
        [
            ME.refund("back", "a1", 4),
            ME.refund("back more", "a1", 7),
            ME.refund("back all", "a1", 6),
            ME.refund("none", "x", 1),
        ],
    ),
    (1, [ME.hold("b", 20, seconds=10), ME.hold("c", 20, seconds=20), ME.hold("d", 20, seconds=500)]),
    (0, [ME.hold("e", 90), ME.hold("f", 55), ME.adjust("less", -70), ME.adjust("more", 2), ME.adjust("few", -1)]),
    (9, [ME.hold("f2", 32), ME.capture("d1", "d", 60), ME.release("b1", "b")]),
    (1, [ME.hold("g", 33), ME.capture("b2", "b", 3, final=False), ME.capture("b3", "b", 2), ME.capture("b4", "b", 1)]),
    (20, [ME.capture("c1", "c", 50), ME.extend("c2", "c", 1), ME.release("c3", "c")]),
    (0, [ME.hold("h", 1), ME.top_up("settles", 5), ME.refund("d back", "d1", 20), ME.hold("h2", 12), ME.hold("h3", 8)]),
    (0, [Linked((ME.top_up("in", 6), ME.hold("i", 6), ME.capture("i1", "i", 2), ME.refund("i back", "i1", 1)))]),
    (
        0,
        [
            Linked(
                (
                    ME.hold("j", 2),
                    ME.capture("j1", "j", 1),
                    ME.refund("i back 2", "i1", 1),
                    ME.hold("k", 900),
                    ME.top_up("", 1),
                )
            )
        ],
    ),
    (
        0,
        [Linked((ME.top_up("j2", 1), ME.top_up("paid", 100), ME.top_up("j2", 2), ME.hold("l", 1))), ME.top_up("j2", 1)],
    ),
    (
        0,
        [
            Linked(
                (
                    ME.top_up("in2", 50),
                    ME.hold("m", 40),
                    ME.adjust("down", -9),
                    NOBODYS.hold("n", 1),
                    STRANGER.hold("o", 1),
                )
            )
        ],
    ),
    (0, [ME.refund("i back 3", "i1", 1), ME.hold("j", 2), ME.hold("m", 40)]),
    (0, [ME.top_up("rich", 200), ME.hold("p", 30), ME.hold("q", 25), ME.hold("r", 40), ME.hold("s", 16)]),
    (0, [Linked((ME.hold("t", 5), ME.hold("u", 90)))]),
    (99, [ME.hold("v", 20)]),
    (500, [ME.hold("w", 70)]),
    (
        0,
        [
            NOBODYS.hold("x", 1),
            STRANGER.hold("y", 1),
            replace(ME, currency="EUR").hold("z", 1),
            replace(ME, currency="USD").top_up("usd", 1),
        ],
    ),
    (
        0,
        [
            replace(ME, wallet_id=OTHER_WALLET).capture("other", "w", 1),
            ME.capture("both", "w", 1, final=False),
            ME.top_up("w", 1),
        ],
    ),
    (
        0,
        [
            Linked(
                (
                    ME.capture("w1", "w", 5, final=False),
                    ME.refund("w back", "w1", 2),
                    ME.hold("w2", 3),
                    ME.extend("w3", "w", 2),
                    ME.hold("big", 900),
                )
            )
        ],
    ),
    (0, [ME.refund("w back 2", "w1", 1), ME.hold("w4", 3), ME.capture("w4 all", "w4", 3)]),
    (
        0,
        [
            Linked(
                (
                    ME.capture("w5", "w", 5, final=False),
                    ME.refund("w5 back", "w5", 2),
                    ME.hold("w6", 3),
                    ME.extend("w7", "w", 2),
                    ME.capture("w8", "w6", 1),
                )
            )
        ],
    ),
    (
        0,
        [
            _expire("w"),
            Expire(org_id=ORG, wallet_id=WALLET, hold_id=HoldId(UUID(int=9))),
            replace(_expire("w"), wallet_id=OTHER_WALLET),
        ],
    ),
    (
        60,
        [
            _expire("w"),
            _expire("w"),
            _by_id("w late", None, "w", 4),
            _by_id("w clash", "v", "w", 4),
            _by_id("w both", "w", "w", 1),
        ],
    ),
    (
        0,
        [
            replace(_by_id("w strange", None, "w", 4), org_id=OTHER_ORG),
            ME.capture("v late", "v", 1, final=False),
            ME.capture("v final", "v", 2),
            ME.capture("v over", "v", 2),
        ],
    ),
    (-999, [ME.top_up("clock set back", 1), ME.hold("x2", 1), ME.release("x3", "x2")]),
]


@pytest.fixture
def played() -> Played:
    """The shelf as the story leaves it, and what was told at each step; anew for each test, so that each runs it."""
    shelf, told = Shelf(credit_limit=15), []
    shelf.state = replace(shelf.state, lines={LINE.line_key: LINE})
    for number, (seconds, asked) in enumerate(STORY, start=1):
        shelf.clock.advance(seconds=seconds)
        rows = len(shelf.rows)
        outcomes = shelf.ask_all(asked)
        answered = {outcome.transaction.id for outcome in outcomes if outcome.transaction}
        lines = [_told(outcome) for outcome in outcomes]
        lines += [f"expired: {_row(row)}" for row in shelf.rows[rows:] if row.id not in answered]
        told.append("\n".join([f"# {number}", *(line.rstrip() for line in lines)]))
    return shelf, told


TOLD = (Path(__file__).parent / "story.txt").read_text(encoding="utf-8").rstrip().split("\n\n")


@pytest.mark.parametrize("step", range(len(STORY)))
def test_a_step_is_answered_as_it_is_told(played: Played, step: int) -> None:
    assert played[1][step] == TOLD[step]


def test_the_story_has_an_answer_to_each_step() -> None:
    assert len(STORY) == len(TOLD)


def test_holds_end_as_the_story_leaves_them(played: Played) -> None:
    shelf, _ = played
    told = {
        hold.ref: (
            hold.state.value,
            (hold.amount_nanos, hold.extended_nanos),
            (hold.captured_nanos, hold.released_nanos, hold.expired_nanos, hold.remaining_nanos, hold.overage_nanos),
            hold.settled_late,
            hold.version,
            int((hold.updated_at - NOON).total_seconds()),
        )
        for hold in shelf.state.holds.values()
    }
    assert told == {
        "a": ("captured", (30, 10), (18, 22, 0, 0, 0), False, 6, 2),
        "b": ("released", (20, 0), (0, 20, 0, 0, 0), False, 2, 12),
        "c": ("expired", (20, 0), (0, 0, 20, 0, 50), True, 3, 33),
        "d": ("captured", (20, 0), (20, 0, 0, 0, 40), False, 2, 12),
        "f2": ("expired", (32, 0), (0, 0, 32, 0, 0), False, 2, 132),
        "p": ("expired", (30, 0), (0, 0, 30, 0, 0), False, 2, 632),
        "q": ("expired", (25, 0), (0, 0, 25, 0, 0), False, 2, 632),
        "r": ("expired", (40, 0), (0, 0, 40, 0, 0), False, 2, 632),
        "v": ("expired", (20, 0), (0, 0, 20, 0, 3), True, 4, 692),
        "w": ("expired", (70, 2), (6, 0, 66, 0, 4), True, 6, 692),
        "w4": ("captured", (3, 0), (3, 0, 0, 0, 0), False, 2, 632),
        "w6": ("captured", (3, 0), (1, 2, 0, 0, 0), False, 2, 632),
        "x2": ("released", (1, 0), (0, 1, 0, 0, 0), False, 2, 692),
    }
    firsts = {
        (hold.org_id, hold.wallet_id, hold.trace_id, hold.actor, hold.caps) for hold in shelf.state.holds.values()
    }
    assert firsts == {(ORG, WALLET, TRACE, "key:test", (CAP,))}
    assert all((hold.price_id, hold.rates) == (None, None) for hold in shelf.state.holds.values())


def test_captures_budgets_and_refs_end_as_the_story_leaves_them(played: Played) -> None:
    shelf, _ = played
    captures = {
        ref: (total.wallet_id, total.captured_nanos, total.refunded_nanos)
        for (_, ref), total in shelf.state.captures.items()
    }
    assert captures == {
        "a1": (WALLET, 10, 10),
        "a2": (WALLET, 8, 0),
        "d1": (WALLET, 60, 20),
        "c1": (WALLET, 50, 0),
        "both": (WALLET, 1, 0),
        "w4 all": (WALLET, 3, 0),
        "w5": (WALLET, 5, 2),
        "w8": (WALLET, 1, 0),
        "w late": (WALLET, 4, 0),
        "v late": (WALLET, 1, 0),
        "v final": (WALLET, 2, 0),
    }
    holds = {hold.id for hold in shelf.state.holds.values()}
    assert {total.hold_id for total in shelf.state.captures.values()} <= holds
    [line] = shelf.state.lines.values()
    assert (line.used_nanos, line.reserved_nanos) == (145, 0)
    accepted = {stored.outcome.ref for stored in shelf.state.refs.values() if stored.outcome.accepted}
    assert accepted == {row.ref for row in shelf.rows if row.type is not TransactionType.EXPIRE}


def test_rows_are_the_wallets_own_and_numbered_without_a_gap(played: Played) -> None:
    shelf, _ = played
    assert [row.seq for row in shelf.rows] == [*range(1, len(shelf.rows) + 1)]
    assert len({row.id for row in shelf.rows}) == len(shelf.rows)
    assert {(row.org_id, row.wallet_id, row.currency, row.trace_id) for row in shelf.rows} == {
        (ORG, WALLET, "USD", TRACE)
    }
    assert {row.actor for row in shelf.rows if row.type is TransactionType.EXPIRE} == {"system:ledger"}
    assert {row.actor for row in shelf.rows if row.type is not TransactionType.EXPIRE} == {"key:test"}
    without = {TransactionType.TOP_UP, TransactionType.ADJUST}
    assert all((row.hold_id is None) == (row.type in without) for row in shelf.rows)
    chain = RowChain(shelf.wallet)
    for row in shelf.rows:
        chain.follow(row, shelf.wallet.root if row.seq == shelf.wallet.version else None)
    chain.close()
    assert not chain.findings


def _told(outcome: Outcome) -> str:
    parts = [f"{outcome.ref}: {outcome.answered_as}"]
    if outcome.replayed:
        parts.append(f"({outcome.code})")
    if outcome.needed_nanos is not None or outcome.available_nanos is not None:
        parts.append(f"needs {outcome.needed_nanos} of {outcome.available_nanos}")
    if outcome.budget is not None:
        line = outcome.budget
        parts.append(
            f"in {line.key.scope} {line.window} cap {line.cap_nanos} used {line.used_nanos} + {line.reserved_nanos}"
        )
    if outcome.wallet is not None:
        parts.append(_wallet(outcome.wallet))
    if outcome.hold is not None:
        hold = outcome.hold
        until = int((hold.expires_at - NOON).total_seconds())
        numbers = f"{hold.remaining_nanos} left, {hold.captured_nanos} captured, {hold.overage_nanos} over"
        parts.append(f"hold {hold.ref} {hold.state}: {numbers}, until {until}")
    if outcome.transaction is not None:
        parts.append(_row(outcome.transaction))
    return "; ".join(parts)


def _wallet(view: WalletView) -> str:
    numbers = f"{view.balance_nanos} {view.frozen_nanos} {view.receivable_nanos}"
    return f"{view.currency} {numbers} limit {view.credit_limit_nanos} v{view.version} spendable {view.spendable_nanos}"


def _row(row: LedgerTransaction) -> str:
    deltas = f"{row.balance_delta_nanos:+} {row.frozen_delta_nanos:+} {row.receivable_delta_nanos:+}"
    afters = f"{row.balance_after_nanos} {row.frozen_after_nanos} {row.receivable_after_nanos}"
    flags = [name for name, set_ in (("late", row.late), ("ends", row.ends_hold)) if set_]
    flags += [f"frees {row.released_nanos}"] * bool(row.released_nanos)
    flags += [f"of {row.capture_ref}"] * (row.capture_ref is not None)
    flags += [f"'{row.description}'"] * bool(row.description)
    at = int((row.at - NOON).total_seconds())
    return f"#{row.seq} {row.type} {row.ref} {row.amount_nanos} ({deltas}) -> {afters} at {at} " + " ".join(flags)
