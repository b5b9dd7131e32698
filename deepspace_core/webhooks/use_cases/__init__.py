"""The verbs of webhooks."""

from deepspace_core.webhooks.use_cases.deliveries import GetDelivery, ListDeliveries, PingWebhook, ReplayDelivery
from deepspace_core.webhooks.use_cases.delivering import DeliverWebhook, PruneDeliveries
from deepspace_core.webhooks.use_cases.keeping import (
    CreateWebhook,
    DeleteWebhook,
    EndpointTerms,
    GetWebhook,
    ListWebhooks,
    NewWebhook,
    RotateWebhookSecret,
    UpdateWebhook,
)
from deepspace_core.webhooks.use_cases.oversight import ListAllDeliveries, ListAllWebhooks
from deepspace_core.webhooks.use_cases.publishing import PublishHappenings
from deepspace_core.webhooks.use_cases.watching import WatchWallets

__all__ = [
    "CreateWebhook",
    "DeleteWebhook",
    "DeliverWebhook",
    "EndpointTerms",
    "GetDelivery",
    "GetWebhook",
    "ListAllDeliveries",
    "ListAllWebhooks",
    "ListDeliveries",
    "ListWebhooks",
    "NewWebhook",
    "PingWebhook",
    "PruneDeliveries",
    "PublishHappenings",
    "ReplayDelivery",
    "RotateWebhookSecret",
    "UpdateWebhook",
    "WatchWallets",
]
