"""`deepspace ledger`: proves the books."""

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import find_organization
from deepspace_adapters.cli.output import Row, json_option, json_wanted, money, print_json, print_table
from deepspace_core.ledger import AccountBalance
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


def _tell(report: AuditReport) -> None:
    click.echo(
        f"Looked at {report.wallets} wallets, {report.holds} holds, {report.budgets} budgets, "
        f"{report.rows} transactions and {report.roots} roots; the highest seq is {report.seq}."
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
        "seq": report.seq,
        "findings": [
            {"invariant": one.invariant, "where": one.where, "message": one.message} for one in report.findings
        ],
        "trial_balance": [_balance_row(line) for line in report.trial_balance],
    }


def _balance_row(line: AccountBalance) -> Row:
    return {"currency": line.currency, "account": line.account.value, **money("balance", line.balance_nanos)}
