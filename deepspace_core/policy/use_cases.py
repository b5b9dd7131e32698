"""Setting and seeing limits and address rules: the platform's by administrators, an organization's by its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from deepspace_core.identity import Actor, Permission, Principal, require_administrator, told
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.policy.ip_rule import (
    IP_RULES_MAX,
    NOTE_CHARS_MAX,
    IpAction,
    IpRule,
    IpRuleId,
    IpScope,
    read_network,
)
from deepspace_core.policy.limit import LIMITS_MAX, Limit, LimitId, LimitScope, LimitTerms, checked
from deepspace_core.policy.ports import PolicyRepository, PolicySet


@dataclass(frozen=True, slots=True)
class Trail:
    """How policy tells the audit trail."""

    events: EventLog
    ids: IdSource
    clock: Clock

    def event(
        self,
        event_type: str,
        *,
        org_id: OrgId | None,
        actor: str,
        subject: str,
        trace_id: TraceId,
        payload: Mapping[str, object],
    ) -> Event:
        """An audit event of now."""
        return told(
            self.ids,
            now=self.clock.now(),
            event_type=event_type,
            org_id=org_id,
            actor=actor,
            subject=subject,
            trace_id=trace_id,
            payload=payload,
        )


@dataclass(frozen=True, slots=True)
class LoadPolicies:
    """Everything that may hold for calls of an organization, in one read; the pipeline keeps it for a moment."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository

    async def __call__(self, *, org_id: OrgId) -> PolicySet:
        async with self.unit_of_work() as tx:
            return await self.policies.policies_of(tx, org_id)


@dataclass(frozen=True, slots=True)
class SetLimit:
    """Sets a limit: makes it, or changes the cap of the one with the same scope, metric and window."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository
    trail: Trail

    async def __call__(self, *, principal: Principal, trace_id: TraceId, terms: LimitTerms) -> Limit:
        """A limit of the caller's organization. Raises PermissionMissing or InvalidInput."""
        principal.require(Permission.MANAGE_POLICY)
        if terms.scope is LimitScope.ORG and terms.scope_id not in (None, principal.org_id):
            raise InvalidInput("an organization can limit itself only; leave scope_id out", param="scope_id")
        return await self._set(principal.org_id, checked(terms), actor=principal.actor, trace_id=trace_id)

    async def for_platform(self, *, actor: Actor, trace_id: TraceId, terms: LimitTerms) -> Limit:
        """A limit of the platform on anybody, or on all. Raises AdministratorRequired or InvalidInput."""
        require_administrator(actor)
        return await self._set(None, checked(terms), actor=actor.actor, trace_id=trace_id)

    async def _set(self, org_id: OrgId | None, terms: LimitTerms, *, actor: str, trace_id: TraceId) -> Limit:
        async with self.unit_of_work() as tx:
            standing = await self.policies.find_limit(tx, org_id, terms)
            if standing is None and await self.policies.count_limits(tx, org_id) >= LIMITS_MAX:
                raise InvalidInput(f"{LIMITS_MAX} limits are set already; remove some first", param="scope")
            limit = self._new(org_id, terms) if standing is None else replace(standing, cap=terms.cap)
            await self.policies.save_limit(tx, limit)
            event = self.trail.event(
                "limit.set",
                org_id=limit.org_id,
                actor=actor,
                subject=show_id("limit", limit.id),
                trace_id=trace_id,
                payload=_told_limit(limit) | {"cap_before": None if standing is None else standing.cap},
            )
            await self.trail.events.append(tx, event)
            await tx.commit()
        return limit

    def _new(self, org_id: OrgId | None, terms: LimitTerms) -> Limit:
        return Limit(
            id=LimitId(self.trail.ids.uuid()),
            org_id=org_id,
            scope=terms.scope,
            scope_id=terms.scope_id,
            metric=terms.metric,
            window_seconds=terms.window_seconds,
            cap=terms.cap,
            created_at=self.trail.clock.now(),
        )


@dataclass(frozen=True, slots=True)
class RemoveLimit:
    """Removes a limit."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository
    trail: Trail

    async def __call__(self, *, principal: Principal, trace_id: TraceId, limit_id: LimitId) -> None:
        """Of the caller's organization. Raises PermissionMissing or LimitNotFound."""
        principal.require(Permission.MANAGE_POLICY)
        await self._remove(principal.org_id, limit_id, actor=principal.actor, trace_id=trace_id)

    async def for_platform(self, *, actor: Actor, trace_id: TraceId, limit_id: LimitId) -> None:
        """Of the platform. Raises AdministratorRequired or LimitNotFound."""
        require_administrator(actor)
        await self._remove(None, limit_id, actor=actor.actor, trace_id=trace_id)

    async def _remove(self, org_id: OrgId | None, limit_id: LimitId, *, actor: str, trace_id: TraceId) -> None:
        async with self.unit_of_work() as tx:
            removed = await self.policies.remove_limit(tx, org_id, limit_id)
            event = self.trail.event(
                "limit.removed",
                org_id=org_id,
                actor=actor,
                subject=show_id("limit", limit_id),
                trace_id=trace_id,
                payload=_told_limit(removed),
            )
            await self.trail.events.append(tx, event)
            await tx.commit()


@dataclass(frozen=True, slots=True)
class ListLimits:
    """Lists the limits of one set, newest first."""

    unit_of_work: UnitOfWork
    policies: PolicyRepository

    async def __call__(self, *, principal: Principal, page: PageRequest) -> Page[Limit]:
        """Of the caller's organization. Raises PermissionMissing."""
        principal.require(Permission.READ_ORGANIZATION)
        async with self.unit_of_work() as tx:
            return await self.policies.list_limits(tx, principal.org_id, page)

    async def for_platform(self, *, actor: Actor, page: PageRequest) -> Page[Limit]:
        """Of the platform. Raises AdministratorRequired."""
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


def _told_limit(limit: Limit) -> dict[str, object]:
    return {
        "scope": limit.scope.value,
        "scope_id": None if limit.scope_id is None else str(limit.scope_id),
        "metric": limit.metric.value,
        "window_seconds": limit.window_seconds,
        "cap": limit.cap,
    }


def _told_rule(rule: IpRule) -> dict[str, object]:
    return {
        "scope": rule.scope.value,
        "scope_id": str(rule.scope_id),
        "action": rule.action.value,
        "network": str(rule.network),
        "note": rule.note,
    }
