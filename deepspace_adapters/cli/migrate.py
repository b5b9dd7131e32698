"""`deepspace migrate`: the database's schema, up to what this release needs, or back."""

from collections.abc import Sequence

import click

from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.output import json_option, json_wanted, print_json, remark
from deepspace_adapters.postgres.migrate import migrate as apply_migrations
from deepspace_adapters.postgres.migrate import pending, rollback


@click.group()
def migrate() -> None:
    """Bring the database's schema up to date, or back."""


@migrate.command()
@click.option("--to", metavar="NNNN.NAME", help="The last one to apply. Default: all.")
@json_option
@click.pass_obj
def up(deployment: Deployment, to: str | None) -> None:
    """Apply the migrations that are missing."""
    _tell("applied", apply_migrations(_url(deployment), to=to), otherwise="The schema is up to date.")


@migrate.command()
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, help="How many, newest first.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@click.pass_obj
def down(deployment: Deployment, *, count: int, yes: bool) -> None:
    """Undo the newest migrations; the data they hold is lost."""
    url = _url(deployment)
    if not yes:
        click.confirm(f"Undo the newest {count}, and lose the data in their tables?", abort=True, err=True)
    _tell("rolled_back", rollback(url, count=count), otherwise="There is nothing to undo.")


@migrate.command()
@json_option
@click.pass_obj
def status(deployment: Deployment) -> None:
    """List the migrations that are missing."""
    _tell("pending", pending(_url(deployment)), otherwise="The schema is up to date.")


def _url(deployment: Deployment) -> str:
    settings = deployment.running("database_url")
    settings.require("database_url")
    return str(settings.database_url)


def _tell(what: str, names: Sequence[str], *, otherwise: str) -> None:
    if json_wanted():
        print_json({what: list(names)})
    elif names:
        for name in names:
            click.echo(f"{what.replace('_', ' ')}  {name}")
    else:
        remark(otherwise)
