"""An endpoint: where an organization wants to be told, of what, and with which secret.

    enabled --disable--> disabled --enable--> enabled

A secret is replaced with an overlap, in which both sign. An endpoint that refuses everything for long disables itself:
`failing_since` is the first failure after the last success.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NewType
from uuid import UUID

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId
from deepspace_core.webhooks.happening import HappeningType

WebhookId = NewType("WebhookId", UUID)

ENDPOINTS_MAX = 20
DESCRIPTION_CHARACTERS_MAX = 200
OVERLAP_DEFAULT = timedelta(hours=24)
OVERLAP_MAX = timedelta(days=7)
FAILING_MAX = timedelta(days=3)
"""An endpoint that has refused everything for so long is disabled at the next message that is given up."""
BY_A_PERSON = "by "
"""How the reason begins where a person has disabled an endpoint."""
GONE_STATUS = 410
"""With which a receiver asks to be left alone (Standard Webhooks, "Disabling endpoints")."""


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """One endpoint. `event_types` empty: all. `balance_low_nanos`: below it a balance is low; None: it never is."""

    id: WebhookId
    org_id: OrgId
    url: str
    secret_sealed: bytes
    created_at: datetime
    description: str = ""
    event_types: frozenset[HappeningType] = frozenset()
    balance_low_nanos: int | None = None
    enabled: bool = True
    previous_sealed: bytes | None = None
    previous_expires_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None

    @property
    def purpose(self) -> str:
        """What its secrets are sealed for."""
        return f"webhook:{self.id.hex}"

    @property
    def is_troubled(self) -> bool:
        """Whether it refuses what it is sent, or was disabled for that; what a person has disabled troubles nobody."""
        by_a_person = (self.disabled_reason or "").startswith(BY_A_PERSON)
        return self.failing_since is not None and (self.enabled or not by_a_person)

    def wants(self, happening_type: HappeningType) -> bool:
        """Whether messages of this type go here."""
        return self.enabled and (not self.event_types or happening_type in self.event_types)

    def rotate(self, sealed: bytes, *, now: datetime, overlap: timedelta) -> "WebhookEndpoint":
        """Another secret; the present one goes on signing beside it until the overlap is over."""
        return replace(
            self, secret_sealed=sealed, previous_sealed=self.secret_sealed, previous_expires_at=now + overlap
        )

    def sealed_secrets(self, now: datetime) -> tuple[bytes, ...]:
        """Those that sign now, the present one first."""
        if self.previous_sealed is None or self.previous_expires_at is None or self.previous_expires_at <= now:
            return (self.secret_sealed,)
        return (self.secret_sealed, self.previous_sealed)

    def delivered(self) -> "WebhookEndpoint":
        """It took a message."""
        return replace(self, failures=0, failing_since=None)

    def failed(self, *, now: datetime) -> "WebhookEndpoint":
        """It did not."""
        return replace(self, failures=self.failures + 1, failing_since=self.failing_since or now)

    def failed_too_long(self, now: datetime) -> bool:
        """Whether it has refused everything for longer than it may."""
        return self.failing_since is not None and now - self.failing_since >= FAILING_MAX

    def disable(self, *, now: datetime, reason: str) -> "WebhookEndpoint":
        """Nothing is sent any more until somebody enables it."""
        return replace(self, enabled=False, disabled_at=now, disabled_reason=reason)

    def enable(self) -> "WebhookEndpoint":
        """A fresh start: earlier failures are forgotten."""
        return replace(self, enabled=True, failures=0, failing_since=None, disabled_at=None, disabled_reason=None)


def read_description(text: str) -> str:
    """Raises InvalidInput naming `description`."""
    if len(text) > DESCRIPTION_CHARACTERS_MAX or not text.isprintable():
        raise InvalidInput(
            f"description must have at most {DESCRIPTION_CHARACTERS_MAX} printable characters", param="description"
        )
    return text


def read_overlap(seconds: int | None) -> timedelta:
    """How long the replaced secret goes on signing; a day unless told. Raises InvalidInput naming the field."""
    overlap = OVERLAP_DEFAULT if seconds is None else timedelta(seconds=seconds)
    if not timedelta(0) <= overlap <= OVERLAP_MAX:
        raise InvalidInput(
            f"overlap_seconds must be between 0 and {int(OVERLAP_MAX.total_seconds())}", param="overlap_seconds"
        )
    return overlap
