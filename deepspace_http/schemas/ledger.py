"""Wire types of money: wallets, holds, movements. Every amount as integer nanos and as a decimal string."""

from typing import Annotated, Any

from msgspec import Meta

from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.ledger.hold import HoldAccount, HoldState
from deepspace_core.ledger.outcome import Outcome
from deepspace_core.ledger.ports import OrgWallet, TransactionTotal, WalletTotal
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType
from deepspace_core.ledger.wallet import Wallet
from deepspace_core.pipeline import PurposeKind, read_purpose
from deepspace_http.schemas.pricing import Currency
from deepspace_http.schemas.wire import (
    Count,
    DecimalText,
    HoldIdText,
    Name,
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


class PurposeBody(ResponseBody, frozen=True, kw_only=True):
    """What a call's movement was for, in parts: a call by a route, or that the model delivered nothing."""

    kind: PurposeKind
    model: Name
    route: Annotated[str | None, Meta(examples=["chat/completions"])]


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
    purpose: Annotated[PurposeBody | None, Meta(description="Null where the description is somebody's own words.")]
    at: Time


class OrgWalletBody(WalletBody, frozen=True, kw_only=True):
    """A wallet, and whose it is."""

    org_name: Name
    suspended_at: Time | None


class WalletTotalBody(ResponseBody, frozen=True, kw_only=True):
    """What wallets of one currency add up to. available = balance - frozen."""

    currency: Currency
    wallets: Count
    balance_nanos: NanosNumber
    balance: DecimalText
    frozen_nanos: NanosNumber
    frozen: DecimalText
    available_nanos: NanosNumber
    available: DecimalText
    receivable_nanos: NanosNumber
    receivable: DecimalText
    credit_limit_nanos: NanosNumber
    credit_limit: DecimalText


class WalletTotalsBody(ResponseBody, frozen=True, kw_only=True):
    """Sums over all wallets that match; one row a currency."""

    totals: list[WalletTotalBody]


class TransactionTotalBody(ResponseBody, frozen=True, kw_only=True):
    """What movements of one currency and kind add up to."""

    currency: Currency
    type: TransactionType
    count: Count
    amount_nanos: NanosNumber
    amount: DecimalText
    balance_delta_nanos: NanosNumber
    balance_delta: DecimalText
    frozen_delta_nanos: NanosNumber
    frozen_delta: DecimalText


class TransactionTotalsBody(ResponseBody, frozen=True, kw_only=True):
    """Sums over all movements that match; one row a currency and kind."""

    totals: list[TransactionTotalBody]


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
    return WalletBody(**_shown_wallet(wallet))


def show_org_wallet(one: OrgWallet) -> OrgWalletBody:
    """The wire form, with its organization."""
    return OrgWalletBody(**_shown_wallet(one.wallet), org_name=one.org_name, suspended_at=one.suspended_at)


def show_wallet_total(total: WalletTotal) -> WalletTotalBody:
    """The wire form."""
    available_nanos = total.balance_nanos - total.frozen_nanos
    return WalletTotalBody(
        currency=total.currency,
        wallets=total.wallets,
        **_money("balance", total.balance_nanos),
        **_money("frozen", total.frozen_nanos),
        **_money("available", available_nanos),
        **_money("receivable", total.receivable_nanos),
        **_money("credit_limit", total.credit_limit_nanos),
    )


def show_transaction_total(total: TransactionTotal) -> TransactionTotalBody:
    """The wire form."""
    return TransactionTotalBody(
        currency=total.currency,
        type=total.type,
        count=total.count,
        **_money("amount", total.amount_nanos),
        **_money("balance_delta", total.balance_delta_nanos),
        **_money("frozen_delta", total.frozen_delta_nanos),
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
        purpose=_shown_purpose(row),
        at=row.at,
    )


def _shown_purpose(row: LedgerTransaction) -> PurposeBody | None:
    purpose = read_purpose(row)
    if purpose is None:
        return None
    return PurposeBody(kind=purpose.kind, model=purpose.model, route=purpose.route)


def show_moved(outcome: Outcome) -> MovedBody:
    """The wire form of an accepted outcome."""
    row = outcome.transaction
    return MovedBody(replayed=outcome.replayed, transaction=None if row is None else show_transaction(row))


def _shown_wallet(wallet: Wallet) -> dict[str, Any]:
    return {
        "id": show_id("wallet", wallet.id),
        "org_id": show_id("org", wallet.org_id),
        "currency": wallet.currency,
        **_money("balance", wallet.balance_nanos),
        **_money("frozen", wallet.frozen_nanos),
        **_money("available", wallet.available_nanos),
        **_money("spendable", wallet.spendable_nanos),
        **_money("credit_limit", wallet.credit_limit_nanos),
        **_money("receivable", wallet.receivable_nanos),
        "version": wallet.version,
        "opened_at": wallet.opened_at,
        "updated_at": wallet.updated_at,
        "closed_at": wallet.closed_at,
    }


def _money(name: str, nanos: int) -> dict[str, Any]:
    return {f"{name}_nanos": nanos, name: decimal_from_nanos(nanos)}
