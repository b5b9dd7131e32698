"""Setting and seeing limits and address rules: the platform's by administrators, an organization's by its own."""

from dataclasses import dataclass
from uuid import UUID

from deepspace_core.identity import Actor, Permission, Principal, require_administrator
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.policy.ip_rule import (
    IP_RULES_MAX,
    NOTE_CHARS_MAX,
    IpAction,
    IpRule,
    IpRuleId,
    IpScope,
    read_network,
    require_admitted,
)
from deepspace_core.policy.key_limit import set_limit
from deepspace_core.policy.limit import Limit, LimitId, LimitScope, LimitTerms
from deepspace_core.policy.ports import PolicyRepository, PolicySet
from deepspace_core.policy.trail import Trail, limit_event


@dataclass(frozen=True, slots=True)
class LoadPolicies:
    """Everything that may hold for calls of an organization, in one read; the pipeline keeps it for a moment."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository

    async def __call__(self, *, org_id: OrgId) -> PolicySet:
        async with self.unit_of_work() as tx:
            return await self.policies.policies_of(tx, org_id)


@dataclass(frozen=True, slots=True)
class AdmitAddress:
    """Whether an API key may be used from an address for anything but a call, which the pipeline judges by itself.

    A person who is logged in is not asked: whoever set a wrong rule must be able to mend it.
    """

    load_policies: LoadPolicies

    async def __call__(self, *, principal: Principal, address: str | None) -> None:
        """Raises AddressForbidden."""
        if principal.api_key_id is not None:
            rules = (await self.load_policies(org_id=principal.org_id)).ip_rules
            require_admitted(rules, address, api_key_id=principal.api_key_id)


@dataclass(frozen=True, slots=True)
class SetLimit:
    """Sets a limit of an organization: makes it, or changes the cap of the one with the same terms."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository
    trail: Trail

    async def __call__(self, *, principal: Principal, trace_id: TraceId, terms: LimitTerms) -> Limit:
        """Raises PermissionMissing or InvalidInput."""
        principal.require(Permission.MANAGE_POLICY)
        if terms.scope is LimitScope.ORG and terms.scope_id not in (None, principal.org_id):
            raise InvalidInput("an organization can limit itself only; leave scope_id out", param="scope_id")
        async with self.unit_of_work() as tx:
            limit, before = await set_limit(tx, self.policies, self.trail, org_id=principal.org_id, terms=terms)
            event = limit_event(self.trail, "limit.set", limit, actor=principal.actor, trace_id=trace_id, before=before)
            await self.trail.events.append(tx, event)
            await tx.commit()
        return limit


@dataclass(frozen=True, slots=True)
class SetPlatformLimit:
    """Sets a limit of the platform, on anybody or on all."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository
    trail: Trail

    async def __call__(self, *, actor: Actor, trace_id: TraceId, terms: LimitTerms) -> Limit:
        """Raises AdministratorRequired or InvalidInput."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            limit, before = await set_limit(tx, self.policies, self.trail, org_id=None, terms=terms)
            event = limit_event(self.trail, "limit.set", limit, actor=actor.actor, trace_id=trace_id, before=before)
            await self.trail.events.append(tx, event)
            await tx.commit()
        return limit


@dataclass(frozen=True, slots=True)
class RemoveLimit:
    """Removes a limit of an organization."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository
    trail: Trail

    async def __call__(self, *, principal: Principal, trace_id: TraceId, limit_id: LimitId) -> None:
        """Raises PermissionMissing or LimitNotFound."""
        principal.require(Permission.MANAGE_POLICY)
        async with self.unit_of_work() as tx:
            removed = await self.policies.remove_limit(tx, principal.org_id, limit_id)
            event = limit_event(self.trail, "limit.removed", removed, actor=principal.actor, trace_id=trace_id)
            await self.trail.events.append(tx, event)
            await tx.commit()


@dataclass(frozen=True, slots=True)
class RemovePlatformLimit:
    """Removes a limit of the platform."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository
    trail: Trail

    async def __call__(self, *, actor: Actor, trace_id: TraceId, limit_id: LimitId) -> None:
        """Raises AdministratorRequired or LimitNotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            removed = await self.policies.remove_limit(tx, None, limit_id)
            event = limit_event(self.trail, "limit.removed", removed, actor=actor.actor, trace_id=trace_id)
            await self.trail.events.append(tx, event)
            await tx.commit()


@dataclass(frozen=True, slots=True)
class ListLimits:
    """Lists the limits an organization has set itself, newest first."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository

    async def __call__(self, *, principal: Principal, page: PageRequest) -> Page[Limit]:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_ORGANIZATION)
        async with self.unit_of_work() as tx:
            return await self.policies.list_limits(tx, principal.org_id, page)


@dataclass(frozen=True, slots=True)
class ListPlatformLimits:
    """Lists the limits of the platform, newest first."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository

    async def __call__(self, *, actor: Actor, page: PageRequest) -> Page[Limit]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.policies.list_limits(tx, None, page)


@dataclass(frozen=True, slots=True)
class SetIpRule:
    """Adds an address rule to the organization or to one of its keys."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository
    trail: Trail

    async def __call__(
        self,
        *,
        principal: Principal,
        trace_id: TraceId,
        scope: IpScope,
        scope_id: UUID | None,
        action: IpAction,
        network: str,
        note: str = "",
    ) -> IpRule:
        """`scope_id` is the key's id for a key's rule, else None. Raises PermissionMissing or InvalidInput."""
        principal.require(Permission.MANAGE_POLICY)
        rule = self._rule(principal.org_id, scope=scope, scope_id=scope_id, action=action, network=network, note=note)
        async with self.unit_of_work() as tx:
            if await self.policies.count_ip_rules(tx, rule.org_id) >= IP_RULES_MAX:
                raise InvalidInput(f"{IP_RULES_MAX} address rules are set already; remove some first", param="network")
            await self.policies.add_ip_rule(tx, rule)
            event = self.trail.event(
                "ip_rule.set",
                org_id=rule.org_id,
                actor=principal.actor,
                subject=show_id("ip_rule", rule.id),
                trace_id=trace_id,
                payload=_told_rule(rule),
            )
            await self.trail.events.append(tx, event)
            await tx.commit()
        return rule

    def _rule(
        self, org_id: OrgId, *, scope: IpScope, scope_id: UUID | None, action: IpAction, network: str, note: str
    ) -> IpRule:
        if scope is IpScope.KEY and scope_id is None:
            raise InvalidInput("the rule of a key must name the key", param="scope_id")
        if len(note) > NOTE_CHARS_MAX:
            raise InvalidInput(f"note may have at most {NOTE_CHARS_MAX} characters", param="note")
        return IpRule(
            id=IpRuleId(self.trail.ids.uuid()),
            org_id=org_id,
            scope=scope,
            scope_id=org_id if scope is IpScope.ORG or scope_id is None else scope_id,
            action=action,
            network=read_network(network),
            note=note,
            created_at=self.trail.clock.now(),
        )


@dataclass(frozen=True, slots=True)
class RemoveIpRule:
    """Removes an address rule."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository
    trail: Trail

    async def __call__(self, *, principal: Principal, trace_id: TraceId, rule_id: IpRuleId) -> None:
        """Raises PermissionMissing or IpRuleNotFound."""
        principal.require(Permission.MANAGE_POLICY)
        async with self.unit_of_work() as tx:
            removed = await self.policies.remove_ip_rule(tx, principal.org_id, rule_id)
            event = self.trail.event(
                "ip_rule.removed",
                org_id=principal.org_id,
                actor=principal.actor,
                subject=show_id("ip_rule", rule_id),
                trace_id=trace_id,
                payload=_told_rule(removed),
            )
            await self.trail.events.append(tx, event)
            await tx.commit()


@dataclass(frozen=True, slots=True)
class ListIpRules:
    """Lists the address rules of an organization, newest first."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository

    async def __call__(self, *, principal: Principal, page: PageRequest) -> Page[IpRule]:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_ORGANIZATION)
        async with self.unit_of_work() as tx:
            return await self.policies.list_ip_rules(tx, principal.org_id, page)


def _told_rule(rule: IpRule) -> dict[str, object]:
    return {
        "scope": rule.scope.value,
        "scope_id": str(rule.scope_id),
        "action": rule.action.value,
        "network": str(rule.network),
        "note": rule.note,
    }
