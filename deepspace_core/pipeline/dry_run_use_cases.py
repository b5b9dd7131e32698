"""Holding proposed rules against the calls of the past."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger import BudgetKey, BudgetWindow
from deepspace_core.pipeline.dry_run import (
    BudgetReplay,
    DryRun,
    LimitReplay,
    Rejected,
    Replay,
    address_rejects,
    list_rejects,
)
from deepspace_core.pipeline.past_call import PastCall, PastOrigin
from deepspace_core.pipeline.ports import PastCalls
from deepspace_core.policy import (
    IpAction,
    IpRule,
    IpRuleId,
    IpScope,
    Limit,
    LimitId,
    LimitTerms,
    PolicyRepository,
    checked,
    read_network,
)

PERIOD_MAX = timedelta(days=31)
CALLS_MAX = 200_000
"""Calls that are looked through, those before the period included; some seconds of one processor."""
ORIGINS_MAX = 10_000
FIRST_YEAR = 2020
PROPOSED = UUID(int=0)
"""The id of a rule that doesn't stand yet."""


@dataclass(frozen=True, slots=True)
class DryRunPolicy:
    """Tells what a rule would have done to the organization's calls of a period. Changes nothing."""

    unit_of_work: UnitOfWork
    past_calls: PastCalls
    policies: PolicyRepository
    clock: Clock

    async def limit(self, *, principal: Principal, since: datetime, until: datetime, terms: LimitTerms) -> DryRun:
        """A limit of the organization. Raises PermissionMissing or InvalidInput."""
        terms = checked(terms)
        limit = Limit(
            id=LimitId(PROPOSED),
            org_id=principal.org_id,
            scope=terms.scope,
            scope_id=terms.scope_id,
            metric=terms.metric,
            window_seconds=terms.window_seconds,
            cap=terms.cap,
            created_at=self.clock.now(),
        )
        return await self._replayed(principal, LimitReplay(limit), since=since, until=until)

    async def budget(
        self,
        *,
        principal: Principal,
        since: datetime,
        until: datetime,
        key: BudgetKey,
        window: BudgetWindow,
        cap_nanos: int,
    ) -> DryRun:
        """A budget; one of TOTAL begins with the period. Raises PermissionMissing or InvalidInput."""
        return await self._replayed(principal, BudgetReplay(key, window, cap_nanos), since=since, until=until)

    async def ip_rule(
        self,
        *,
        principal: Principal,
        since: datetime,
        until: datetime,
        action: IpAction,
        network: str,
        api_key_id: UUID | None = None,
    ) -> DryRun:
        """An address rule beside those that stand, for the organization or one key.

        Raises PermissionMissing or InvalidInput.
        """
        proposed = IpRule(
            id=IpRuleId(PROPOSED),
            org_id=principal.org_id,
            scope=IpScope.ORG if api_key_id is None else IpScope.KEY,
            scope_id=api_key_id or principal.org_id,
            action=action,
            network=read_network(network),
            note="",
            created_at=self.clock.now(),
        )
        async with self.unit_of_work() as tx:
            standing = (await self.policies.policies_of(tx, principal.org_id)).ip_rules
        rules = [*standing, proposed]
        return await self._judged(principal, lambda one: address_rejects(rules, one), since=since, until=until)

    async def models(
        self, *, principal: Principal, since: datetime, until: datetime, api_key_id: UUID, models: Collection[str]
    ) -> DryRun:
        """A list of the only models of a key. Raises PermissionMissing or InvalidInput."""
        allowed = frozenset(models)
        return await self._judged(
            principal, lambda one: list_rejects(api_key_id, allowed, one), since=since, until=until
        )

    async def _replayed(self, principal: Principal, rule: Replay, *, since: datetime, until: datetime) -> DryRun:
        self._check(principal, since, until)
        told, looked_at = DryRun(since, until), 0
        async with self.unit_of_work() as tx:
            calls = self.past_calls.calls(tx, principal.org_id, since=rule.since(since), until=until)
            async for batch in calls:
                for call in batch:
                    rejected = rule.rejects(call)
                    if call.started_at >= since:
                        told.count(_rejected(call) if rejected else None)
                looked_at += len(batch)
                if looked_at >= CALLS_MAX:
                    told.is_partial = True
                    break
        return told

    async def _judged(
        self, principal: Principal, rejects: Callable[[PastOrigin], bool], *, since: datetime, until: datetime
    ) -> DryRun:
        self._check(principal, since, until)
        told = DryRun(since, until)
        async with self.unit_of_work() as tx:
            origins = await self.past_calls.origins(tx, principal.org_id, since=since, until=until, limit=ORIGINS_MAX)
        for origin in origins:
            told.count(_rejected_origin(origin) if rejects(origin) else None, calls=origin.calls)
        told.is_partial = len(origins) == ORIGINS_MAX
        return told

    def _check(self, principal: Principal, since: datetime, until: datetime) -> None:
        principal.require(Permission.MANAGE_POLICY)
        if not since < until:
            raise InvalidInput("the period must begin before it ends", param="since")
        if since.year < FIRST_YEAR:
            raise InvalidInput(f"nothing was called before {FIRST_YEAR}", param="since")
        if until - since > PERIOD_MAX:
            raise InvalidInput(f"the period may be {PERIOD_MAX.days} days long at most", param="since")


def _rejected(call: PastCall) -> Rejected:
    return Rejected(
        trace_id=call.trace_id,
        at=call.started_at,
        api_key_id=call.api_key_id,
        model_name=call.model_name,
        address=None,
        calls=1,
    )


def _rejected_origin(origin: PastOrigin) -> Rejected:
    return Rejected(
        trace_id=origin.trace_id,
        at=origin.last_at,
        api_key_id=origin.api_key_id,
        model_name=origin.model_name,
        address=origin.address,
        calls=origin.calls,
    )
