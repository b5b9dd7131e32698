"""`deepspace doctor`: checks everything that the product stands on, and says what to do."""

from collections.abc import Iterable

import click

from deepspace_adapters.cli.checks import Finding, Status, examine
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.output import json_option, json_wanted, print_json
from deepspace_adapters.settings import SettingsFault

MARKS = {
    Status.OK: click.style("ok     ", fg="green"),
    Status.WARNING: click.style("warning", fg="yellow"),
    Status.FAILED: click.style("FAILED ", fg="red", bold=True),
    Status.SKIPPED: click.style("skipped", dim=True),
}


@click.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check every dependency and say what to do. Exit code 1 when something is wrong."""
    deployment: Deployment = ctx.obj
    findings: list[Finding] = []
    for finding in _findings(deployment):
        findings.append(finding)
        if not json_wanted():
            _tell(finding)
    failed = [finding for finding in findings if finding.status is Status.FAILED]
    if json_wanted():
        rows = [{"name": one.name, "status": one.status, "seen": one.seen, "fix": one.fix} for one in findings]
        print_json({"healthy": not failed, "checks": rows})
    elif not failed:
        click.echo("Everything that was checked is in order.")
    ctx.exit(1 if failed else 0)


def _findings(deployment: Deployment) -> Iterable[Finding]:
    try:
        settings = deployment.running()
    except SettingsFault as fault:
        return [Finding(one.name, Status.FAILED, one.problem, one.fix) for one in fault.faults]
    return examine(settings)


def _tell(finding: Finding) -> None:
    seen = " ".join(finding.seen.split())
    click.echo(f"{MARKS[finding.status]}  {finding.name:<12}  {seen}")
    if finding.fix:
        click.echo(f"{'':>9}{'':>14}-> {finding.fix}")
