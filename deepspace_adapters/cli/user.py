"""`deepspace user`: the people of the installation."""

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR, find_user
from deepspace_adapters.cli.output import Row, json_option, moment, page_options, read_page, show_page, show_record
from deepspace_core.identity.ports import UserFilters
from deepspace_core.identity.secret import Secret
from deepspace_core.identity.user import User
from deepspace_core.kernel.ids import show_id


@click.group()
def user() -> None:
    """Users: people who can log in."""


@user.command()
@click.option("--email", required=True, help="The address they log in with.")
@click.option("--name", help="What others see. Default: the first part of the address.")
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for when left out, which keeps it out of the shell's history.",
)
@click.option("--administrator", is_flag=True, help="Also let them administer the installation.")
@json_option
@click.pass_obj
def create(deployment: Deployment, *, email: str, name: str | None, password: str, administrator: bool) -> None:
    """Register a user, with a personal organization, project and wallet."""

    async def work(app: Application) -> User:
        made = await app.register_user(
            email=email,
            password=Secret(password),
            display_name=name or email.partition("@")[0],
            trace_id=app.ids.trace_id(),
        )
        if not administrator:
            return made.user
        return await app.grant_administrator(actor=OPERATOR, user_id=made.user.id, trace_id=app.ids.trace_id())

    show_record(user_row(deployment.run(work)))


@user.command("list")
@click.option("--email", "search", help="Only users whose address or name contains this text.")
@page_options
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, search: str | None, limit: int, cursor: str | None) -> None:
    """List users, newest first."""
    page = deployment.run(
        lambda app: app.list_users(actor=OPERATOR, page=read_page(limit, cursor), filters=UserFilters(search=search))
    )
    show_page(page, user_row, columns=["id", "email", "name", "administrator", "created_at", "disabled_at"])


@user.command()
@click.argument("user", metavar="USER")
@json_option
@click.pass_obj
def show(deployment: Deployment, user: str) -> None:
    """Show one user, by e-mail address or id."""
    show_record(user_row(deployment.run(lambda app: find_user(app, user))))


@user.command()
@click.argument("user", metavar="USER")
@json_option
@click.pass_obj
def disable(deployment: Deployment, user: str) -> None:
    """Shut a user out: sessions end now, and keys of their making are refused."""

    async def work(app: Application) -> User:
        found = await find_user(app, user)
        return await app.disable_user(actor=OPERATOR, user_id=found.id, trace_id=app.ids.trace_id())

    show_record(user_row(deployment.run(work)))


@user.command()
@click.argument("user", metavar="USER")
@json_option
@click.pass_obj
def enable(deployment: Deployment, user: str) -> None:
    """Let a disabled user in again."""

    async def work(app: Application) -> User:
        found = await find_user(app, user)
        return await app.enable_user(actor=OPERATOR, user_id=found.id, trace_id=app.ids.trace_id())

    show_record(user_row(deployment.run(work)))


@user.command()
@click.argument("user", metavar="USER")
@click.option("--revoke", is_flag=True, help="Take it back instead.")
@json_option
@click.pass_obj
def administrator(deployment: Deployment, *, user: str, revoke: bool) -> None:
    """Let a user administer the installation."""

    async def work(app: Application) -> User:
        found = await find_user(app, user)
        return await app.grant_administrator(
            actor=OPERATOR, user_id=found.id, is_administrator=not revoke, trace_id=app.ids.trace_id()
        )

    show_record(user_row(deployment.run(work)))


@user.command()
@click.argument("user", metavar="USER")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out.")
@json_option
@click.pass_obj
def password(deployment: Deployment, *, user: str, password: str) -> None:
    """Set a user's password and end all of their sessions."""

    async def work(app: Application) -> User:
        found = await find_user(app, user)
        return await app.reset_password(
            actor=OPERATOR, user_id=found.id, password=Secret(password), trace_id=app.ids.trace_id()
        )

    show_record(user_row(deployment.run(work)))


def user_row(one: User) -> Row:
    """A user as commands print them."""
    return {
        "id": show_id("user", one.id),
        "email": one.email,
        "name": one.display_name,
        "administrator": one.is_administrator,
        "personal_org_id": show_id("org", one.personal_org_id),
        "created_at": moment(one.created_at),
        "disabled_at": moment(one.disabled_at),
    }
