"""What administrators see of the rules of organizations. They change them as the organization's own (identity)."""

from dataclasses import dataclass

from deepspace_core.identity import Actor, require_administrator
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.policy.ip_rule import IpRule
from deepspace_core.policy.limit import Limit
from deepspace_core.policy.ports import PolicyRepository


@dataclass(frozen=True, slots=True)
class ListAllLimits:
    """The limits that organizations have set, or one of them, newest first; the platform's own are not among them."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository

    async def __call__(self, *, actor: Actor, org_id: OrgId | None, page: PageRequest) -> Page[Limit]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.policies.list_org_limits(tx, org_id, page)


@dataclass(frozen=True, slots=True)
class ListAllIpRules:
    """The address rules of every organization, or of one, newest first."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository

    async def __call__(self, *, actor: Actor, org_id: OrgId | None, page: PageRequest) -> Page[IpRule]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.policies.list_ip_rules(tx, org_id, page)
