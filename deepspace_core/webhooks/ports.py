"""What webhooks need from outside, beside the way out (kernel)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.webhooks.endpoint import WebhookEndpoint, WebhookId
from deepspace_core.webhooks.happening import Happening
from deepspace_core.webhooks.webhook_delivery import DeliveryState, WebhookDelivery, WebhookDeliveryId


@dataclass(frozen=True, slots=True)
class Mark:
    """A threshold that an organization has been told of: of a cap's period, or of a wallet's balance."""

    org_id: OrgId
    wallet_id: WalletId
    kind: str
    scope_id: UUID
    starts_on: date
    cap_nanos: int
    percent: int


@dataclass(frozen=True, slots=True)
class DeliveryFilters:
    """Which messages an administrator looks for; None is any. `since` inclusive, `until` exclusive, on `created_at`."""

    org_id: OrgId | None = None
    endpoint_id: WebhookId | None = None
    state: DeliveryState | None = None
    since: datetime | None = None
    until: datetime | None = None


class Endpoints(Protocol):
    """The endpoints of organizations, and how far each organization's happenings have been published."""

    async def add(self, tx: Transaction, endpoint: WebhookEndpoint) -> None: ...

    async def get(self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId) -> WebhookEndpoint:
        """Raises WebhookNotFound."""
        ...

    async def lock(self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId) -> WebhookEndpoint:
        """As `get`, and keeps others from changing it until the transaction ends."""
        ...

    async def save(self, tx: Transaction, endpoint: WebhookEndpoint) -> None: ...

    async def remove(self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId) -> None:
        """With its deliveries. Raises WebhookNotFound."""
        ...

    async def list(self, tx: Transaction, org_id: OrgId) -> Sequence[WebhookEndpoint]:
        """All, newest first: ENDPOINTS_MAX at the most."""
        ...

    async def list_all(
        self, tx: Transaction, page: PageRequest, *, org_id: OrgId | None, enabled: bool | None
    ) -> Page[WebhookEndpoint]:
        """Of every organization, or of one, newest first; for administrators."""
        ...

    async def list_troubled(self, tx: Transaction, *, limit: int) -> Sequence[WebhookEndpoint]:
        """Whosever, for administrators only: those that refuse, and those that were disabled for it, newest first."""
        ...

    async def orgs_with_enabled(self, tx: Transaction, *, after: OrgId | None, limit: int) -> Sequence[OrgId]:
        """Ascending."""
        ...

    async def lock_cursor(self, tx: Transaction, org_id: OrgId) -> datetime | None:
        """Up to when the organization's happenings are published; one publisher at a time. None: never yet."""
        ...

    async def save_cursor(self, tx: Transaction, org_id: OrgId, until: datetime) -> None: ...

    async def add_mark(self, tx: Transaction, mark: Mark, *, at: datetime) -> bool:
        """False when it is there already."""
        ...

    async def remove_mark(self, tx: Transaction, mark: Mark) -> None: ...


class Deliveries(Protocol):
    """Messages and how they went."""

    async def add(self, tx: Transaction, delivery: WebhookDelivery) -> bool:
        """False when the endpoint has a message of this happening already."""
        ...

    async def get(
        self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId, delivery_id: WebhookDeliveryId
    ) -> WebhookDelivery:
        """Raises WebhookDeliveryNotFound."""
        ...

    async def lock(self, tx: Transaction, delivery_id: WebhookDeliveryId) -> WebhookDelivery | None:
        """Whosever; for the job, which has the id from the transaction that wrote the message."""
        ...

    async def save(self, tx: Transaction, delivery: WebhookDelivery) -> None: ...

    async def list(
        self,
        tx: Transaction,
        org_id: OrgId,
        endpoint_id: WebhookId,
        page: PageRequest,
        *,
        state: DeliveryState | None,
    ) -> Page[WebhookDelivery]:
        """Newest first."""
        ...

    async def list_all(self, tx: Transaction, page: PageRequest, filters: DeliveryFilters) -> Page[WebhookDelivery]:
        """Of every organization, newest first; for administrators."""
        ...

    async def prune(self, tx: Transaction, *, created_before: datetime, limit: int) -> int:
        """Deletes settled ones; how many."""
        ...

    async def take_abandoned(
        self, tx: Transaction, *, created_before: datetime, limit: int
    ) -> Sequence[WebhookDelivery]:
        """Deletes pending ones; returns them."""
        ...


class Happenings(Protocol):
    """What happened, out of the audit trail."""

    async def store_now(self, tx: Transaction) -> datetime:
        """The store's own clock, by which happenings are ordered."""
        ...

    async def of_org(self, tx: Transaction, org_id: OrgId, *, since: datetime, limit: int) -> Sequence[Happening]:
        """Those of a published type, stored at `since` or later, in the order of storing."""
        ...
