"""Webhooks of the organization that the caller acts in, and the log of what was sent to them."""

from typing import Annotated, TypeAlias

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation

from deepspace_adapters.reasons import because
from deepspace_core.kernel.ids import read_id
from deepspace_core.webhooks import DeliveryFilters, DeliveryState, WebhookDeliveryId, WebhookId, read_overlap
from deepspace_http.outbound import WebhookUseCases
from deepspace_http.oversight import Acting, Oversight, provide_acting
from deepspace_http.parameters import Caller, From, To, WantedPage, Why, optional_org
from deepspace_http.schemas.webhooks import (
    DeliveryBody,
    EventTypesBody,
    NewWebhookBody,
    OrgDeliveryBody,
    RotateSecretBody,
    WebhookBody,
    WebhooksBody,
    WebhookTermsBody,
    read_terms,
    show_delivery,
    show_event_types,
    show_new_webhook,
    show_org_delivery,
    show_webhook,
    show_webhooks,
)
from deepspace_http.schemas.wire import PageBody, page_body, utc
from deepspace_http.trace import current_trace_id

Webhooks: TypeAlias = NamedDependency[SkipValidation[WebhookUseCases]]
WantedState = Annotated[
    DeliveryState | None, QueryParameter(name="state", description="Only those that are pending, delivered or failed.")
]


@get("/event-types", summary="List what can be told", sync_to_thread=False)
def list_event_types() -> EventTypesBody:
    """The types of events that a webhook can ask for."""
    return show_event_types()


@get("/", summary="List webhooks")
async def list_webhooks(caller: Caller, webhooks: Webhooks) -> WebhooksBody:
    """All of the organization."""
    return show_webhooks(await webhooks.list_webhooks(principal=caller))


@post("/", summary="Add a webhook")
async def create_webhook(caller: Caller, webhooks: Webhooks, data: JSONBody[WebhookTermsBody]) -> NewWebhookBody:
    """Its secret is in the answer, and nowhere else ever after."""
    made = await webhooks.create_webhook(principal=caller, terms=read_terms(data), trace_id=current_trace_id())
    return show_new_webhook(made)


@get("/{webhook_id:str}", summary="Show a webhook")
async def get_webhook(caller: Caller, webhooks: Webhooks, webhook_id: FromPath[str]) -> WebhookBody:
    """One webhook."""
    return show_webhook(await webhooks.get_webhook(principal=caller, endpoint_id=_webhook(webhook_id)))


@put("/{webhook_id:str}", summary="Change a webhook")
async def update_webhook(
    caller: Caller, webhooks: Webhooks, webhook_id: FromPath[str], data: JSONBody[WebhookTermsBody]
) -> WebhookBody:
    """Replaces all of its terms; enabling it forgets earlier failures."""
    changed = await webhooks.update_webhook(
        principal=caller,
        endpoint_id=_webhook(webhook_id),
        terms=read_terms(data),
        enabled=data.enabled,
        trace_id=current_trace_id(),
    )
    return show_webhook(changed)


@delete("/{webhook_id:str}", summary="Delete a webhook", status_code=204)
async def delete_webhook(caller: Caller, webhooks: Webhooks, webhook_id: FromPath[str]) -> None:
    """With the log of its deliveries."""
    await webhooks.delete_webhook(principal=caller, endpoint_id=_webhook(webhook_id), trace_id=current_trace_id())


@post("/{webhook_id:str}/rotate", summary="Replace a webhook's secret", status_code=200)
async def rotate_webhook_secret(
    caller: Caller, webhooks: Webhooks, webhook_id: FromPath[str], data: JSONBody[RotateSecretBody]
) -> NewWebhookBody:
    """Both secrets sign until the overlap is over."""
    made = await webhooks.rotate_webhook_secret(
        principal=caller,
        endpoint_id=_webhook(webhook_id),
        overlap=read_overlap(data.overlap_seconds),
        trace_id=current_trace_id(),
    )
    return show_new_webhook(made)


@post("/{webhook_id:str}/ping", summary="Try a webhook out", status_code=202)
async def ping_webhook(caller: Caller, webhooks: Webhooks, webhook_id: FromPath[str]) -> DeliveryBody:
    """Sends a message that says nothing; its delivery tells how it went."""
    delivery = await webhooks.ping_webhook(
        principal=caller, endpoint_id=_webhook(webhook_id), trace_id=current_trace_id()
    )
    return show_delivery(delivery)


@get("/{webhook_id:str}/deliveries", summary="List deliveries")
async def list_deliveries(
    caller: Caller,
    webhooks: Webhooks,
    page: WantedPage,
    webhook_id: FromPath[str],
    delivery_state: WantedState = None,
) -> PageBody[DeliveryBody]:
    """What was sent, newest first, and how it went; kept for 30 days."""
    wanted = _webhook(webhook_id)
    found = await webhooks.list_deliveries(principal=caller, endpoint_id=wanted, page=page, state=delivery_state)
    return page_body(found, show_delivery)


@get("/{webhook_id:str}/deliveries/{delivery_id:str}", summary="Show a delivery")
async def get_delivery(
    caller: Caller, webhooks: Webhooks, webhook_id: FromPath[str], delivery_id: FromPath[str]
) -> DeliveryBody:
    """One message."""
    delivery = await webhooks.get_delivery(
        principal=caller, endpoint_id=_webhook(webhook_id), delivery_id=_delivery(delivery_id)
    )
    return show_delivery(delivery)


@post("/{webhook_id:str}/deliveries/{delivery_id:str}/replay", summary="Send a message again", status_code=202)
async def replay_delivery(
    caller: Caller, webhooks: Webhooks, webhook_id: FromPath[str], delivery_id: FromPath[str]
) -> DeliveryBody:
    """Under the same id, with all attempts anew."""
    delivery = await webhooks.replay_delivery(
        principal=caller,
        endpoint_id=_webhook(webhook_id),
        delivery_id=_delivery(delivery_id),
        trace_id=current_trace_id(),
    )
    return show_delivery(delivery)


@get("/", summary="List webhooks of everybody")
async def list_all_webhooks(
    caller: Caller,
    oversight: Oversight,
    page: WantedPage,
    org_id: FromQuery[str | None] = None,
    enabled: FromQuery[bool | None] = None,
) -> PageBody[WebhookBody]:
    """Of every organization, or of one."""
    found = await oversight.list_all_webhooks(actor=caller, page=page, org_id=optional_org(org_id), enabled=enabled)
    return page_body(found, show_webhook)


@get("/deliveries", summary="List deliveries of everybody")
async def list_all_deliveries(
    *,
    caller: Caller,
    oversight: Oversight,
    page: WantedPage,
    org_id: FromQuery[str | None] = None,
    webhook_id: FromQuery[str | None] = None,
    delivery_state: WantedState = None,
    since: From = None,
    until: To = None,
) -> PageBody[OrgDeliveryBody]:
    """What was sent, newest first, and how it went; kept for 30 days."""
    filters = DeliveryFilters(
        org_id=optional_org(org_id),
        endpoint_id=None if webhook_id is None else _webhook(webhook_id),
        state=delivery_state,
        since=utc(since, param="from"),
        until=utc(until, param="to"),
    )
    found = await oversight.list_all_deliveries(actor=caller, page=page, filters=filters)
    return page_body(found, show_org_delivery)


@post("/{webhook_id:str}/ping", summary="Try an organization's webhook out", status_code=202)
async def ping_any_webhook(acting: Acting, webhooks: Webhooks, webhook_id: FromPath[str]) -> DeliveryBody:
    """Sends a message that says nothing; its delivery tells how it went."""
    delivery = await webhooks.ping_webhook(
        principal=acting, endpoint_id=_webhook(webhook_id), trace_id=current_trace_id()
    )
    return show_delivery(delivery)


@post(
    "/{webhook_id:str}/deliveries/{delivery_id:str}/replay",
    summary="Send an organization's message again",
    status_code=202,
)
async def replay_any_delivery(
    acting: Acting, webhooks: Webhooks, webhook_id: FromPath[str], delivery_id: FromPath[str], reason: Why = None
) -> DeliveryBody:
    """Under the same id, with all attempts anew."""
    with because(reason):
        delivery = await webhooks.replay_delivery(
            principal=acting,
            endpoint_id=_webhook(webhook_id),
            delivery_id=_delivery(delivery_id),
            trace_id=current_trace_id(),
        )
    return show_delivery(delivery)


def _webhook(text: str) -> WebhookId:
    return WebhookId(read_id("webhook", text, param="webhook_id"))


def _delivery(text: str) -> WebhookDeliveryId:
    return WebhookDeliveryId(read_id("webhook_delivery", text, param="delivery_id"))


webhooks_router = Router(
    "/webhooks",
    route_handlers=[
        list_event_types,
        list_webhooks,
        create_webhook,
        get_webhook,
        update_webhook,
        delete_webhook,
        rotate_webhook_secret,
        ping_webhook,
        list_deliveries,
        get_delivery,
        replay_delivery,
    ],
    tags=["Webhooks"],
)
admin_webhooks_router = Router(
    "/webhooks", route_handlers=[list_all_webhooks, list_all_deliveries], tags=["Admin: webhooks"]
)
admin_org_webhooks_router = Router(
    "/orgs/{org_id:str}/webhooks",
    route_handlers=[ping_any_webhook, replay_any_delivery],
    dependencies={"acting": Provide(provide_acting)},
    tags=["Admin: webhooks"],
)
