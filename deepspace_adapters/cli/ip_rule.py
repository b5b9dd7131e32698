"""`deepspace ip-rule`: from which addresses an organization, or one of its keys, may be used."""

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.dry_run import dry_run_options, past_days, show_dry_run
from deepspace_adapters.cli.lookup import enter, find_key, org_option
from deepspace_adapters.cli.output import Row, json_option, moment, page_options, read_page, show_page, show_record
from deepspace_core.kernel.ids import read_id, show_id
from deepspace_core.kernel.page import Page
from deepspace_core.pipeline.dry_run import DryRun
from deepspace_core.policy import IpAction, IpRule, IpRuleId, IpScope

COLUMNS = ["id", "scope", "scope_id", "action", "network", "note", "created_at"]


@click.group("ip-rule")
def ip_rule() -> None:
    """Address rules. The most specific network decides; allowing one keeps every other out. In force in a second."""


@ip_rule.command("set")
@click.argument("action", type=click.Choice([one.value for one in IpAction]))
@click.argument("network", metavar="NETWORK")
@click.option("--key", metavar="KEY", help="For one API key only: its id, prefix or name.")
@click.option("--note", default="", help="Why, for whoever comes after.")
@dry_run_options
@org_option
@json_option
@click.pass_obj
def set_(
    deployment: Deployment,
    *,
    action: str,
    network: str,
    key: str | None,
    note: str,
    dry_run: bool,
    days: int,
    org: str | None,
) -> None:
    """Allow or deny NETWORK: an address, or a CIDR network such as 192.0.2.0/24 or 2001:db8::/32."""

    async def rehearse(app: Application) -> DryRun:
        principal = await enter(app, org)
        found = None if key is None else (await find_key(app, principal, key)).id
        since, until = past_days(app, days)
        return await app.dry_run_policy.ip_rule(
            principal=principal, since=since, until=until, action=IpAction(action), network=network, api_key_id=found
        )

    async def work(app: Application) -> IpRule:
        principal = await enter(app, org)
        found = None if key is None else await find_key(app, principal, key)
        return await app.set_ip_rule(
            principal=principal,
            trace_id=app.ids.trace_id(),
            scope=IpScope.ORG if found is None else IpScope.KEY,
            scope_id=None if found is None else found.id,
            action=IpAction(action),
            network=network,
            note=note,
        )

    if dry_run:
        show_dry_run(deployment.run(rehearse))
    else:
        show_record(rule_row(deployment.run(work)))


@ip_rule.command("list")
@org_option
@page_options
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, org: str | None, limit: int, cursor: str | None) -> None:
    """List an organization's address rules, newest first."""

    async def work(app: Application) -> Page[IpRule]:
        return await app.list_ip_rules(principal=await enter(app, org), page=read_page(limit, cursor))

    show_page(deployment.run(work), rule_row, columns=COLUMNS)


@ip_rule.command()
@click.argument("rule_id", metavar="RULE")
@org_option
@json_option
@click.pass_obj
def remove(deployment: Deployment, *, rule_id: str, org: str | None) -> None:
    """Take an address rule away, by its id."""
    wanted = IpRuleId(read_id("ip_rule", rule_id, param="rule"))

    async def work(app: Application) -> None:
        principal = await enter(app, org)
        await app.remove_ip_rule(principal=principal, trace_id=app.ids.trace_id(), rule_id=wanted)

    deployment.run(work)
    show_record({"removed": True, "id": rule_id})


def rule_row(rule: IpRule) -> Row:
    """An address rule as commands print it."""
    return {
        "id": show_id("ip_rule", rule.id),
        "scope": rule.scope.value,
        "scope_id": show_id("api_key" if rule.scope is IpScope.KEY else "org", rule.scope_id),
        "action": rule.action.value,
        "network": str(rule.network),
        "note": rule.note,
        "created_at": moment(rule.created_at),
    }
