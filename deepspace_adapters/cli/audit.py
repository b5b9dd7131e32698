"""`deepspace audit`: whether the audit trail is as it was sealed."""

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR
from deepspace_adapters.cli.output import json_option, json_wanted, print_json, print_table, remark
from deepspace_core.audit.sealing_use_cases import TrailReport, told_report
from deepspace_core.kernel.ids import show_id


@click.group()
def audit() -> None:
    """The audit trail: what happened, sealed every minute."""


@audit.command()
@json_option
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Recompute every seal of every organization from the events that are stored.

    Exit code 1 when anything is not as it was sealed.
    """
    deployment: Deployment = ctx.obj

    async def work(app: Application) -> TrailReport:
        return await app.verify_trail(actor=OPERATOR)

    report = deployment.run(work)
    if json_wanted():
        print_json(told_report(report))
    else:
        _tell(report)
    ctx.exit(0 if report.sound else 1)


def _tell(report: TrailReport) -> None:
    faults = [
        {
            "org": "-" if one.org_id is None else show_id("org", one.org_id),
            "seal": one.fault.seq,
            "kind": one.fault.kind.value,
            "what": one.fault.message,
        }
        for one in report.faults
    ]
    if faults:
        print_table(faults, columns=["org", "seal", "kind", "what"])
    remark(f"{report.seals} seals over {report.rows} events in {report.chains} chains: {len(faults)} faults.")
