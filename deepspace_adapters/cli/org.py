"""`deepspace org`: the organizations of the installation."""

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR, enter, find_organization, find_user
from deepspace_adapters.cli.output import Row, json_option, moment, page_options, read_page, show_page, show_record
from deepspace_core.identity.organization import Organization
from deepspace_core.kernel.ids import show_id


@click.group()
def org() -> None:
    """Organizations: who owns wallets, members and projects."""


@org.command()
@click.argument("name")
@click.option("--owner", required=True, metavar="USER", help="Who owns it: a user's e-mail address or id.")
@json_option
@click.pass_obj
def create(deployment: Deployment, *, name: str, owner: str) -> None:
    """Make an organization with a workspace, a project and an empty wallet."""

    async def work(app: Application) -> Organization:
        user = await find_user(app, owner)
        made = await app.create_organization(actor=OPERATOR, owner_id=user.id, name=name, trace_id=app.ids.trace_id())
        return made.organization

    show_record(organization_row(deployment.run(work)))


@org.command("list")
@page_options
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, limit: int, cursor: str | None) -> None:
    """List organizations, newest first."""
    page = deployment.run(lambda app: app.list_all_organizations(actor=OPERATOR, page=read_page(limit, cursor)))
    show_page(page, organization_row, columns=["id", "name", "kind", "created_at", "suspended_at"])


@org.command()
@click.argument("org", metavar="ORG")
@json_option
@click.pass_obj
def show(deployment: Deployment, org: str) -> None:
    """Show one organization."""
    show_record(organization_row(deployment.run(lambda app: find_organization(app, org))))


@org.command()
@click.argument("org", metavar="ORG")
@click.option("--name", help="A new name.")
@click.option(
    "--on-abort", type=click.Choice(["drain", "cancel"]), help="What becomes of an answer whose client has gone."
)
@json_option
@click.pass_obj
def update(deployment: Deployment, *, org: str, name: str | None, on_abort: str | None) -> None:
    """Change an organization's name or policy."""

    async def work(app: Application) -> Organization:
        principal = await enter(app, org)
        return await app.update_organization(
            principal=principal, name=name, on_abort=on_abort, trace_id=app.ids.trace_id()
        )

    show_record(organization_row(deployment.run(work)))


@org.command()
@click.argument("org", metavar="ORG")
@click.option("--reason", required=True, help="Why; it is kept in the audit trail.")
@json_option
@click.pass_obj
def suspend(deployment: Deployment, *, org: str, reason: str) -> None:
    """Stop an organization: its keys and sessions are refused from now on."""

    async def work(app: Application) -> Organization:
        found = await find_organization(app, org)
        return await app.suspend_organization(
            actor=OPERATOR, org_id=found.id, reason=reason, trace_id=app.ids.trace_id()
        )

    show_record(organization_row(deployment.run(work)))


@org.command()
@click.argument("org", metavar="ORG")
@json_option
@click.pass_obj
def resume(deployment: Deployment, org: str) -> None:
    """Let a suspended organization work again."""

    async def work(app: Application) -> Organization:
        found = await find_organization(app, org)
        return await app.resume_organization(actor=OPERATOR, org_id=found.id, trace_id=app.ids.trace_id())

    show_record(organization_row(deployment.run(work)))


def organization_row(one: Organization) -> Row:
    """An organization as commands print it."""
    return {
        "id": show_id("org", one.id),
        "name": one.name,
        "kind": one.kind,
        "on_abort": one.on_abort,
        "created_at": moment(one.created_at),
        "suspended_at": moment(one.suspended_at),
    }
