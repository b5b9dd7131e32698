"""`deepspace price`: what a token costs, from when on. Typed in dollars per million tokens, as price lists are."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR, find_model
from deepspace_adapters.cli.output import Row, json_option, moment, page_options, read_page, show_page, show_record
from deepspace_core.catalogue import Model
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_picos, picos_from_decimal
from deepspace_core.kernel.page import Page
from deepspace_core.pricing import Leaf, RateCard, Tier, Unit

TOKENS_PER_MILLION = CHARACTERS_PER_MILLION = 1_000_000
SECONDS_A_MINUTE = 60
LEAF_OPTIONS = ", ".join(leaf.value for leaf in Leaf)


@click.group()
def price() -> None:
    """Prices: a model's rates per million tokens, versioned by when they take effect."""


@price.command("set")
@click.argument("model", metavar="MODEL")
@click.option("--input", "input_rate", required=True, metavar="USD", help="Per 1M input tokens, such as 0.15.")
@click.option("--output", "output_rate", required=True, metavar="USD", help="Per 1M output tokens, such as 0.60.")
@click.option("--rate", "rates", multiple=True, metavar="LEAF=USD", help=f"Per 1M of one of: {LEAF_OPTIONS}.")
@click.option("--request", "per_request", default="0", metavar="USD", show_default=True, help="For each request.")
@click.option("--image", "per_image", metavar="USD", help="For each image that is made, such as 0.04.")
@click.option("--audio-minute", "per_minute", metavar="USD", help="For each minute of sound heard, such as 0.006.")
@click.option("--characters", "per_characters", metavar="USD", help="Per 1M characters that are spoken, such as 15.")
@click.option("--from", "effective_at", type=click.DateTime(), help="In UTC. Default: now.")
@click.option("--currency", default="USD", show_default=True)
@json_option
@click.pass_obj
def set_(
    deployment: Deployment,
    *,
    model: str,
    input_rate: str,
    output_rate: str,
    rates: tuple[str, ...],
    per_request: str,
    per_image: str | None,
    per_minute: str | None,
    per_characters: str | None,
    effective_at: datetime | None,
    currency: str,
) -> None:
    """Give a model a new price. Calls that are held already keep the price they were quoted."""
    units = _unit_rates(image=per_image, minute=per_minute, characters=per_characters)
    tier = Tier(from_input_tokens_above=0, rates=_rates(input_rate, output_rate, rates))

    async def work(app: Application) -> Row:
        found = await find_model(app, model)
        card = await app.set_price(
            actor=OPERATOR,
            trace_id=app.ids.trace_id(),
            model_id=found.id,
            currency=currency,
            tiers=[tier],
            per_request_picos=picos_of(per_request, "request"),
            unit_picos=units,
            effective_at=None if effective_at is None else effective_at.replace(tzinfo=UTC),
        )
        return price_row(card, found)

    show_record(deployment.run(work))


@price.command("list")
@click.option("--model", metavar="MODEL", help="Only this model's.")
@page_options
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, model: str | None, limit: int, cursor: str | None) -> None:
    """List prices, newest first, past and future ones too."""

    async def work(app: Application) -> Page[Row]:
        model_id = None if model is None else (await find_model(app, model)).id
        page = await app.list_prices(actor=OPERATOR, page=read_page(limit, cursor), model_id=model_id)
        priced = {card.model_id for card in page.rows}
        models = {one: await app.get_model(actor=OPERATOR, model_id=one) for one in priced}
        rows = [price_row(card, models[card.model_id]) for card in page.rows]
        return Page(rows=rows, next_cursor=page.next_cursor)

    columns = ["id", "model", "version", "effective_at", "usd_per_million_tokens"]
    show_page(deployment.run(work), dict, columns=columns)


@price.command()
@click.argument("model", metavar="MODEL")
@json_option
@click.pass_obj
def show(deployment: Deployment, model: str) -> None:
    """Show the price that is in effect for a model now."""

    async def work(app: Application) -> Row:
        found = await find_model(app, model)
        return price_row(await app.get_effective_price(model_id=found.id), found)

    show_record(deployment.run(work))


def price_row(card: RateCard, priced: Model) -> Row:
    """A rate card as commands print it: the lowest tier to be read, every tier exactly."""
    return {
        "id": show_id("price", card.id),
        "model": priced.name,
        "model_id": show_id("model", card.model_id),
        "version": card.version,
        "effective_at": moment(card.effective_at),
        "currency": card.currency,
        "usd_per_million_tokens": {
            leaf.value: decimal_from_picos(rate * TOKENS_PER_MILLION) for leaf, rate in card.tiers[0].rates.items()
        },
        "per_request_picos": card.per_request_picos,
        "usd_per_unit": {unit.value: decimal_from_picos(picos) for unit, picos in card.unit_picos.items()},
        "tiers": [
            {
                "from_input_tokens_above": tier.from_input_tokens_above,
                "picos_per_token": {leaf.value: rate for leaf, rate in tier.rates.items()},
            }
            for tier in card.tiers
        ],
    }


def _rates(input_rate: str, output_rate: str, others: Sequence[str]) -> Mapping[Leaf, int]:
    rates = {
        Leaf.INPUT_UNCACHED: per_token_picos(input_rate, "input"),
        Leaf.OUTPUT_TEXT: per_token_picos(output_rate, "output"),
    }
    for other in others:
        name, equals, amount = other.partition("=")
        if not equals or name not in {leaf.value for leaf in Leaf}:
            raise InvalidInput(f"--rate {other!r} must be LEAF=USD, the leaf one of {LEAF_OPTIONS}", param="rate")
        rates[Leaf(name)] = per_token_picos(amount, name)
    return rates


def _unit_rates(*, image: str | None, minute: str | None, characters: str | None) -> Mapping[Unit, int]:
    given = (
        (Unit.IMAGES, "image", image, 1),
        (Unit.AUDIO_SECONDS, "audio-minute", minute, SECONDS_A_MINUTE),
        (Unit.CHARACTERS, "characters", characters, CHARACTERS_PER_MILLION),
    )
    return {unit: _shared(text, param, of=pieces) for unit, param, text, pieces in given if text is not None}


def _shared(text: str, param: str, *, of: int) -> int:
    rate, rest = divmod(picos_of(text, param), of)
    if rest:
        raise InvalidInput(f"{param}: {text} is finer than a pico-dollar a piece", param=param)
    return rate


def per_token_picos(text: str, param: str) -> int:
    """Dollars per million tokens, in picos a token. Raises InvalidInput naming `param`."""
    return _shared(text, param, of=TOKENS_PER_MILLION)


def picos_of(text: str, param: str) -> int:
    """An amount in dollars, in picos. Raises InvalidInput naming `param`."""
    try:
        return picos_from_decimal(text)
    except ValueError as fault:
        raise InvalidInput(f"{param} must be an amount in dollars: {fault}", param=param) from None
