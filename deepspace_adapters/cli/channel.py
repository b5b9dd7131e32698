"""`deepspace channel`: the upstreams that calls may be sent to."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR
from deepspace_adapters.cli.output import (
    Row,
    json_option,
    json_wanted,
    moment,
    print_json,
    print_table,
    show_record,
)
from deepspace_adapters.cli.price import per_token_picos, picos_of
from deepspace_core.channels import (
    ANY_MODEL,
    Channel,
    ChannelChanges,
    ChannelHealth,
    CostRates,
    LogChanges,
    MarginRow,
)
from deepspace_core.channels.use_cases import SeenChannel
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_picos
from deepspace_core.pricing import Leaf, Tier

EXIT_UNHEALTHY = 1
DAYS_DEFAULT = 30
RATES_MIN = 2
TOKENS_PER_MILLION = 1_000_000


@click.group()
def channel() -> None:
    """Channels: upstreams with weight, priority and cost. `default` is the one of the settings."""


priority_option = click.option("--priority", type=click.IntRange(0), help="Higher goes first. Default: 0.")
weight_option = click.option("--weight", type=click.IntRange(1), help="Its share within the priority. Default: 1.")
models_option = click.option(
    "--model", "models", multiple=True, metavar="NAME", help="Serve this model only; repeat for more. `*`: all."
)
names_option = click.option(
    "--as", "names", multiple=True, metavar="MODEL=NAME", help="What the channel calls a model. Replaces all of them."
)
cost_option = click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="MODEL:INPUT:OUTPUT[:REQUEST]",
    help="What it charges us in USD: per 1M tokens in and out, per request. MODEL `*`: any. Replaces all of them.",
)
log_url_option = click.option("--log-url", help="NewAPI's own address, to read its log for `deepspace reconcile`.")
log_user_option = click.option("--log-user", type=click.IntRange(1), help="The id of that administrator of NewAPI.")
log_token_option = click.option("--log-token", help="An access token of an administrator of NewAPI. `-`: from stdin.")
log_name_option = click.option("--log-token-name", help="The name of the token that we call with, in NewAPI.")


@channel.command()
@click.argument("name")
@click.option("--url", required=True, help="The address, with its /v1.")
@click.option("--key", help="The credential. `-`: from stdin. Default: it is asked for.")
@priority_option
@weight_option
@models_option
@names_option
@cost_option
@log_url_option
@log_user_option
@log_token_option
@log_name_option
@click.option("--disabled", is_flag=True, help="Add it without sending calls there yet.")
@json_option
@click.pass_obj
def add(deployment: Deployment, /, *, name: str, url: str, key: str | None, disabled: bool, **typed: object) -> None:
    """Add an upstream; every gateway may use it within a second."""
    secret = _typed_secret(key) or click.prompt("Key", hide_input=True)
    changes = _changes(typed, enabled=False if disabled else None)

    async def work(app: Application) -> Channel:
        return await app.add_channel(
            actor=OPERATOR, trace_id=app.ids.trace_id(), name=name, base_url=url, key=secret, changes=changes
        )

    show_record(channel_row(SeenChannel(deployment.run(work), None)))


@channel.command("list")
@json_option
@click.pass_obj
def list_(deployment: Deployment) -> None:
    """List channels with what the last health check found."""
    rows = [channel_row(seen) for seen in deployment.run(lambda app: app.list_channels(actor=OPERATOR))]
    if json_wanted():
        print_json({"data": rows})
    else:
        columns = ["name", "base_url", "priority", "weight", "enabled", "models", "healthy", "latency_ms", "checked_at"]
        print_table(rows, columns=columns)


@channel.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(deployment: Deployment, name: str) -> None:
    """Show one channel. Its credential is never shown."""
    show_record(channel_row(deployment.run(lambda app: app.get_channel(actor=OPERATOR, name=name))))


@channel.command()
@click.argument("name")
@click.option("--url", help="Another address.")
@click.option("--key", help="Another credential. `-`: from stdin.")
@priority_option
@weight_option
@models_option
@names_option
@cost_option
@log_url_option
@log_user_option
@log_token_option
@log_name_option
@click.option("--forget-log", is_flag=True, help="Read its log no longer, and store no token for it.")
@json_option
@click.pass_obj
def edit(
    deployment: Deployment, /, *, name: str, url: str | None, key: str | None, forget_log: bool, **typed: object
) -> None:
    """Change a channel; what is left out stays as it is. Calls under way end where they are."""
    changes = _changes(typed, base_url=url, key=_typed_secret(key))
    _change(deployment, name, replace(changes, forget_log=True) if forget_log else changes)


@channel.command()
@click.argument("name")
@json_option
@click.pass_obj
def enable(deployment: Deployment, name: str) -> None:
    """Send calls there again."""
    _change(deployment, name, ChannelChanges(enabled=True))


@channel.command()
@click.argument("name")
@json_option
@click.pass_obj
def disable(deployment: Deployment, name: str) -> None:
    """Send no more calls there."""
    _change(deployment, name, ChannelChanges(enabled=False))


@channel.command()
@click.argument("name")
@json_option
@click.pass_obj
def remove(deployment: Deployment, name: str) -> None:
    """Remove a channel. Usage and traces keep its name."""

    async def work(app: Application) -> Channel:
        return await app.remove_channel(actor=OPERATOR, trace_id=app.ids.trace_id(), name=name)

    show_record(channel_row(SeenChannel(deployment.run(work), None)))


@channel.command()
@click.argument("name")
@json_option
@click.pass_context
def test(ctx: click.Context, name: str) -> None:
    """Ask a channel for its models now, which costs nothing. Exits with 1 when it does not answer."""
    deployment: Deployment = ctx.obj
    found = deployment.run(lambda app: app.look_at_channel(actor=OPERATOR, name=name))
    show_record({"name": name, **health_row(found)})
    if not found.healthy:
        ctx.exit(EXIT_UNHEALTHY)


@channel.command()
@click.option("--days", type=click.IntRange(1, 400), default=DAYS_DEFAULT, show_default=True, help="How far back.")
@json_option
@click.pass_obj
def margin(deployment: Deployment, *, days: int) -> None:
    """Show what calls brought in and cost, by channel and model."""

    async def work(app: Application) -> Sequence[MarginRow]:
        now = app.clock.now()
        return await app.show_margins(actor=OPERATOR, since=now - timedelta(days=days), until=now)

    rows = [margin_row(row) for row in deployment.run(work)]
    if json_wanted():
        print_json({"data": rows})
    else:
        columns = ["channel", "model", "calls", "costed_calls", "price", "cost", "margin", "margin_percent", "currency"]
        print_table(rows, columns=columns)


def channel_row(seen: SeenChannel) -> Row:
    """A channel as commands print it, without its credentials."""
    one, health = seen.channel, seen.health
    return {
        "id": show_id("channel", one.id),
        "name": one.name,
        "base_url": one.base_url,
        "key": "of the environment" if one.sealed_key is None else "sealed",
        "priority": one.priority,
        "weight": one.weight,
        "enabled": one.enabled,
        "models": ["*"] if one.models is None else sorted(one.models),
        "model_names": dict(one.model_names),
        "cost_usd_per_million_tokens": {name: _shown_rates(rates) for name, rates in one.cost_rates.items()},
        "log_url": one.log and one.log.base_url,
        "log_token_name": one.log and one.log.token_name,
        "version": one.version,
        "created_at": moment(one.created_at),
        **(_UNCHECKED if health is None else health_row(health)),
    }


def health_row(found: ChannelHealth) -> Row:
    """What a look at a channel found."""
    return {
        "healthy": found.healthy,
        "latency_ms": found.latency_ms,
        "models_listed": found.models,
        "detail": found.detail,
        "checked_at": moment(found.checked_at),
    }


def margin_row(row: MarginRow) -> Row:
    """A sum as commands print it."""
    margin_picos, permille = row.margin_picos, row.margin_permille
    return {
        "channel": row.channel or None,
        "model": row.model_name,
        "calls": row.calls,
        "costed_calls": row.costed_calls,
        "price": decimal_from_picos(row.price_picos),
        "price_picos": row.price_picos,
        "cost": decimal_from_picos(row.cost_picos) if row.costed_calls else None,
        "cost_picos": row.cost_picos if row.costed_calls else None,
        "margin": None if margin_picos is None else decimal_from_picos(margin_picos),
        "margin_picos": margin_picos,
        "margin_percent": None if permille is None else f"{permille / 10:.1f}",
        "currency": row.currency,
    }


_UNCHECKED: Row = {"healthy": None, "latency_ms": None, "models_listed": None, "detail": "", "checked_at": None}


def _change(deployment: Deployment, name: str, changes: ChannelChanges) -> None:
    async def work(app: Application) -> SeenChannel:
        await app.edit_channel(actor=OPERATOR, trace_id=app.ids.trace_id(), name=name, changes=changes)
        return await app.get_channel(actor=OPERATOR, name=name)

    show_record(channel_row(deployment.run(work)))


def _changes(
    typed: Mapping[str, object],
    *,
    base_url: str | None = None,
    key: str | None = None,
    enabled: bool | None = None,
) -> ChannelChanges:
    models, names, costs = (_texts(typed[name]) for name in ("models", "names", "costs"))
    return ChannelChanges(
        base_url=base_url,
        key=key,
        priority=_number(typed["priority"]),
        weight=_number(typed["weight"]),
        models=None if not models else frozenset() if ANY_MODEL in models else frozenset(models),
        model_names=dict(_pair(text) for text in names) if names else None,
        cost_rates=dict(_costs(text) for text in costs) if costs else None,
        log=_log(typed),
        enabled=enabled,
    )


def _log(typed: Mapping[str, object]) -> LogChanges | None:
    url, user = typed["log_url"], _number(typed["log_user"])
    token, token_name = typed["log_token"], typed["log_token_name"]
    if url is None and user is None and token is None and token_name is None:
        return None
    if url is None or user is None:
        raise InvalidInput("--log-url and --log-user go together", param="log_url")
    return LogChanges(
        base_url=str(url),
        user_id=user,
        token=_typed_secret(None if token is None else str(token)),
        token_name=None if token_name is None else str(token_name),
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, other = text.partition("=")
    if not equals:
        raise InvalidInput(f"--as {text!r} must be MODEL=NAME", param="as")
    return name, other


def _costs(text: str) -> tuple[str, CostRates]:
    """From the end: a model's name may have colons of its own."""
    parts = text.rsplit(":", RATES_MIN + 1)
    if len(parts) > RATES_MIN + 1 and not _is_amount(parts[1]):
        parts = [":".join(parts[:2]), *parts[2:]]
    if len(parts) <= RATES_MIN:
        raise InvalidInput(f"--cost {text!r} must be MODEL:INPUT:OUTPUT[:REQUEST], as in *:0.15:0.60", param="cost")
    name, rate_in, rate_out, *request = parts
    tier = Tier(
        0,
        {
            Leaf.INPUT_UNCACHED: per_token_picos(rate_in, "cost"),
            Leaf.OUTPUT_TEXT: per_token_picos(rate_out, "cost"),
        },
    )
    return name, CostRates(tiers=(tier,), per_request_picos=picos_of(request[0], "cost") if request else 0)


def _is_amount(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _shown_rates(rates: CostRates) -> dict[str, str]:
    shown = {leaf.value: decimal_from_picos(rate * TOKENS_PER_MILLION) for leaf, rate in rates.tiers[0].rates.items()}
    return shown | {"request": decimal_from_picos(rates.per_request_picos), "currency": rates.currency}


def _typed_secret(text: str | None) -> str | None:
    """A secret that need not stand in the list of processes."""
    return sys.stdin.readline().strip() if text == "-" else text


def _texts(value: object) -> Sequence[str]:
    return [str(one) for one in value] if isinstance(value, tuple) else []


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
