"""The small print of wallets, outcomes, budgets, rows and fingerprints."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest

from deepspace_core.kernel.ids import HoldId, TransactionId
from deepspace_core.ledger import (
    Account,
    BalanceAt,
    BudgetKey,
    BudgetScope,
    BudgetWindow,
    Capture,
    LedgerTransaction,
    Outcome,
    OutcomeCode,
    TransactionType,
    WalletView,
)
from deepspace_core.ledger import fingerprint as fingerprints
from deepspace_core.ledger.budget import EPOCH, midnight, read_key, starts_on
from deepspace_core.ledger.chain import GENESIS, link, written
from deepspace_core.ledger.command import expiry_ref
from deepspace_core.ledger.outcome import newly_accepted
from deepspace_core.ledger.transaction import moves_of
from deepspace_core.ledger.wallet import open_wallet
from tests.core.ledger.asking import CAP, ORG, WALLET, Caller
from tests.fakes import NOON, TRACE

VIEW = WalletView(WALLET, "USD", 10, 3, 2, 5, 7)


def test_what_is_spendable_is_available_and_credit_less_what_is_owed() -> None:
    wallet = replace(
        open_wallet(org_id=ORG, wallet_id=WALLET, now=NOON, credit_limit_nanos=5),
        balance_nanos=10,
        frozen_nanos=3,
        receivable_nanos=2,
    )
    for one in (VIEW, wallet):
        assert (one.available_nanos, one.spendable_nanos) == (7, 10)
    for owed, left in [(11, 1), (12, 0), (13, 0)]:
        assert VIEW._replace(receivable_nanos=owed).spendable_nanos == left
        assert replace(wallet, receivable_nanos=owed).spendable_nanos == left


def test_a_new_wallet_has_nothing_in_it() -> None:
    wallet = open_wallet(org_id=ORG, wallet_id=WALLET, now=NOON)
    numbers = (wallet.balance_nanos, wallet.frozen_nanos, wallet.receivable_nanos, wallet.credit_limit_nanos)
    assert (numbers, wallet.version, wallet.currency) == ((0, 0, 0, 0), 0, "USD")
    assert (wallet.id, wallet.org_id, wallet.opened_at, wallet.updated_at) == (WALLET, ORG, NOON, NOON)
    assert (wallet.closed, wallet.capped, wallet.root, wallet.chained_after) == (False, False, GENESIS, 0)
    assert replace(wallet, closed_at=NOON).closed
    assert open_wallet(org_id=ORG, wallet_id=WALLET, now=NOON, currency="EUR").currency == "EUR"


def test_a_balance_tells_what_is_owned_and_what_is_available() -> None:
    told = BalanceAt(WALLET, "USD", NOON, 4, balance_nanos=10, frozen_nanos=3, receivable_nanos=2)
    assert (told.available_nanos, told.owned_nanos) == (7, 8)


@pytest.mark.parametrize(
    ("needed", "available", "missing"), [(10, 4, 6), (4, 10, 0), (5, None, 5), (5, 0, 5), (None, 4, 0), (None, None, 0)]
)
def test_what_is_missing_is_never_less_than_nothing(needed: int | None, available: int | None, missing: int) -> None:
    outcome = Outcome(OutcomeCode.INSUFFICIENT_FUNDS, "r", needed_nanos=needed, available_nanos=available)
    assert outcome.missing_nanos == missing


def test_what_was_decided_as_one_is_new_unless_all_of_it_was_there() -> None:
    new, old = Outcome(OutcomeCode.ACCEPTED, "a"), Outcome(OutcomeCode.ACCEPTED, "b", replayed=True)
    refused = Outcome(OutcomeCode.LINKED_FAILED, "c")
    assert newly_accepted([new])
    assert newly_accepted([new, old])
    assert not newly_accepted([old, old])
    assert not newly_accepted([new, refused])
    assert not newly_accepted([])


@pytest.mark.parametrize(
    ("code", "malformed", "conflicting", "denied"),
    [
        (OutcomeCode.INVALID_REF, True, False, False),
        (OutcomeCode.BATCH_TOO_LARGE, True, False, False),
        (OutcomeCode.EXISTS, False, False, False),
        (OutcomeCode.EXISTS_WITH_DIFFERENT_TYPE, False, True, False),
        (OutcomeCode.WALLET_CLOSED, False, False, False),
        (OutcomeCode.BUDGET_EXCEEDED, False, False, True),
        (OutcomeCode.INSUFFICIENT_FUNDS, False, False, True),
        (OutcomeCode.ACCEPTED, False, False, False),
    ],
)
def test_codes_have_classes(code: OutcomeCode, malformed: bool, conflicting: bool, denied: bool) -> None:
    assert (code.malformed, code.conflicting, code.denied) == (malformed, conflicting, denied)


def test_a_period_begins_at_midnight_utc_wherever_one_is() -> None:
    east = datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=3)))
    assert starts_on(BudgetWindow.DAY, east) == date(2026, 2, 28)
    assert starts_on(BudgetWindow.MONTH, east) == date(2026, 2, 1)
    assert starts_on(BudgetWindow.TOTAL, east) == EPOCH
    assert midnight(date(2026, 2, 28)) == datetime(2026, 2, 28, tzinfo=UTC)


def test_a_budget_key_is_read_as_it_is_written() -> None:
    for scope in BudgetScope:
        key = BudgetKey(scope, UUID(int=0xABC))
        assert read_key.__wrapped__(str(key)) == key
    assert str(BudgetKey(BudgetScope.KEY, UUID(int=1))) == f"key:{1:032x}"


def test_the_ref_of_an_expiry_names_its_hold() -> None:
    assert expiry_ref(HoldId(UUID(int=0xAB))) == f"ledger:expire:{0xAB:032x}"


def _row(kind: TransactionType, amount: int, balance: int, frozen: int, receivable: int) -> LedgerTransaction:
    return LedgerTransaction(
        id=TransactionId(UUID(int=1)),
        org_id=ORG,
        wallet_id=WALLET,
        seq=7,
        type=kind,
        ref="r:1",
        amount_nanos=amount,
        balance_delta_nanos=balance,
        frozen_delta_nanos=frozen,
        receivable_delta_nanos=receivable,
        released_nanos=4,
        balance_after_nanos=90,
        frozen_after_nanos=8,
        receivable_after_nanos=1,
        currency="USD",
        hold_id=HoldId(UUID(int=2)),
        capture_ref="c",
        late=True,
        ends_hold=False,
        trace_id=TRACE,
        actor="key:x",
        description="why not",
        at=NOON + timedelta(microseconds=5),
    )


@pytest.mark.parametrize(
    ("row", "moves"),
    [
        (_row(TransactionType.TOP_UP, 9, 7, 0, -2), {Account.WORLD: -9, Account.AVAILABLE: 7, Account.RECEIVABLE: 2}),
        (_row(TransactionType.HOLD, 5, 0, 5, 0), {Account.AVAILABLE: -5, Account.FROZEN: 5}),
        (_row(TransactionType.EXTEND, 5, 0, 5, 0), {Account.AVAILABLE: -5, Account.FROZEN: 5}),
        (
            _row(TransactionType.CAPTURE, 9, -7, -5, 2),
            {Account.REVENUE: 9, Account.AVAILABLE: -2, Account.FROZEN: -5, Account.RECEIVABLE: -2},
        ),
        (_row(TransactionType.RELEASE, 5, 0, -5, 0), {Account.AVAILABLE: 5, Account.FROZEN: -5}),
        (_row(TransactionType.EXPIRE, 5, 0, -5, 0), {Account.AVAILABLE: 5, Account.FROZEN: -5}),
        (_row(TransactionType.REFUND, 9, 7, 0, -2), {Account.REVENUE: -9, Account.AVAILABLE: 7, Account.RECEIVABLE: 2}),
        (_row(TransactionType.ADJUST, -3, -3, 0, 0), {Account.ADJUSTMENT: 3, Account.AVAILABLE: -3}),
    ],
    ids=lambda value: str(getattr(value, "type", ""))[:20],
)
def test_a_row_moves_value_between_accounts(row: LedgerTransaction, moves: dict[Account, int]) -> None:
    assert {account: nanos for account, nanos in moves_of(row).items() if nanos} == moves
    assert sum(moves_of(row).values()) == 0


def test_a_row_is_written_in_one_way_only() -> None:
    row = _row(TransactionType.CAPTURE, 9, -7, -5, 2)
    assert written(row) == (
        f"{1:032x}|{ORG.hex}|{WALLET.hex}|7|capture|3:r:1|9|-7|-5|2|4|90|8|1|USD|{2:032x}|1:c|1|0|32:{TRACE}|5:key:x"
        f"|7:why not|{int(NOON.timestamp()) * 1_000_000 + 5}"
    )
    bare = row._replace(hold_id=None, capture_ref=None, late=False, ends_hold=True, description="")
    assert written(bare).endswith(f"|USD|-|-|0|1|32:{TRACE}|5:key:x|0:|{int(NOON.timestamp()) * 1_000_000 + 5}")
    # To the microsecond at any time, also where a float would no longer tell one from the next.
    day = datetime(9000, 1, 1, tzinfo=UTC)
    micros = (day.toordinal() - EPOCH.toordinal()) * 86_400_000_000 + 1
    assert written(row._replace(at=day + timedelta(microseconds=1))).endswith(f"|7:why not|{micros}")
    assert link(GENESIS, row) != link(GENESIS, bare)
    assert link(link(GENESIS, row), bare) != link(link(GENESIS, bare), row)
    assert len(link(GENESIS, row)) == 32


def test_a_fingerprint_is_of_the_fields_that_a_kind_of_command_has() -> None:
    me = Caller()
    assert fingerprints.fingerprint_of(me.capture("c", "h", 4)) == ("capture", WALLET, "h", None, 4, True, None)
    by_id = Capture(**me._common, ref="c", hold_id=HoldId(ORG), amount_nanos=4)
    assert fingerprints.fingerprint_of(by_id) == ("capture", WALLET, None, ORG, 4, True, None)
    assert fingerprints.fingerprint_of(replace(me, currency="USD").top_up("t", 4)) == ("top_up", WALLET, 4, "USD")
    assert fingerprints.fingerprint_of(me.hold("h", 4, seconds=9)) == ("hold", WALLET, 4, 9, None)


def test_a_fingerprint_is_read_with_names_and_without() -> None:
    me = Caller()
    by_id = Capture(**me._common, ref="c", hold_id=HoldId(ORG), amount_nanos=4)
    assert fingerprints.read_fingerprint(
        {"type": "capture", "wallet_id": WALLET.hex, "hold_id": ORG.hex, "amount_nanos": 4, "final": True}
    ) == fingerprints.fingerprint_of(by_id)
    assert fingerprints.read_fingerprint(["hold", WALLET.hex, 4, 9, None]) == fingerprints.fingerprint_of(
        me.hold("h", 4, seconds=9)
    )


def test_a_hold_counts_against_one_budget_a_scope() -> None:
    with pytest.raises(ValueError, match=r"^a hold has at most one cap a scope$"):
        replace(Caller(), caps=(CAP, replace(CAP, scope_id=WALLET))).hold("h", 1)
    both = (CAP, BudgetKey(BudgetScope.PROJECT, ORG))
    assert replace(Caller(), caps=both).hold("h", 1).caps == both


def test_the_first_difference_in_precedence_is_named() -> None:
    me = Caller()
    stored = fingerprints.fingerprint_of(me.capture("c", "h", 4))
    assert fingerprints.difference(stored, fingerprints.fingerprint_of(me.capture("x", "h", 4))) is None
    both = fingerprints.fingerprint_of(me.capture("c", "i", 5, final=False))
    assert fingerprints.difference(stored, both) is OutcomeCode.EXISTS_WITH_DIFFERENT_HOLD
    held = fingerprints.fingerprint_of(me.hold("c", 4))
    assert fingerprints.difference(stored, held) is OutcomeCode.EXISTS_WITH_DIFFERENT_TYPE
    one, other = (fingerprints.fingerprint_of(me.refund("r", ref, 1)) for ref in ("c", "d"))
    assert fingerprints.difference(one, other) is OutcomeCode.EXISTS_WITH_DIFFERENT_CAPTURE
