"""`deepspace wallet`: prepaid money, and where it went."""

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import enter, org_option
from deepspace_adapters.cli.output import (
    Row,
    json_option,
    moment,
    money,
    page_options,
    read_page,
    remark,
    show_page,
    show_record,
)
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import nanos_from_decimal
from deepspace_core.kernel.page import Page
from deepspace_core.ledger import HoldAccount, LedgerTransaction, Outcome, TransactionFilter, TransactionType, Wallet

ref_option = click.option(
    "--ref", help="Your name for it, such as the payment's id: the same one twice is booked once. Default: a fresh one."
)


@click.group()
def wallet() -> None:
    """Wallets: balance, top-ups, movements and holds. Amounts are in the wallet's currency, such as 10 or 0.25."""


@wallet.command()
@org_option
@json_option
@click.pass_obj
def show(deployment: Deployment, org: str | None) -> None:
    """Show an organization's wallet."""
    show_record(wallet_row(deployment.run(lambda app: _wallet(app, org))))


@wallet.command("top-up")
@click.argument("amount", metavar="AMOUNT")
@click.option("--description", default="", help="What the statement says of it.")
@ref_option
@org_option
@json_option
@click.pass_obj
def top_up(deployment: Deployment, *, amount: str, description: str, ref: str | None, org: str | None) -> None:
    """Book money that was paid in."""
    amount_nanos = _nanos(amount)

    async def work(app: Application) -> Outcome:
        principal, trace_id = await enter(app, org), app.ids.trace_id()
        return await app.top_up_wallet(
            org_id=principal.org_id,
            wallet_id=principal.wallet_id,
            ref=ref or f"cli:{trace_id}",
            amount_nanos=amount_nanos,
            actor=principal.actor,
            trace_id=trace_id,
            description=description,
        )

    _show_outcome(deployment.run(work))


@wallet.command(context_settings={"ignore_unknown_options": True})
@click.argument("amount", metavar="AMOUNT")
@click.option("--reason", required=True, help="Why; it is kept in the audit trail.")
@ref_option
@org_option
@json_option
@click.pass_obj
def adjust(deployment: Deployment, *, amount: str, reason: str, ref: str | None, org: str | None) -> None:
    """Correct a wallet, up or (with a negative amount) down."""
    amount_nanos = _nanos(amount)

    async def work(app: Application) -> Outcome:
        principal, trace_id = await enter(app, org), app.ids.trace_id()
        return await app.adjust_wallet(
            org_id=principal.org_id,
            wallet_id=principal.wallet_id,
            ref=ref or f"cli:{trace_id}",
            amount_nanos=amount_nanos,
            reason=reason,
            actor=principal.actor,
            trace_id=trace_id,
        )

    _show_outcome(deployment.run(work))


@wallet.command()
@click.argument("capture_ref", metavar="CAPTURE_REF")
@click.argument("amount", metavar="AMOUNT")
@click.option("--reason", required=True, help="Why; it is kept in the audit trail.")
@ref_option
@org_option
@json_option
@click.pass_obj
def refund(
    deployment: Deployment, *, capture_ref: str, amount: str, reason: str, ref: str | None, org: str | None
) -> None:
    """Give back some or all of a capture, named by its ref (deepspace wallet transactions)."""
    amount_nanos = _nanos(amount)

    async def work(app: Application) -> Outcome:
        principal, trace_id = await enter(app, org), app.ids.trace_id()
        return await app.refund_capture(
            org_id=principal.org_id,
            wallet_id=principal.wallet_id,
            ref=ref or f"cli:{trace_id}",
            capture_ref=capture_ref,
            amount_nanos=amount_nanos,
            reason=reason,
            actor=principal.actor,
            trace_id=trace_id,
        )

    _show_outcome(deployment.run(work))


@wallet.command()
@click.option("--type", "types", multiple=True, type=click.Choice([one.value for one in TransactionType]))
@org_option
@page_options
@json_option
@click.pass_obj
def transactions(
    deployment: Deployment, *, types: tuple[str, ...], org: str | None, limit: int, cursor: str | None
) -> None:
    """List a wallet's movements, newest first."""
    wanted = [TransactionType(one) for one in types] or None

    async def work(app: Application) -> Page[LedgerTransaction]:
        principal = await enter(app, org)
        where = TransactionFilter(wallet_id=principal.wallet_id, types=wanted)
        async with app.unit_of_work() as tx:
            return await app.ledger_reader.list_transactions(
                tx, org_id=principal.org_id, page=read_page(limit, cursor), where=where
            )

    columns = ["at", "type", "amount", "balance_after", "frozen_after", "ref", "trace_id"]
    show_page(deployment.run(work), transaction_row, columns=columns)


@wallet.command()
@click.option("--open", "open_only", is_flag=True, help="Only those that still hold money.")
@org_option
@page_options
@json_option
@click.pass_obj
def holds(deployment: Deployment, *, open_only: bool, org: str | None, limit: int, cursor: str | None) -> None:
    """List a wallet's holds, open ones first."""

    async def work(app: Application) -> Page[HoldAccount]:
        principal = await enter(app, org)
        async with app.unit_of_work() as tx:
            return await app.ledger_reader.list_holds(
                tx, org_id=principal.org_id, page=read_page(limit, cursor), open_only=open_only
            )

    columns = ["id", "state", "amount", "captured", "remaining", "expires_at", "trace_id"]
    show_page(deployment.run(work), hold_row, columns=columns)


def wallet_row(one: Wallet) -> Row:
    """A wallet as commands print it."""
    return {
        "id": show_id("wallet", one.id),
        "org_id": show_id("org", one.org_id),
        "currency": one.currency,
        **money("balance", one.balance_nanos),
        **money("frozen", one.frozen_nanos),
        **money("available", one.available_nanos),
        **money("spendable", one.spendable_nanos),
        **money("credit_limit", one.credit_limit_nanos),
        **money("receivable", one.receivable_nanos),
        "version": one.version,
        "updated_at": moment(one.updated_at),
        "closed_at": moment(one.closed_at),
    }


def transaction_row(one: LedgerTransaction) -> Row:
    """A movement as commands print it."""
    return {
        "id": show_id("transaction", one.id),
        "at": moment(one.at),
        "type": one.type.value,
        "seq": one.seq,
        "ref": one.ref,
        "currency": one.currency,
        **money("amount", one.amount_nanos),
        **money("released", one.released_nanos),
        **money("balance_after", one.balance_after_nanos),
        **money("frozen_after", one.frozen_after_nanos),
        "hold_id": None if one.hold_id is None else show_id("hold", one.hold_id),
        "late": one.late,
        "actor": one.actor,
        "description": one.description,
        "trace_id": one.trace_id,
    }


def hold_row(one: HoldAccount) -> Row:
    """A hold as commands print it."""
    return {
        "id": show_id("hold", one.id),
        "ref": one.ref,
        "state": one.state.value,
        **money("amount", one.amount_nanos),
        **money("extended", one.extended_nanos),
        **money("captured", one.captured_nanos),
        **money("released", one.released_nanos),
        **money("expired", one.expired_nanos),
        **money("remaining", one.remaining_nanos),
        "expires_at": moment(one.expires_at),
        "created_at": moment(one.created_at),
        "trace_id": one.trace_id,
    }


async def _wallet(app: Application, org: str | None) -> Wallet:
    principal = await enter(app, org)
    async with app.unit_of_work() as tx:
        return await app.ledger_reader.get_wallet(tx, org_id=principal.org_id, wallet_id=principal.wallet_id)


def _show_outcome(outcome: Outcome) -> None:
    if outcome.transaction is not None:
        show_record(transaction_row(outcome.transaction))
    if outcome.replayed:
        remark("This ref had been booked before; nothing was booked again.")


def _nanos(text: str) -> int:
    try:
        return nanos_from_decimal(text)
    except ValueError as fault:
        raise InvalidInput(f"AMOUNT must be a number such as 10 or 0.25: {fault}", param="amount") from None
