"""`deepspace webhook`: who is told what happens in an organization, and how that went."""

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import enter, org_option
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
from deepspace_core.kernel.ids import read_id, show_id
from deepspace_core.kernel.page import Page
from deepspace_core.webhooks import (
    KINDS,
    DataField,
    DeliveryState,
    HappeningKind,
    HappeningType,
    WebhookDelivery,
    WebhookDeliveryId,
    WebhookEndpoint,
    WebhookId,
    read_overlap,
    read_types,
)
from deepspace_core.webhooks.use_cases import EndpointTerms, NewWebhook

TYPES = [one.value for one in HappeningType]
STATES = [one.value for one in DeliveryState]


@click.group()
def webhook() -> None:
    """Webhooks: who is told what happens in an organization."""


@webhook.command()
@click.argument("url")
@click.option("--event", "events", multiple=True, type=click.Choice(TYPES), help="May be repeated. Default: all.")
@click.option("--description", default="", help="What it is for.")
@click.option("--balance-low", "balance_low_nanos", type=click.IntRange(0), help="Nano-units below which it is told.")
@org_option
@json_option
@click.pass_obj
def create(
    deployment: Deployment,
    *,
    url: str,
    events: tuple[str, ...],
    description: str,
    balance_low_nanos: int | None,
    org: str | None,
) -> None:
    """Add a webhook and print its secret, which can't be shown again."""

    async def work(app: Application) -> NewWebhook:
        terms = EndpointTerms(url, description, read_types(list(events)), balance_low_nanos)
        return await app.create_webhook(principal=await enter(app, org), terms=terms, trace_id=app.ids.trace_id())

    _show_new(deployment.run(work))


@webhook.command("list")
@org_option
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, org: str | None) -> None:
    """List an organization's webhooks, newest first."""

    async def work(app: Application) -> Page[WebhookEndpoint]:
        return Page(rows=await app.list_webhooks(principal=await enter(app, org)))

    columns = ["id", "url", "event_types", "enabled", "failures", "disabled_reason"]
    show_page(deployment.run(work), webhook_row, columns=columns)


@webhook.command()
@click.argument("webhook", metavar="WEBHOOK")
@org_option
@json_option
@click.pass_obj
def show(deployment: Deployment, *, webhook: str, org: str | None) -> None:
    """Show a webhook, and why it is disabled, if it is."""

    async def work(app: Application) -> WebhookEndpoint:
        return await app.get_webhook(principal=await enter(app, org), endpoint_id=_webhook(webhook))

    show_record(webhook_row(deployment.run(work)))


@webhook.command()
@click.argument("webhook", metavar="WEBHOOK")
@org_option
@json_option
@click.pass_obj
def enable(deployment: Deployment, *, webhook: str, org: str | None) -> None:
    """Let a webhook be told again; its earlier failures are forgotten."""
    _switch(deployment, webhook, org, enabled=True)


@webhook.command()
@click.argument("webhook", metavar="WEBHOOK")
@org_option
@json_option
@click.pass_obj
def disable(deployment: Deployment, *, webhook: str, org: str | None) -> None:
    """Tell a webhook nothing more, until it is enabled."""
    _switch(deployment, webhook, org, enabled=False)


@webhook.command()
@click.argument("event", required=False, type=click.Choice(TYPES))
@json_option
def events(*, event: str | None) -> None:
    """List the events that webhooks tell of; with EVENT, the fields of its data."""
    if event is None:
        show_page(Page(rows=[*KINDS.values()]), kind_row, columns=["event", "when"])
        return
    kind = KINDS[HappeningType(event)]
    remark(f"{kind.type.value}: {kind.when}.")
    show_page(Page(rows=kind.fields), field_row, columns=["field", "type", "meaning", "example"])


@webhook.command()
@click.argument("webhook", metavar="WEBHOOK")
@click.option("--overlap", type=int, help="Seconds for which the old secret signs too. [86400]")
@org_option
@json_option
@click.pass_obj
def rotate(deployment: Deployment, *, webhook: str, overlap: int | None, org: str | None) -> None:
    """Give a webhook another secret and print it."""

    async def work(app: Application) -> NewWebhook:
        return await app.rotate_webhook_secret(
            principal=await enter(app, org),
            endpoint_id=_webhook(webhook),
            overlap=read_overlap(overlap),
            trace_id=app.ids.trace_id(),
        )

    _show_new(deployment.run(work))


@webhook.command()
@click.argument("webhook", metavar="WEBHOOK")
@org_option
@click.pass_obj
def delete(deployment: Deployment, *, webhook: str, org: str | None) -> None:
    """Remove a webhook and the log of its deliveries."""

    async def work(app: Application) -> None:
        await app.delete_webhook(
            principal=await enter(app, org), endpoint_id=_webhook(webhook), trace_id=app.ids.trace_id()
        )

    deployment.run(work)
    remark("Deleted.")


@webhook.command()
@click.argument("webhook", metavar="WEBHOOK")
@org_option
@json_option
@click.pass_obj
def ping(deployment: Deployment, *, webhook: str, org: str | None) -> None:
    """Send a webhook a message that says nothing; a running worker delivers it."""

    async def work(app: Application) -> WebhookDelivery:
        return await app.ping_webhook(
            principal=await enter(app, org), endpoint_id=_webhook(webhook), trace_id=app.ids.trace_id()
        )

    show_record(delivery_row(deployment.run(work)))


@webhook.command()
@click.argument("webhook", metavar="WEBHOOK")
@click.option("--state", type=click.Choice(STATES), help="Only those.")
@org_option
@page_options
@json_option
@click.pass_obj
def deliveries(
    deployment: Deployment, *, webhook: str, state: str | None, org: str | None, limit: int, cursor: str | None
) -> None:
    """List what was sent to a webhook, newest first, and how it went."""

    async def work(app: Application) -> Page[WebhookDelivery]:
        return await app.list_deliveries(
            principal=await enter(app, org),
            endpoint_id=_webhook(webhook),
            page=read_page(limit, cursor),
            state=None if state is None else DeliveryState(state),
        )

    columns = ["id", "event_type", "state", "attempts", "response_status", "error", "created_at"]
    show_page(deployment.run(work), delivery_row, columns=columns)


@webhook.command()
@click.argument("webhook", metavar="WEBHOOK")
@click.argument("delivery", metavar="DELIVERY")
@org_option
@json_option
@click.pass_obj
def replay(deployment: Deployment, *, webhook: str, delivery: str, org: str | None) -> None:
    """Send a message again, under the same id."""

    async def work(app: Application) -> WebhookDelivery:
        return await app.replay_delivery(
            principal=await enter(app, org),
            endpoint_id=_webhook(webhook),
            delivery_id=WebhookDeliveryId(read_id("webhook_delivery", delivery, param="delivery")),
            trace_id=app.ids.trace_id(),
        )

    show_record(delivery_row(deployment.run(work)))


def kind_row(one: HappeningKind) -> Row:
    """A type of event as commands print it."""
    return {"event": one.type.value, "when": one.when, "fields": [field.name for field in one.fields]}


def field_row(one: DataField) -> Row:
    """A field of an event's data as commands print it."""
    return {
        "field": one.name,
        "type": " or ".join(one.types),
        "meaning": one.meaning,
        "example": one.example,
        "always": one.always,
    }


def webhook_row(one: WebhookEndpoint) -> Row:
    """A webhook as commands print it; never its secret."""
    return {
        "id": show_id("webhook", one.id),
        "url": one.url,
        "description": one.description,
        "event_types": sorted(kind.value for kind in one.event_types) or "all",
        "balance_low_nanos": one.balance_low_nanos,
        "enabled": one.enabled,
        "failures": one.failures,
        "disabled_reason": one.disabled_reason,
        "created_at": moment(one.created_at),
    }


def delivery_row(one: WebhookDelivery) -> Row:
    """A message as commands print it."""
    return {
        "id": one.message_id,
        "event_type": one.event_type.value,
        "state": one.state.value,
        "attempts": one.attempts,
        "response_status": one.response_status,
        "error": one.error,
        "created_at": moment(one.created_at),
        "delivered_at": moment(one.delivered_at),
    }


def _switch(deployment: Deployment, webhook: str, org: str | None, *, enabled: bool) -> None:
    async def work(app: Application) -> WebhookEndpoint:
        principal, endpoint_id = await enter(app, org), _webhook(webhook)
        known = await app.get_webhook(principal=principal, endpoint_id=endpoint_id)
        return await app.update_webhook(
            principal=principal,
            endpoint_id=endpoint_id,
            terms=EndpointTerms(known.url, known.description, known.event_types, known.balance_low_nanos),
            enabled=enabled,
            trace_id=app.ids.trace_id(),
        )

    show_record(webhook_row(deployment.run(work)))


def _show_new(made: NewWebhook) -> None:
    show_record({**webhook_row(made.endpoint), "secret": made.secret.reveal()})
    remark("Keep the secret now: it is stored sealed and can't be shown again.")


def _webhook(text: str) -> WebhookId:
    return WebhookId(read_id("webhook", text, param="webhook"))
