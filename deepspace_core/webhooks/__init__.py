"""Webhooks: an organization is told of what happens, by signed messages that are tried until they are taken.

Owns endpoints, messages, signatures and what is worth telling. Knows the ledger, whose thresholds it watches; all
else it finds in the audit trail. The verbs are in `deepspace_core.webhooks.use_cases`.
"""

from deepspace_core.webhooks.endpoint import ENDPOINTS_MAX, WebhookEndpoint, WebhookId, read_overlap
from deepspace_core.webhooks.errors import (
    TooManyWebhooks,
    WebhookDeliveryNotFound,
    WebhookNotFound,
    WebhookRejected,
)
from deepspace_core.webhooks.happening import PUBLISHED, Happening, HappeningId, HappeningType, read_types
from deepspace_core.webhooks.happening_kind import KINDS, DataField, HappeningKind
from deepspace_core.webhooks.ports import Deliveries, DeliveryFilters, Endpoints, Happenings, Mark
from deepspace_core.webhooks.webhook_delivery import DeliveryState, WebhookDelivery, WebhookDeliveryId

__all__ = [
    "ENDPOINTS_MAX",
    "KINDS",
    "PUBLISHED",
    "DataField",
    "Deliveries",
    "DeliveryFilters",
    "DeliveryState",
    "Endpoints",
    "Happening",
    "HappeningId",
    "HappeningKind",
    "HappeningType",
    "Happenings",
    "Mark",
    "TooManyWebhooks",
    "WebhookDelivery",
    "WebhookDeliveryId",
    "WebhookDeliveryNotFound",
    "WebhookEndpoint",
    "WebhookId",
    "WebhookNotFound",
    "WebhookRejected",
    "read_overlap",
    "read_types",
]
