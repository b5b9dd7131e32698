"""What an organization can be told of: a happening is published as a message to each endpoint that wants its type."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import TraceId

HappeningId = NewType("HappeningId", UUID)
"""Of the audited event: the same however often it is looked at."""


class HappeningType(StrEnum):
    """Everything that can be published. A type is never taken away and never changes its meaning."""

    WALLET_TOPPED_UP = "wallet.topped_up"
    WALLET_BALANCE_LOW = "wallet.balance_low"
    WALLET_CAP_REACHED = "wallet.cap_reached"
    API_KEY_CREATED = "api_key.created"
    API_KEY_UPDATED = "api_key.updated"
    API_KEY_ROTATED = "api_key.rotated"
    API_KEY_REVOKED = "api_key.revoked"
    JOB_STARTED = "job.started"
    JOB_ATTEMPT_FAILED = "job.attempt_failed"
    JOB_SUCCEEDED = "job.succeeded"
    JOB_FAILED = "job.failed"
    JOB_CANCELLED = "job.cancelled"
    JOB_REPLAYED = "job.replayed"
    EXPORT_READY = "export.ready"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_PING = "webhook.ping"


PUBLISHED = frozenset(HappeningType) - {HappeningType.WEBHOOK_PING}
"""What is found in the trail; a ping is made for one endpoint."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened; `data` is JSON-safe and without secrets."""

    id: HappeningId
    type: HappeningType
    at: datetime
    data: Mapping[str, object]
    trace_id: TraceId
    stored_at: datetime


def read_types(texts: list[str]) -> frozenset[HappeningType]:
    """The types that an endpoint wants; none means all. Raises InvalidInput naming `event_types`."""
    known = {one.value for one in HappeningType}
    if strangers := sorted(set(texts) - known):
        raise InvalidInput(
            f"event_types must be among {', '.join(sorted(known))}, not {strangers[0][:64]!r}", param="event_types"
        )
    return frozenset(HappeningType(text) for text in texts)
