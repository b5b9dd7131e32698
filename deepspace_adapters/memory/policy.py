"""Limits and address rules in memory."""

from collections.abc import Iterable
from uuid import UUID

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.kernel.ids import OrgId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.policy import (
    IpRule,
    IpRuleId,
    IpRuleNotFound,
    Limit,
    LimitExists,
    LimitId,
    LimitMetric,
    LimitNotFound,
    LimitScope,
    LimitTerms,
    PolicySet,
)


class MemoryPolicies:
    """The `PolicyRepository` port."""

    async def policies_of(self, tx: Transaction, org_id: OrgId) -> PolicySet:
        limits = sorted((limit for limit in _limits(tx) if limit.org_id in (None, org_id)), key=lambda one: one.id)
        rules = sorted((rule for rule in _ip_rules(tx) if rule.org_id == org_id), key=lambda one: one.id)
        return PolicySet(limits=limits, ip_rules=rules)

    async def find_limit(self, tx: Transaction, org_id: OrgId | None, terms: LimitTerms) -> Limit | None:
        wanted = (org_id, terms.scope, terms.scope_id, terms.metric, terms.window_seconds)
        return next((limit for limit in _limits(tx) if _slot(limit) == wanted), None)

    async def save_limit(self, tx: Transaction, limit: Limit) -> None:
        if any(_slot(other) == _slot(limit) and other.id != limit.id for other in _limits(tx)):
            raise LimitExists(
                f"there is a limit of {limit.metric} in {limit.window_seconds} s for that {limit.scope} already",
                param="scope",
            )
        table_of(tx, "rate_limits")[limit.id] = limit

    async def remove_limit(self, tx: Transaction, org_id: OrgId | None, limit_id: LimitId) -> Limit:
        found: Limit | None = table_of(tx, "rate_limits").get(limit_id)
        if found is None or found.org_id != org_id:
            raise LimitNotFound(f"there is no limit {show_id('limit', limit_id)}", param="limit_id")
        del table_of(tx, "rate_limits")[limit_id]
        return found

    async def list_limits(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[Limit]:
        found = sorted((limit for limit in _limits(tx) if limit.org_id == org_id), key=lambda limit: limit.id)
        rows = [limit for limit in reversed(found) if page.after is None or limit.id < page.after]
        return page_of(rows, [limit.id for limit in rows], limit=page.limit)

    async def list_org_limits(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[Limit]:
        found = [one for one in _limits(tx) if one.org_id is not None and org_id in (None, one.org_id)]
        found.sort(key=lambda limit: limit.id, reverse=True)
        rows = [limit for limit in found if page.after is None or limit.id < page.after]
        return page_of(rows, [limit.id for limit in rows], limit=page.limit)

    async def count_limits(self, tx: Transaction, org_id: OrgId | None) -> int:
        return sum(limit.org_id == org_id for limit in _limits(tx))

    async def add_ip_rule(self, tx: Transaction, rule: IpRule) -> None:
        table_of(tx, "ip_rules")[rule.id] = rule

    async def remove_ip_rule(self, tx: Transaction, org_id: OrgId, rule_id: IpRuleId) -> IpRule:
        found: IpRule | None = table_of(tx, "ip_rules").get(rule_id)
        if found is None or found.org_id != org_id:
            raise IpRuleNotFound(f"there is no address rule {show_id('ip_rule', rule_id)}", param="ip_rule_id")
        del table_of(tx, "ip_rules")[rule_id]
        return found

    async def list_ip_rules(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[IpRule]:
        found = sorted((rule for rule in _ip_rules(tx) if org_id in (None, rule.org_id)), key=lambda rule: rule.id)
        rows = [rule for rule in reversed(found) if page.after is None or rule.id < page.after]
        return page_of(rows, [rule.id for rule in rows], limit=page.limit)

    async def count_ip_rules(self, tx: Transaction, org_id: OrgId) -> int:
        return sum(rule.org_id == org_id for rule in _ip_rules(tx))


def _limits(tx: Transaction) -> Iterable[Limit]:
    return table_of(tx, "rate_limits").values()


def _ip_rules(tx: Transaction) -> Iterable[IpRule]:
    return table_of(tx, "ip_rules").values()


def _slot(limit: Limit) -> tuple[OrgId | None, LimitScope, UUID | None, LimitMetric, int]:
    return (limit.org_id, limit.scope, limit.scope_id, limit.metric, limit.window_seconds)
