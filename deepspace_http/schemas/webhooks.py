"""Wire types of webhooks and their deliveries."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from deepspace_core.kernel.ids import show_id
from deepspace_core.webhooks import KINDS, HappeningKind, HappeningType, WebhookDelivery, WebhookEndpoint
from deepspace_core.webhooks.endpoint import DESCRIPTION_CHARACTERS_MAX, OVERLAP_MAX
from deepspace_core.webhooks.use_cases import EndpointTerms, NewWebhook
from deepspace_core.webhooks.webhook_delivery import DeliveryState
from deepspace_http.schemas.wire import Count, OrgIdText, RequestBody, ResponseBody, Time, TraceIdText

WebhookIdText = Annotated[str, Meta(examples=["webhook_0198c0ffee007abc8def0123456789ab"])]
DeliveryIdText = Annotated[str, Meta(examples=["whdel_0198c0ffee007abc8def0123456789ab"])]
JobIdText = Annotated[str, Meta(examples=["job_0198c0ffee007abc8def0123456789ab"])]
HappeningIdText = Annotated[str, Meta(examples=["0198c0ffee007abc8def0123456789ab"])]
WebhookUrl = Annotated[str, Meta(max_length=2_000, examples=["https://hooks.example.com/deepspace"])]
Description = Annotated[str, Meta(max_length=DESCRIPTION_CHARACTERS_MAX, examples=["Alerts to the group's chat"])]
Types = Annotated[list[HappeningType], Meta(examples=[["wallet.cap_reached"]])]
SigningSecret = Annotated[str, Meta(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])]
Threshold = Annotated[int, Meta(ge=0, le=2**63 - 1, examples=[5_000_000_000])]
OverlapSeconds = Annotated[int, Meta(ge=0, le=int(OVERLAP_MAX.total_seconds()), examples=[86_400])]
Status = Annotated[int, Meta(examples=[204])]
Told = Annotated[str, Meta(examples=["the receiver answered 503, not 2xx"])]
Answered = Annotated[str, Meta(examples=["ok"])]
FieldName = Annotated[str, Meta(examples=["percent"])]
JsonTypes = Annotated[list[str], Meta(examples=[["integer"]])]
Meaning = Annotated[str, Meta(examples=["50, 80 or 100: the highest level that is new"])]
When = Annotated[str, Meta(examples=["a budget passed 50, 80 or 100 % of its cap, once a period and level"])]
Data = Annotated[dict[str, Any], Meta(examples=[{"percent": 80, "scope": "project"}])]


class WebhookBody(ResponseBody, frozen=True, kw_only=True):
    """An endpoint; never its secret. `event_types` empty: all. Why it is disabled stands in `disabled_reason`."""

    id: WebhookIdText
    org_id: OrgIdText
    url: WebhookUrl
    description: Description
    event_types: Types
    balance_low_nanos: Threshold | None
    enabled: bool
    failures: Count
    failing_since: Time | None
    disabled_at: Time | None
    disabled_reason: Told | None
    previous_secret_expires_at: Time | None
    created_at: Time


class NewWebhookBody(ResponseBody, frozen=True, kw_only=True):
    """An endpoint and its secret, which is shown now and never again."""

    webhook: WebhookBody
    secret: SigningSecret


class WebhookTermsBody(RequestBody, frozen=True, kw_only=True):
    """Where to, and of what. `balance_low_nanos`: below it `wallet.balance_low` is sent."""

    url: WebhookUrl
    description: Description = ""
    event_types: Types = msgspec.field(default_factory=list)
    balance_low_nanos: Threshold | None = None
    enabled: bool = True


class RotateSecretBody(RequestBody, frozen=True, kw_only=True):
    """How long the old secret goes on signing beside the new one: a day unless told."""

    overlap_seconds: OverlapSeconds | None = None


class DeliveryBody(ResponseBody, frozen=True, kw_only=True):
    """A message and its last attempt. `id` is what the receiver gets as `webhook-id`."""

    id: DeliveryIdText
    webhook_id: WebhookIdText
    event_id: HappeningIdText
    event_type: HappeningType
    happened_at: Time
    data: Data
    state: DeliveryState
    attempts: Count
    attempted_at: Time | None
    response_status: Status | None
    response_text: Answered
    error: Told | None
    job_id: JobIdText | None
    trace_id: TraceIdText
    created_at: Time
    delivered_at: Time | None


class OrgDeliveryBody(DeliveryBody, frozen=True, kw_only=True):
    """A message, and of whom."""

    org_id: OrgIdText


class EventFieldBody(ResponseBody, frozen=True, kw_only=True):
    """One field of an event's `data`; `always` false: it may be missing."""

    name: FieldName
    types: JsonTypes
    meaning: Meaning
    example: Any
    always: bool


class EventKindBody(ResponseBody, frozen=True, kw_only=True):
    """When a type of event is told, and what its `data` holds."""

    type: HappeningType
    when: When
    fields: list[EventFieldBody]


class EventTypesBody(ResponseBody, frozen=True, kw_only=True):
    """Every type there is, and what each says."""

    data: Types
    kinds: list[EventKindBody]


class WebhooksBody(ResponseBody, frozen=True, kw_only=True):
    """All endpoints of the organization, newest first."""

    data: list[WebhookBody]


def read_terms(body: WebhookTermsBody) -> EndpointTerms:
    """The core's terms."""
    return EndpointTerms(
        url=body.url,
        description=body.description,
        event_types=frozenset(body.event_types),
        balance_low_nanos=body.balance_low_nanos,
    )


def show_webhook(endpoint: WebhookEndpoint) -> WebhookBody:
    """The wire form."""
    return WebhookBody(
        id=show_id("webhook", endpoint.id),
        org_id=show_id("org", endpoint.org_id),
        url=endpoint.url,
        description=endpoint.description,
        event_types=sorted(endpoint.event_types),
        balance_low_nanos=endpoint.balance_low_nanos,
        enabled=endpoint.enabled,
        failures=endpoint.failures,
        failing_since=endpoint.failing_since,
        disabled_at=endpoint.disabled_at,
        disabled_reason=endpoint.disabled_reason,
        previous_secret_expires_at=endpoint.previous_expires_at,
        created_at=endpoint.created_at,
    )


def show_webhooks(endpoints: Sequence[WebhookEndpoint]) -> WebhooksBody:
    """The wire form."""
    return WebhooksBody(data=[show_webhook(one) for one in endpoints])


def show_new_webhook(made: NewWebhook) -> NewWebhookBody:
    """The wire form, the secret in it."""
    return NewWebhookBody(webhook=show_webhook(made.endpoint), secret=made.secret.reveal())


def show_event_types() -> EventTypesBody:
    """The wire form."""
    return EventTypesBody(data=list(HappeningType), kinds=[_show_kind(kind) for kind in KINDS.values()])


def show_delivery(delivery: WebhookDelivery) -> DeliveryBody:
    """The wire form."""
    return DeliveryBody(**_shown(delivery))


def show_org_delivery(delivery: WebhookDelivery) -> OrgDeliveryBody:
    """The wire form, with its organization."""
    return OrgDeliveryBody(**_shown(delivery), org_id=show_id("org", delivery.org_id))


def _show_kind(kind: HappeningKind) -> EventKindBody:
    fields = [
        EventFieldBody(
            name=field.name, types=[*field.types], meaning=field.meaning, example=field.example, always=field.always
        )
        for field in kind.fields
    ]
    return EventKindBody(type=kind.type, when=kind.when, fields=fields)


def _shown(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.message_id,
        "webhook_id": show_id("webhook", delivery.endpoint_id),
        "event_id": delivery.event_id.hex,
        "event_type": delivery.event_type,
        "happened_at": delivery.happened_at,
        "data": dict(delivery.payload),
        "state": delivery.state,
        "attempts": delivery.attempts,
        "attempted_at": delivery.attempted_at,
        "response_status": delivery.response_status,
        "response_text": delivery.response_text,
        "error": delivery.error,
        "job_id": None if delivery.job_id is None else show_id("job", delivery.job_id),
        "trace_id": delivery.trace_id,
        "created_at": delivery.created_at,
        "delivered_at": delivery.delivered_at,
    }
