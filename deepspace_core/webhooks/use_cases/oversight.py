"""What administrators see of the webhooks of every organization."""

from dataclasses import dataclass

from deepspace_core.identity import Actor, require_administrator
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.webhooks.endpoint import WebhookEndpoint
from deepspace_core.webhooks.ports import Deliveries, DeliveryFilters, Endpoints
from deepspace_core.webhooks.webhook_delivery import WebhookDelivery


@dataclass(frozen=True, slots=True)
class ListAllWebhooks:
    """The endpoints of every organization, or of one, newest first."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints

    async def __call__(
        self, *, actor: Actor, page: PageRequest, org_id: OrgId | None, enabled: bool | None
    ) -> Page[WebhookEndpoint]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.endpoints.list_all(tx, page, org_id=org_id, enabled=enabled)


@dataclass(frozen=True, slots=True)
class ListAllDeliveries:
    """The messages of every organization that match, newest first."""

    unit_of_work: UnitOfWork
    deliveries: Deliveries

    async def __call__(self, *, actor: Actor, page: PageRequest, filters: DeliveryFilters) -> Page[WebhookDelivery]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.deliveries.list_all(tx, page, filters)
