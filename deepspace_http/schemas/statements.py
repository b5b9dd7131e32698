"""Wire types of what the books say of a time: balances as of any moment, a month's statement, a hold only tried."""

from typing import Annotated

from msgspec import Meta

from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.ledger.command import AMOUNT_NANOS_MAX, LIFETIME_SECONDS_MAX, LIFETIME_SECONDS_MIN
from deepspace_core.ledger.outcome import Outcome, OutcomeCode
from deepspace_core.ledger.statement import Spending, Statement
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType
from deepspace_core.ledger.wallet import BalanceAt
from deepspace_http.schemas.budgets import BudgetBody, show_budget
from deepspace_http.schemas.pricing import Currency
from deepspace_http.schemas.wire import (
    Count,
    DecimalText,
    NanosNumber,
    OrgIdText,
    ProjectIdText,
    Ref,
    RequestBody,
    ResponseBody,
    Time,
    WalletIdText,
)

LIFETIME_SECONDS_TRIED = 600

Seq = Annotated[int, Meta(examples=[12])]
MonthText = Annotated[str, Meta(examples=["2026-11"])]
TimeZoneText = Annotated[str, Meta(examples=["Europe/Berlin"])]
RootText = Annotated[str, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
HoldNanos = Annotated[int, Meta(ge=0, le=AMOUNT_NANOS_MAX, examples=[50_000_000])]
LifetimeSeconds = Annotated[int, Meta(ge=LIFETIME_SECONDS_MIN, le=LIFETIME_SECONDS_MAX, examples=[600])]


class BalanceBody(ResponseBody, frozen=True, kw_only=True):
    """A wallet as it stood after its last movement at or before `at`; `seq` 0 before there was any."""

    wallet_id: WalletIdText
    at: Time
    seq: Seq
    currency: Currency
    balance_nanos: NanosNumber
    balance: DecimalText
    frozen_nanos: NanosNumber
    frozen: DecimalText
    available_nanos: NanosNumber
    available: DecimalText
    receivable_nanos: NanosNumber
    receivable: DecimalText


class StatementEntryBody(ResponseBody, frozen=True, kw_only=True):
    """A payment, refund or correction."""

    at: Time
    type: TransactionType
    ref: Ref
    description: Annotated[str, Meta(examples=["Bank transfer"])]
    amount_nanos: NanosNumber
    amount: DecimalText


class StatementSpendingBody(ResponseBody, frozen=True, kw_only=True):
    """What calls of one project to one model were charged, and given back; without names: money moved by hand.

    `is_default_project`: a name that is still `Default` is for the reader's language to say.
    """

    project_id: ProjectIdText | None
    project: Annotated[str, Meta(examples=["Comet"])] | None
    is_default_project: bool
    model: Annotated[str, Meta(examples=["small"])] | None
    calls: Count
    charged_nanos: NanosNumber
    charged: DecimalText
    refunded_nanos: NanosNumber
    refunded: DecimalText
    net_nanos: NanosNumber
    net: DecimalText


class StatementBody(ResponseBody, frozen=True, kw_only=True):
    """A month of a wallet, [since, until). opening + topped_up + refunded + adjusted - charged = closing.

    `root` seals every row up to the closing: whoever keeps it can check the past.
    """

    org_id: OrgIdText
    wallet_id: WalletIdText
    month: MonthText
    time_zone: TimeZoneText
    since: Time
    until: Time
    currency: Currency
    opening_nanos: NanosNumber
    opening: DecimalText
    topped_up_nanos: NanosNumber
    topped_up: DecimalText
    charged_nanos: NanosNumber
    charged: DecimalText
    refunded_nanos: NanosNumber
    refunded: DecimalText
    adjusted_nanos: NanosNumber
    adjusted: DecimalText
    closing_nanos: NanosNumber
    closing: DecimalText
    frozen_nanos: NanosNumber
    frozen: DecimalText
    receivable_nanos: NanosNumber
    receivable: DecimalText
    adds_up: bool
    seq: Seq
    root: RootText | None
    spending: list[StatementSpendingBody]
    entries: list[StatementEntryBody]
    entries_omitted: Count


class TryHoldBody(RequestBody, frozen=True, kw_only=True):
    """How much a call would set aside, and for how long."""

    amount_nanos: HoldNanos
    lifetime_seconds: LifetimeSeconds = LIFETIME_SECONDS_TRIED


class TriedBody(ResponseBody, frozen=True, kw_only=True):
    """Whether it would be admitted just now; if not, how much is missing, and the budget in the way, if it is one."""

    admitted: bool
    code: OutcomeCode
    needed_nanos: NanosNumber
    needed: DecimalText
    available_nanos: NanosNumber
    available: DecimalText
    missing_nanos: NanosNumber
    missing: DecimalText
    budget: BudgetBody | None


def show_balance(told: BalanceAt) -> BalanceBody:
    """The wire form."""
    return BalanceBody(
        wallet_id=show_id("wallet", told.wallet_id),
        at=told.at,
        seq=told.seq,
        currency=told.currency,
        balance_nanos=told.balance_nanos,
        balance=decimal_from_nanos(told.balance_nanos),
        frozen_nanos=told.frozen_nanos,
        frozen=decimal_from_nanos(told.frozen_nanos),
        available_nanos=told.available_nanos,
        available=decimal_from_nanos(told.available_nanos),
        receivable_nanos=told.receivable_nanos,
        receivable=decimal_from_nanos(told.receivable_nanos),
    )


def show_statement(made: Statement) -> StatementBody:
    """The wire form."""
    topped_up, refunded, adjusted = map(
        made.total, (TransactionType.TOP_UP, TransactionType.REFUND, TransactionType.ADJUST)
    )
    return StatementBody(
        org_id=show_id("org", made.org_id),
        wallet_id=show_id("wallet", made.wallet_id),
        month=made.month.text,
        time_zone=made.month.time_zone,
        since=made.month.since,
        until=made.month.until,
        currency=made.currency,
        opening_nanos=made.opening.owned_nanos,
        opening=decimal_from_nanos(made.opening.owned_nanos),
        topped_up_nanos=topped_up,
        topped_up=decimal_from_nanos(topped_up),
        charged_nanos=made.charged_nanos,
        charged=decimal_from_nanos(made.charged_nanos),
        refunded_nanos=refunded,
        refunded=decimal_from_nanos(refunded),
        adjusted_nanos=adjusted,
        adjusted=decimal_from_nanos(adjusted),
        closing_nanos=made.closing.owned_nanos,
        closing=decimal_from_nanos(made.closing.owned_nanos),
        frozen_nanos=made.closing.frozen_nanos,
        frozen=decimal_from_nanos(made.closing.frozen_nanos),
        receivable_nanos=made.closing.receivable_nanos,
        receivable=decimal_from_nanos(made.closing.receivable_nanos),
        adds_up=made.adds_up,
        seq=made.closing.seq,
        root=None if made.root is None else made.root.hex(),
        spending=[_spending(one) for one in made.spending],
        entries=[_entry(row) for row in made.entries],
        entries_omitted=made.entries_omitted,
    )


def show_tried(outcome: Outcome, *, amount_nanos: int) -> TriedBody:
    """The wire form of what a hold of `amount_nanos` would be answered."""
    spendable = outcome.wallet.spendable_nanos if outcome.wallet is not None else 0
    # Of an admission nobody asks what there was; it is what is left now, and what was asked for.
    available = outcome.available_nanos if outcome.available_nanos is not None else spendable + amount_nanos
    return TriedBody(
        admitted=outcome.accepted,
        code=outcome.code,
        needed_nanos=amount_nanos,
        needed=decimal_from_nanos(amount_nanos),
        available_nanos=available,
        available=decimal_from_nanos(available),
        missing_nanos=outcome.missing_nanos,
        missing=decimal_from_nanos(outcome.missing_nanos),
        budget=None if outcome.budget is None else show_budget(outcome.budget),
    )


def _spending(one: Spending) -> StatementSpendingBody:
    return StatementSpendingBody(
        project_id=None if one.project_id is None else show_id("project", one.project_id),
        project=one.project,
        is_default_project=one.is_default_project,
        model=one.model,
        calls=one.calls,
        charged_nanos=one.charged_nanos,
        charged=decimal_from_nanos(one.charged_nanos),
        refunded_nanos=one.refunded_nanos,
        refunded=decimal_from_nanos(one.refunded_nanos),
        net_nanos=one.net_nanos,
        net=decimal_from_nanos(one.net_nanos),
    )


def _entry(row: LedgerTransaction) -> StatementEntryBody:
    return StatementEntryBody(
        at=row.at,
        type=row.type,
        ref=row.ref,
        description=row.description,
        amount_nanos=row.amount_nanos,
        amount=decimal_from_nanos(row.amount_nanos),
    )
