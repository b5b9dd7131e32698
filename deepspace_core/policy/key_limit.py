"""Setting a limit, and the limits of an API key, in the very transaction that makes or changes the key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deepspace_core.identity import ApiKey, KeyLimit, Principal
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, TraceId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.policy.limit import LIMITS_MAX, Limit, LimitId, LimitMetric, LimitScope, LimitTerms, checked
from deepspace_core.policy.ports import PolicyRepository
from deepspace_core.policy.trail import Trail, limit_event


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """The identity context's `KeyLimiting`."""

    policies: PolicyRepository
    events: EventLog
    ids: IdSource
    clock: Clock

    async def limit(
        self, tx: Transaction, key: ApiKey, limits: Sequence[KeyLimit], *, principal: Principal, trace_id: TraceId
    ) -> None:
        """The key has these and no others of the organization's afterwards. Raises InvalidInput."""
        trail = Trail(self.events, self.ids, self.clock)
        wanted = [_terms_of(key, limit) for limit in limits]
        stored = {(limit.metric, limit.window_seconds): limit for limit in await self._stored(tx, key)}
        for terms in wanted:
            known = stored.pop((terms.metric, terms.window_seconds), None)
            if known is None or known.cap != terms.cap:
                limit, before = await set_limit(tx, self.policies, trail, org_id=key.org_id, terms=terms)
                told = limit_event(trail, "limit.set", limit, actor=principal.actor, trace_id=trace_id, before=before)
                await self.events.append(tx, told)
        for left in stored.values():
            removed = await self.policies.remove_limit(tx, key.org_id, left.id)
            told = limit_event(trail, "limit.removed", removed, actor=principal.actor, trace_id=trace_id)
            await self.events.append(tx, told)

    async def _stored(self, tx: Transaction, key: ApiKey) -> list[Limit]:
        """The organization's for this very key; the platform's for it are not the organization's to change."""
        whose = (key.org_id, LimitScope.KEY, key.id)
        limits = (await self.policies.policies_of(tx, key.org_id)).limits
        return [one for one in limits if (one.org_id, one.scope, one.scope_id) == whose]


async def set_limit(
    tx: Transaction, policies: PolicyRepository, trail: Trail, *, org_id: OrgId | None, terms: LimitTerms
) -> tuple[Limit, Limit | None]:
    """The limit as it stands now, and as it stood before."""
    terms = checked(terms)
    before = await policies.find_limit(tx, org_id, terms)
    if before is None and await policies.count_limits(tx, org_id) >= LIMITS_MAX:
        raise InvalidInput(f"{LIMITS_MAX} limits are set already; remove some first", param="scope")
    limit = replace(before, cap=terms.cap) if before else _new_limit(trail, org_id=org_id, terms=terms)
    await policies.save_limit(tx, limit)
    return limit, before


def _new_limit(trail: Trail, *, org_id: OrgId | None, terms: LimitTerms) -> Limit:
    return Limit(
        id=LimitId(trail.ids.uuid()),
        org_id=org_id,
        scope=terms.scope,
        scope_id=terms.scope_id,
        metric=terms.metric,
        window_seconds=terms.window_seconds,
        cap=terms.cap,
        created_at=trail.clock.now(),
    )


def _terms_of(key: ApiKey, wanted: KeyLimit) -> LimitTerms:
    try:
        metric = LimitMetric(wanted.metric)
    except ValueError:
        names = ", ".join(LimitMetric)
        raise InvalidInput(f"metric must be one of {names}", param="limits") from None
    return LimitTerms(LimitScope.KEY, key.id, metric, window_seconds=wanted.window_seconds, cap=wanted.cap)
