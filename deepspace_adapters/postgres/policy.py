"""Limits and address rules in PostgreSQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import kwargs_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import OrgId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.policy import (
    IP_RULES_MAX,
    LIMITS_MAX,
    IpAction,
    IpRule,
    IpRuleId,
    IpRuleNotFound,
    IpScope,
    Limit,
    LimitExists,
    LimitId,
    LimitMetric,
    LimitNotFound,
    LimitScope,
    LimitTerms,
    Network,
    PolicySet,
)


@dataclass(frozen=True, slots=True)
class _Statements:
    limits_for_org: sql.Statement
    ip_rules_for_org: sql.Statement
    find_limit: sql.Statement
    save_limit: sql.Statement
    remove_limit: sql.Statement
    list_limits: sql.Statement
    list_org_limits: sql.Statement
    count_limits: sql.Statement
    add_ip_rule: sql.Statement
    remove_ip_rule: sql.Statement
    list_ip_rules: sql.Statement
    count_ip_rules: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresPolicies:
    """The `PolicyRepository` port."""

    async def policies_of(self, tx: Transaction, org_id: OrgId) -> PolicySet:
        limits = await _limits(tx, SQL.limits_for_org, {"org_id": org_id, "limit": 2 * LIMITS_MAX})
        rules = await _ip_rules(tx, SQL.ip_rules_for_org, {"org_id": org_id, "limit": IP_RULES_MAX})
        return PolicySet(limits=limits, ip_rules=rules)

    async def find_limit(self, tx: Transaction, org_id: OrgId | None, terms: LimitTerms) -> Limit | None:
        values = {
            "org_id": org_id,
            "scope": terms.scope.value,
            "scope_id": terms.scope_id,
            "metric": terms.metric.value,
            "window_seconds": terms.window_seconds,
        }
        found = await _limits(tx, SQL.find_limit, values)
        return found[0] if found else None

    async def save_limit(self, tx: Transaction, limit: Limit) -> None:
        values = {
            "id": limit.id,
            "org_id": limit.org_id,
            "scope": limit.scope.value,
            "scope_id": limit.scope_id,
            "metric": limit.metric.value,
            "window_seconds": limit.window_seconds,
            "cap": limit.cap,
            "created_at": limit.created_at,
        }
        try:
            await connection_of(tx).execute(SQL.save_limit, values)
        except UniqueViolation as fault:
            raise LimitExists(
                f"there is a limit of {limit.metric} in {limit.window_seconds} s for that {limit.scope} already",
                param="scope",
            ) from fault

    async def remove_limit(self, tx: Transaction, org_id: OrgId | None, limit_id: LimitId) -> Limit:
        removed = await _limits(tx, SQL.remove_limit, {"id": limit_id, "org_id": org_id})
        if not removed:
            raise LimitNotFound(f"there is no limit {show_id('limit', limit_id)}", param="limit_id")
        return removed[0]

    async def list_limits(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[Limit]:
        rows = await _limits(tx, SQL.list_limits, {"org_id": org_id, "after": page.after, "limit": page.limit})
        return page_of(rows, [limit.id for limit in rows], limit=page.limit)

    async def list_org_limits(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[Limit]:
        rows = await _limits(tx, SQL.list_org_limits, {"org_id": org_id, "after": page.after, "limit": page.limit})
        return page_of(rows, [limit.id for limit in rows], limit=page.limit)

    async def count_limits(self, tx: Transaction, org_id: OrgId | None) -> int:
        return await _count(tx, SQL.count_limits, org_id)

    async def add_ip_rule(self, tx: Transaction, rule: IpRule) -> None:
        values = {
            "id": rule.id,
            "org_id": rule.org_id,
            "scope": rule.scope.value,
            "scope_id": rule.scope_id,
            "action": rule.action.value,
            "network": rule.network,
            "note": rule.note,
            "created_at": rule.created_at,
        }
        await connection_of(tx).execute(SQL.add_ip_rule, values)

    async def remove_ip_rule(self, tx: Transaction, org_id: OrgId, rule_id: IpRuleId) -> IpRule:
        removed = await _ip_rules(tx, SQL.remove_ip_rule, {"id": rule_id, "org_id": org_id})
        if not removed:
            raise IpRuleNotFound(f"there is no address rule {show_id('ip_rule', rule_id)}", param="ip_rule_id")
        return removed[0]

    async def list_ip_rules(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[IpRule]:
        rows = await _ip_rules(tx, SQL.list_ip_rules, {"org_id": org_id, "after": page.after, "limit": page.limit})
        return page_of(rows, [rule.id for rule in rows], limit=page.limit)

    async def count_ip_rules(self, tx: Transaction, org_id: OrgId) -> int:
        return await _count(tx, SQL.count_ip_rules, org_id)


async def _limits(tx: Transaction, statement: sql.Statement, values: Mapping[str, object]) -> list[Limit]:
    async with connection_of(tx).cursor(row_factory=kwargs_row(_limit)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


async def _ip_rules(tx: Transaction, statement: sql.Statement, values: Mapping[str, object]) -> list[IpRule]:
    async with connection_of(tx).cursor(row_factory=kwargs_row(_ip_rule)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


async def _count(tx: Transaction, statement: sql.Statement, org_id: OrgId | None) -> int:
    cursor = await connection_of(tx).execute(statement, {"org_id": org_id})
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


def _limit(
    *,
    id: UUID,  # noqa: A002 - the column's name
    org_id: UUID | None,
    scope: str,
    scope_id: UUID | None,
    metric: str,
    window_seconds: int,
    cap: int,
    created_at: datetime,
) -> Limit:
    return Limit(
        id=LimitId(id),
        org_id=None if org_id is None else OrgId(org_id),
        scope=LimitScope(scope),
        scope_id=scope_id,
        metric=LimitMetric(metric),
        window_seconds=window_seconds,
        cap=cap,
        created_at=created_at,
    )


def _ip_rule(
    *,
    id: UUID,  # noqa: A002 - the column's name
    org_id: UUID,
    scope: str,
    scope_id: UUID,
    action: str,
    network: Network,
    note: str,
    created_at: datetime,
) -> IpRule:
    return IpRule(
        id=IpRuleId(id),
        org_id=OrgId(org_id),
        scope=IpScope(scope),
        scope_id=scope_id,
        action=IpAction(action),
        network=network,
        note=note,
        created_at=created_at,
    )
