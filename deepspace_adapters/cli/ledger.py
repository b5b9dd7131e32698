"""`deepspace ledger`: proves the books."""

from datetime import UTC, datetime
from typing import get_args

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import enter, find_organization
from deepspace_adapters.cli.output import (
    Row,
    json_option,
    json_wanted,
    moment,
    money,
    print_json,
    print_table,
    remark,
    show_record,
)
from deepspace_adapters.cli.statement import statement_row
from deepspace_core.identity import Language
from deepspace_core.ledger import AccountBalance, BalanceAt
from deepspace_core.ledger.statement import Statement
from deepspace_core.ledger.statement_text import as_csv, as_markdown
from deepspace_core.ledger.use_cases import AuditReport


@click.group()
def ledger() -> None:
    """Prove the books."""


@ledger.command()
@click.option(
    "--from-seq",
    type=click.IntRange(min=0),
    default=0,
    help="Continue: take each wallet's rows up to this seq on trust, as an earlier audit told (its `seq`).",
)
@click.option("--org", metavar="ORG", help="Only this organization's wallet: its id or its name.")
@json_option
@click.pass_context
def audit(ctx: click.Context, *, from_seq: int, org: str | None) -> None:
    """Check every invariant that the data can show, without locking anybody, and print the trial balance.

    Exit code 1 when anything is wrong.
    """
    deployment: Deployment = ctx.obj

    async def work(app: Application) -> AuditReport:
        org_id = None if org is None else (await find_organization(app, org)).id
        return await app.audit_ledger(from_seq=from_seq, org_id=org_id)

    report = deployment.run(work)
    if json_wanted():
        print_json(_report_row(report))
    else:
        _tell(report)
    ctx.exit(0 if report.sound else 1)


@ledger.command()
@click.argument("org", metavar="ORG")
@click.option("--month", required=True, metavar="YYYY-MM", help="The month.")
@click.option("--time-zone", default="UTC", show_default=True, help="Whose month: an IANA name.")
@click.option(
    "--language", type=click.Choice(get_args(Language)), default="en", show_default=True, help="Of its words."
)
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--markdown", "form", flag_value="markdown", default=True, help="Print Markdown (the default).")
@json_option
@click.pass_context
def statement(ctx: click.Context, *, org: str, month: str, time_zone: str, language: Language, form: str) -> None:
    """Print an organization's statement of a month: opening, movements, closing, and calls by project and model.

    Exit code 1 when the numbers don't add up; `deepspace ledger audit` then says why.
    """
    deployment: Deployment = ctx.obj

    async def work(app: Application) -> Statement:
        return await app.state_month(principal=await enter(app, org), month=month, time_zone=time_zone)

    made = deployment.run(work)
    if json_wanted():
        print_json(statement_row(made))
    else:
        click.echo(as_csv(made, language) if form == "csv" else as_markdown(made, language), nl=False)
    if not made.adds_up:
        remark("The numbers of this statement don't add up; run `deepspace ledger audit`.")
    ctx.exit(0 if made.adds_up else 1)


@ledger.command()
@click.argument("org", metavar="ORG")
@click.option("--at", "at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]), required=True, help="When (UTC).")
@json_option
@click.pass_obj
def balance(deployment: Deployment, *, org: str, at: datetime) -> None:
    """Show what an organization's wallet was at any time: after its last movement at or before it."""
    moment_asked = at if at.tzinfo else at.replace(tzinfo=UTC)

    async def work(app: Application) -> BalanceAt:
        principal = await enter(app, org)
        async with app.unit_of_work() as tx:
            return await app.ledger_reader.balance_at(
                tx, org_id=principal.org_id, wallet_id=principal.wallet_id, at=moment_asked
            )

    told = deployment.run(work)
    show_record(
        {
            "at": moment(told.at),
            "seq": told.seq,
            "currency": told.currency,
            **money("balance", told.balance_nanos),
            **money("frozen", told.frozen_nanos),
            **money("available", told.available_nanos),
            **money("receivable", told.receivable_nanos),
        }
    )


def _tell(report: AuditReport) -> None:
    click.echo(
        f"Looked at: wallets {report.wallets}, holds {report.holds}, budgets {report.budgets}, "
        f"transactions {report.rows}, roots {report.roots}, calls {report.calls}; the highest seq is {report.seq}."
    )
    print_table([_balance_row(line) for line in report.trial_balance], columns=["currency", "account", "balance"])
    if report.sound:
        click.echo(click.style("The books are sound: the accounts sum to zero and nothing contradicts.", fg="green"))
        return
    click.echo(click.style(f"{len(report.findings)} findings:", fg="red", bold=True))
    for finding in report.findings:
        click.echo(f"  {finding.where}: {finding.message} (broken: {finding.invariant})")


def _report_row(report: AuditReport) -> Row:
    return {
        "sound": report.sound,
        "wallets": report.wallets,
        "holds": report.holds,
        "budgets": report.budgets,
        "transactions": report.rows,
        "roots": report.roots,
        "calls": report.calls,
        "seq": report.seq,
        "findings": [
            {"invariant": one.invariant, "where": one.where, "message": one.message} for one in report.findings
        ],
        "trial_balance": [_balance_row(line) for line in report.trial_balance],
    }


def _balance_row(line: AccountBalance) -> Row:
    return {"currency": line.currency, "account": line.account.value, **money("balance", line.balance_nanos)}
