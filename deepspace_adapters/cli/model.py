"""`deepspace model`: the catalogue of what customers can call."""

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR, find_model
from deepspace_adapters.cli.output import Row, json_option, moment, page_options, read_page, show_page, show_record
from deepspace_core.catalogue import Model, ModelFilters, ModelKind, Visibility
from deepspace_core.catalogue.use_cases import ModelChanges
from deepspace_core.kernel.ids import show_id

kind_option = click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in ModelKind]),
    help="What it serves; may be repeated.",
)


@click.group()
def model() -> None:
    """Models: the catalogue, from our names to the upstream's."""


@model.command()
@click.argument("name")
@click.option("--upstream", help="The upstream's name for it. Default: the same name.")
@kind_option
@click.option("--context-tokens", type=click.IntRange(1), required=True, help="Input and output of one call together.")
@click.option("--output-tokens-max", type=click.IntRange(0), required=True, help="The most that one call may answer.")
@click.option("--hidden", is_flag=True, help="Callable by name, but not listed.")
@click.option("--recommended", is_flag=True, help="New chats begin with it.")
@json_option
@click.pass_obj
def create(
    deployment: Deployment,
    *,
    name: str,
    upstream: str | None,
    kinds: tuple[str, ...],
    context_tokens: int,
    output_tokens_max: int,
    hidden: bool,
    recommended: bool,
) -> None:
    """Add a model; it can be called once it has a price (deepspace price set)."""

    async def work(app: Application) -> Model:
        return await app.create_model(
            actor=OPERATOR,
            trace_id=app.ids.trace_id(),
            name=name,
            upstream_name=upstream or name,
            kinds=frozenset(ModelKind(kind) for kind in kinds or (ModelKind.CHAT,)),
            context_tokens=context_tokens,
            output_tokens_max=output_tokens_max,
            visibility=Visibility.HIDDEN if hidden else Visibility.PUBLIC,
            recommended=recommended,
        )

    show_record(model_row(deployment.run(work)))


@model.command("list")
@click.option("--kind", type=click.Choice([kind.value for kind in ModelKind]), help="Only those that serve it.")
@page_options
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, kind: str | None, limit: int, cursor: str | None) -> None:
    """List models, newest first, disabled and hidden ones too."""
    filters = ModelFilters(kind=None if kind is None else ModelKind(kind))
    page = deployment.run(lambda app: app.list_models(actor=OPERATOR, page=read_page(limit, cursor), filters=filters))
    columns = ["id", "name", "upstream_name", "kinds", "context_tokens", "enabled", "visibility"]
    show_page(page, model_row, columns=columns)


@model.command()
@click.argument("model", metavar="MODEL")
@json_option
@click.pass_obj
def show(deployment: Deployment, model: str) -> None:
    """Show one model, by name or id."""
    show_record(model_row(deployment.run(lambda app: find_model(app, model))))


@model.command()
@click.argument("model", metavar="MODEL")
@click.option("--name", help="A new name for customers.")
@click.option("--upstream", help="Another upstream name.")
@kind_option
@click.option("--context-tokens", type=click.IntRange(1))
@click.option("--output-tokens-max", type=click.IntRange(0))
@click.option("--visibility", type=click.Choice([one.value for one in Visibility]))
@click.option("--recommended/--not-recommended", default=None, help="Whether new chats begin with it.")
@json_option
@click.pass_obj
def update(
    deployment: Deployment,
    *,
    model: str,
    name: str | None,
    upstream: str | None,
    kinds: tuple[str, ...],
    context_tokens: int | None,
    output_tokens_max: int | None,
    visibility: str | None,
    recommended: bool | None,
) -> None:
    """Change a model; what is left out stays as it is."""
    changes = ModelChanges(
        name=name,
        upstream_name=upstream,
        kinds=frozenset(ModelKind(kind) for kind in kinds) if kinds else None,
        context_tokens=context_tokens,
        output_tokens_max=output_tokens_max,
        visibility=None if visibility is None else Visibility(visibility),
        recommended=recommended,
    )
    show_record(model_row(_change(deployment, model, changes)))


@model.command()
@click.argument("model", metavar="MODEL")
@json_option
@click.pass_obj
def enable(deployment: Deployment, model: str) -> None:
    """Let a model be called."""
    show_record(model_row(_change(deployment, model, ModelChanges(enabled=True))))


@model.command()
@click.argument("model", metavar="MODEL")
@json_option
@click.pass_obj
def disable(deployment: Deployment, model: str) -> None:
    """Refuse calls of a model from now on."""
    show_record(model_row(_change(deployment, model, ModelChanges(enabled=False))))


def model_row(one: Model) -> Row:
    """A model as commands print it."""
    return {
        "id": show_id("model", one.id),
        "name": one.name,
        "upstream_name": one.upstream_name,
        "kinds": sorted(one.kinds),
        "context_tokens": one.context_tokens,
        "output_tokens_max": one.output_tokens_max,
        "enabled": one.enabled,
        "visibility": one.visibility.value,
        "recommended": one.recommended,
        "created_at": moment(one.created_at),
    }


def _change(deployment: Deployment, text: str, changes: ModelChanges) -> Model:
    async def work(app: Application) -> Model:
        found = await find_model(app, text)
        return await app.update_model(actor=OPERATOR, trace_id=app.ids.trace_id(), model_id=found.id, changes=changes)

    return deployment.run(work)
