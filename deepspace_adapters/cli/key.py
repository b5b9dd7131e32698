"""`deepspace key`: API keys, whose secret is shown once."""

from datetime import timedelta

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import enter, find_key, find_project, org_option, project_option
from deepspace_adapters.cli.output import (
    Row,
    json_option,
    moment,
    page_options,
    read_page,
    remark,
    show_page,
    show_record,
)
from deepspace_core.identity.api_key import ApiKey, read_scopes
from deepspace_core.identity.principal import Permission
from deepspace_core.identity.use_cases.api_keys import NewApiKey
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.page import Page

OVERLAP_SECONDS_DEFAULT = 3_600
SCOPES = [permission.value for permission in Permission]


@click.group()
def key() -> None:
    """API keys: what programs call the gateway with."""


@key.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="May be repeated. [models:use]")
@click.option("--model", "models", multiple=True, help="Allow this model only; may be repeated. Default: every model.")
@click.option("--days", type=click.IntRange(1, 3_650), help="Expire after so many days. Default: never.")
@project_option
@org_option
@json_option
@click.pass_obj
def create(
    deployment: Deployment,
    *,
    name: str,
    scopes: tuple[str, ...],
    models: tuple[str, ...],
    days: int | None,
    project: str | None,
    org: str | None,
) -> None:
    """Make an API key and print its secret, which can't be shown again."""

    async def work(app: Application) -> NewApiKey:
        principal = await enter(app, org)
        bound = None if project is None else (await find_project(app, principal, project)).id
        return await app.create_api_key(
            principal=principal,
            name=name,
            trace_id=app.ids.trace_id(),
            scopes=read_scopes(scopes or (Permission.USE_MODELS.value,)),
            project_id=bound,
            model_allow_list=models or None,
            expires_at=None if days is None else app.clock.now() + timedelta(days=days),
        )

    _show_new(deployment.run(work))


@key.command("list")
@click.option("--revoked/--no-revoked", default=True, help="Whether revoked ones are listed too.")
@project_option
@org_option
@page_options
@json_option
@click.pass_obj
def list_(
    deployment: Deployment,
    *,
    revoked: bool,
    project: str | None,
    org: str | None,
    limit: int,
    cursor: str | None,
) -> None:
    """List API keys, newest first."""

    async def work(app: Application) -> Page[ApiKey]:
        principal = await enter(app, org)
        bound = None if project is None else (await find_project(app, principal, project)).id
        return await app.list_api_keys(
            principal=principal, page=read_page(limit, cursor), project_id=bound, with_revoked=revoked
        )

    columns = ["id", "name", "prefix", "scopes", "expires_at", "last_used_at", "revoked_at"]
    show_page(deployment.run(work), key_row, columns=columns)


@key.command()
@click.argument("key", metavar="KEY")
@org_option
@json_option
@click.pass_obj
def show(deployment: Deployment, *, key: str, org: str | None) -> None:
    """Show one API key, by id, prefix or name."""

    async def work(app: Application) -> ApiKey:
        return await find_key(app, await enter(app, org), key)

    show_record(key_row(deployment.run(work)))


@key.command()
@click.argument("key", metavar="KEY")
@click.option("--name", help="What it is called from now on.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="These and no others; repeatable.")
@click.option("--model", "models", multiple=True, help="Allow these models and no others; repeatable.")
@click.option("--every-model", is_flag=True, help="Allow every model, those to come too.")
@click.option("--days", type=click.IntRange(1, 3_650), help="Expire after so many days from now.")
@click.option("--never", is_flag=True, help="Do not expire.")
@org_option
@json_option
@click.pass_obj
def update(
    deployment: Deployment,
    *,
    key: str,
    name: str | None,
    scopes: tuple[str, ...],
    models: tuple[str, ...],
    every_model: bool,
    days: int | None,
    never: bool,
    org: str | None,
) -> None:
    """Change what an API key is called, may do and when it ends; what is not named stays. Its limits: `limit set`."""
    if models and every_model:
        raise InvalidInput("give --model or --every-model, not both", param="model")
    if days is not None and never:
        raise InvalidInput("give --days or --never, not both", param="days")

    async def work(app: Application) -> ApiKey:
        principal = await enter(app, org)
        found = await find_key(app, principal, key)
        ends = found.expires_at if days is None else app.clock.now() + timedelta(days=days)
        return await app.update_api_key(
            principal=principal,
            api_key_id=found.id,
            trace_id=app.ids.trace_id(),
            name=found.name if name is None else name,
            scopes=read_scopes(scopes) if scopes else found.scopes,
            model_allow_list=None if every_model else models or found.model_allow_list,
            expires_at=None if never else ends,
        )

    show_record(key_row(deployment.run(work)))


@key.command()
@click.argument("key", metavar="KEY")
@click.option(
    "--overlap",
    type=click.IntRange(0),
    default=OVERLAP_SECONDS_DEFAULT,
    show_default=True,
    help="Seconds for which the old secret goes on working.",
)
@org_option
@json_option
@click.pass_obj
def rotate(deployment: Deployment, *, key: str, overlap: int, org: str | None) -> None:
    """Give an API key a new secret and print it; usage and limits go on unbroken."""

    async def work(app: Application) -> NewApiKey:
        principal = await enter(app, org)
        found = await find_key(app, principal, key)
        return await app.rotate_api_key(
            principal=principal, api_key_id=found.id, overlap_seconds=overlap, trace_id=app.ids.trace_id()
        )

    _show_new(deployment.run(work))


@key.command()
@click.argument("key", metavar="KEY")
@org_option
@json_option
@click.pass_obj
def revoke(deployment: Deployment, *, key: str, org: str | None) -> None:
    """End an API key for good."""

    async def work(app: Application) -> ApiKey:
        principal = await enter(app, org)
        found = await find_key(app, principal, key)
        return await app.revoke_api_key(principal=principal, api_key_id=found.id, trace_id=app.ids.trace_id())

    show_record(key_row(deployment.run(work)))


def key_row(one: ApiKey) -> Row:
    """An API key as commands print it; never its secret."""
    return {
        "id": show_id("api_key", one.id),
        "name": one.name,
        "prefix": one.prefix,
        "scopes": sorted(scope.value for scope in one.scopes),
        "project_id": None if one.project_id is None else show_id("project", one.project_id),
        "models": None if one.model_allow_list is None else sorted(one.model_allow_list),
        "created_at": moment(one.created_at),
        "expires_at": moment(one.expires_at),
        "last_used_at": moment(one.last_used_at),
        "revoked_at": moment(one.revoked_at),
    }


def _show_new(made: NewApiKey) -> None:
    show_record({**key_row(made.key), "secret": made.secret.reveal()})
    remark("Keep the secret now: it is stored nowhere and can't be shown again.")
