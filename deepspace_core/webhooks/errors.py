"""What can be wrong with a webhook."""

from deepspace_core.kernel.errors import Conflict, NotFound, Unavailable


class WebhookNotFound(NotFound):
    """No such endpoint in this organization."""

    code = "webhook_not_found"


class WebhookDeliveryNotFound(NotFound):
    """No such delivery of this endpoint; deliveries go after their retention."""

    code = "webhook_delivery_not_found"


class TooManyWebhooks(Conflict):
    """The organization has as many endpoints as it may."""

    code = "too_many_webhooks"


class WebhookRejected(Unavailable):
    """The receiver answered with anything but a 2xx; `fields["status"]`. Tried again until the attempts are used up."""

    code = "webhook_rejected"
