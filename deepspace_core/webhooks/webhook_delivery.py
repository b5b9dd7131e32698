"""One message to one endpoint, and how it went.

    pending --take--> delivered
       `----give up--> failed          (replay puts either back to pending, under the same id)

The id is the message's `webhook-id`: the same at every attempt and replay, so that a receiver can tell a repetition.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from deepspace_core.kernel.ids import JobId, OrgId, TraceId, show_id
from deepspace_core.webhooks.endpoint import WebhookId
from deepspace_core.webhooks.happening import Happening, HappeningId, HappeningType

WebhookDeliveryId = NewType("WebhookDeliveryId", UUID)

ERROR_CHARACTERS_MAX = 500
ANSWER_CHARACTERS_MAX = 1_000


class DeliveryState(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """A message and its last attempt; `response_text` is the beginning of what the receiver answered."""

    id: WebhookDeliveryId
    org_id: OrgId
    endpoint_id: WebhookId
    event_id: HappeningId
    event_type: HappeningType
    happened_at: datetime
    payload: Mapping[str, object]
    trace_id: TraceId
    created_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    job_id: JobId | None = None
    attempts: int = 0
    attempted_at: datetime | None = None
    response_status: int | None = None
    response_text: str = ""
    error: str | None = None
    delivered_at: datetime | None = None

    @classmethod
    def of(
        cls,
        happening: Happening,
        endpoint_id: WebhookId,
        *,
        delivery_id: WebhookDeliveryId,
        org_id: OrgId,
        now: datetime,
    ) -> "WebhookDelivery":
        """The message that tells an endpoint of a happening."""
        return cls(
            id=delivery_id,
            org_id=org_id,
            endpoint_id=endpoint_id,
            event_id=happening.id,
            event_type=happening.type,
            happened_at=happening.at,
            payload=happening.data,
            trace_id=happening.trace_id,
            created_at=now,
        )

    @property
    def message_id(self) -> str:
        """What the receiver knows it by."""
        return show_id("webhook_delivery", self.id)

    @property
    def body(self) -> bytes:
        """The message: `type`, `timestamp`, `data` (Standard Webhooks, "Payload structure")."""
        told = {
            "type": self.event_type.value,
            "timestamp": self.happened_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": {"org_id": show_id("org", self.org_id), "trace_id": self.trace_id, **self.payload},
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    def take(self, *, now: datetime, status: int, text: str) -> "WebhookDelivery":
        """The receiver took it."""
        tried = self._tried(now=now, status=status, text=text, error=None)
        return replace(tried, state=DeliveryState.DELIVERED, delivered_at=now)

    def refuse(self, *, now: datetime, status: int | None, text: str, error: str, is_last: bool) -> "WebhookDelivery":
        """It did not; the last attempt gives up."""
        tried = self._tried(now=now, status=status, text=text, error=error[:ERROR_CHARACTERS_MAX])
        return replace(tried, state=DeliveryState.FAILED if is_last else DeliveryState.PENDING)

    def queue(self, job_id: JobId) -> "WebhookDelivery":
        """Handed to a job, for the first time or again."""
        return replace(self, state=DeliveryState.PENDING, job_id=job_id, error=None, delivered_at=None)

    def _tried(self, *, now: datetime, status: int | None, text: str, error: str | None) -> "WebhookDelivery":
        return replace(
            self,
            attempts=self.attempts + 1,
            attempted_at=now,
            response_status=status,
            response_text=text[:ANSWER_CHARACTERS_MAX],
            error=error,
        )
