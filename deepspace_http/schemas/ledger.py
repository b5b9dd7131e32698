"""Wire types of money: wallets, holds, movements. Every amount as integer nanos and as a decimal string."""

from typing import Annotated

from msgspec import Meta

from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.ledger.hold import HoldAccount, HoldState
from deepspace_core.ledger.outcome import Outcome
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType
from deepspace_core.ledger.wallet import Wallet
from deepspace_http.schemas.pricing import Currency
from deepspace_http.schemas.wire import (
    DecimalText,
    HoldIdText,
    NanosNumber,
    OrgIdText,
    PositiveNanos,
    PriceIdText,
    Reason,
    Ref,
    RequestBody,
    ResponseBody,
    Time,
    TraceIdText,
    TransactionIdText,
    WalletIdText,
)

SignedNanos = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1, examples=[-250_000_000])]
RefText = Annotated[str, Meta(examples=["invoice-2026-0142"])]
ActorText = Annotated[str, Meta(examples=["user:0198c0ff-ee00-7abc-8def-0123456789ab"])]


class WalletBody(ResponseBody, frozen=True, kw_only=True):
    """A wallet. available = balance - frozen; spendable is the largest hold that would be admitted."""

    id: WalletIdText
    org_id: OrgIdText
    currency: Currency
    balance_nanos: NanosNumber
    balance: DecimalText
    frozen_nanos: NanosNumber
    frozen: DecimalText
    available_nanos: NanosNumber
    available: DecimalText
    spendable_nanos: NanosNumber
    spendable: DecimalText
    credit_limit_nanos: NanosNumber
    credit_limit: DecimalText
    receivable_nanos: NanosNumber
    receivable: DecimalText
    version: Annotated[int, Meta(examples=[12])]
    opened_at: Time
    updated_at: Time
    closed_at: Time | None = None


class HoldBody(ResponseBody, frozen=True, kw_only=True):
    """Money set aside for a call. amount + extended = captured + released + expired + remaining."""

    id: HoldIdText
    org_id: OrgIdText
    wallet_id: WalletIdText
    ref: RefText
    state: HoldState
    amount_nanos: NanosNumber
    amount: DecimalText
    extended_nanos: NanosNumber
    captured_nanos: NanosNumber
    released_nanos: NanosNumber
    expired_nanos: NanosNumber
    remaining_nanos: NanosNumber
    remaining: DecimalText
    overage_nanos: NanosNumber
    expires_at: Time
    price_id: PriceIdText | None
    trace_id: TraceIdText
    actor: ActorText
    created_at: Time
    updated_at: Time


class TransactionBody(ResponseBody, frozen=True, kw_only=True):
    """One movement: immutable, numbered without gaps in its wallet, with the numbers it led to."""

    id: TransactionIdText
    org_id: OrgIdText
    wallet_id: WalletIdText
    seq: Annotated[int, Meta(examples=[12])]
    type: TransactionType
    ref: RefText
    amount_nanos: NanosNumber
    amount: DecimalText
    balance_delta_nanos: NanosNumber
    frozen_delta_nanos: NanosNumber
    receivable_delta_nanos: NanosNumber
    released_nanos: NanosNumber
    balance_after_nanos: NanosNumber
    balance_after: DecimalText
    frozen_after_nanos: NanosNumber
    frozen_after: DecimalText
    currency: Currency
    hold_id: HoldIdText | None
    capture_ref: RefText | None
    late: bool
    trace_id: TraceIdText
    actor: ActorText
    description: Annotated[str, Meta(examples=["Bank transfer"])]
    at: Time


class TopUpBody(RequestBody, frozen=True, kw_only=True):
    """Money paid in. `ref` makes it happen once: the payment's own id is best."""

    ref: Ref
    amount_nanos: PositiveNanos
    reason: Reason


class AdjustBody(RequestBody, frozen=True, kw_only=True):
    """A correction, up or down."""

    ref: Ref
    amount_nanos: SignedNanos
    reason: Reason


class RefundBody(RequestBody, frozen=True, kw_only=True):
    """Some or all of a capture, given back."""

    ref: Ref
    capture_ref: Ref
    amount_nanos: PositiveNanos
    reason: Reason


class MovedBody(ResponseBody, frozen=True, kw_only=True):
    """What a command came to. `replayed`: the ref was used before, this is the first answer, and nothing was booked."""

    replayed: bool
    transaction: TransactionBody | None


def show_wallet(wallet: Wallet) -> WalletBody:
    """The wire form."""
    return WalletBody(
        id=show_id("wallet", wallet.id),
        org_id=show_id("org", wallet.org_id),
        currency=wallet.currency,
        balance_nanos=wallet.balance_nanos,
        balance=decimal_from_nanos(wallet.balance_nanos),
        frozen_nanos=wallet.frozen_nanos,
        frozen=decimal_from_nanos(wallet.frozen_nanos),
        available_nanos=wallet.available_nanos,
        available=decimal_from_nanos(wallet.available_nanos),
        spendable_nanos=wallet.spendable_nanos,
        spendable=decimal_from_nanos(wallet.spendable_nanos),
        credit_limit_nanos=wallet.credit_limit_nanos,
        credit_limit=decimal_from_nanos(wallet.credit_limit_nanos),
        receivable_nanos=wallet.receivable_nanos,
        receivable=decimal_from_nanos(wallet.receivable_nanos),
        version=wallet.version,
        opened_at=wallet.opened_at,
        updated_at=wallet.updated_at,
        closed_at=wallet.closed_at,
    )


def show_hold(hold: HoldAccount) -> HoldBody:
    """The wire form."""
    return HoldBody(
        id=show_id("hold", hold.id),
        org_id=show_id("org", hold.org_id),
        wallet_id=show_id("wallet", hold.wallet_id),
        ref=hold.ref,
        state=hold.state,
        amount_nanos=hold.amount_nanos,
        amount=decimal_from_nanos(hold.amount_nanos),
        extended_nanos=hold.extended_nanos,
        captured_nanos=hold.captured_nanos,
        released_nanos=hold.released_nanos,
        expired_nanos=hold.expired_nanos,
        remaining_nanos=hold.remaining_nanos,
        remaining=decimal_from_nanos(hold.remaining_nanos),
        overage_nanos=hold.overage_nanos,
        expires_at=hold.expires_at,
        price_id=None if hold.price_id is None else show_id("price", hold.price_id),
        trace_id=hold.trace_id,
        actor=hold.actor,
        created_at=hold.created_at,
        updated_at=hold.updated_at,
    )


def show_transaction(row: LedgerTransaction) -> TransactionBody:
    """The wire form."""
    return TransactionBody(
        id=show_id("transaction", row.id),
        org_id=show_id("org", row.org_id),
        wallet_id=show_id("wallet", row.wallet_id),
        seq=row.seq,
        type=row.type,
        ref=row.ref,
        amount_nanos=row.amount_nanos,
        amount=decimal_from_nanos(row.amount_nanos),
        balance_delta_nanos=row.balance_delta_nanos,
        frozen_delta_nanos=row.frozen_delta_nanos,
        receivable_delta_nanos=row.receivable_delta_nanos,
        released_nanos=row.released_nanos,
        balance_after_nanos=row.balance_after_nanos,
        balance_after=decimal_from_nanos(row.balance_after_nanos),
        frozen_after_nanos=row.frozen_after_nanos,
        frozen_after=decimal_from_nanos(row.frozen_after_nanos),
        currency=row.currency,
        hold_id=None if row.hold_id is None else show_id("hold", row.hold_id),
        capture_ref=row.capture_ref,
        late=row.late,
        trace_id=row.trace_id,
        actor=row.actor,
        description=row.description,
        at=row.at,
    )


def show_moved(outcome: Outcome) -> MovedBody:
    """The wire form of an accepted outcome."""
    row = outcome.transaction
    return MovedBody(replayed=outcome.replayed, transaction=None if row is None else show_transaction(row))
