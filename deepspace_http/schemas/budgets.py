"""Wire types of budgets."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import read_id, show_id
from deepspace_core.kernel.money import NANOS_MAX, decimal_from_nanos
from deepspace_core.ledger.budget import BudgetKey, BudgetLine, BudgetScope, BudgetWindow
from deepspace_core.ledger.ports import OrgBudgetLine
from deepspace_http.schemas.wire import DecimalText, NanosNumber, OrgIdText, RequestBody, ResponseBody

NOUNS: Mapping[BudgetScope, str] = {
    BudgetScope.ORG: "org",
    BudgetScope.PROJECT: "project",
    BudgetScope.KEY: "api_key",
    BudgetScope.USER: "user",
}
"""From a scope to the noun of its ids; apps and runs have bare UUIDs."""

ScopeIdText = Annotated[str, Meta(max_length=64, examples=["proj_0198c0ffee007abc8def0123456789ab"])]
DayText = Annotated[str, Meta(examples=["2026-11-01"])]
CapNanos = Annotated[int, Meta(ge=0, le=NANOS_MAX, examples=[25_000_000_000])]


class BudgetBody(ResponseBody, frozen=True, kw_only=True):
    """A cap, and how it stands in the period that began on `since` (UTC)."""

    scope: BudgetScope
    scope_id: ScopeIdText
    window: BudgetWindow
    since: DayText
    cap_nanos: NanosNumber
    cap: DecimalText
    used_nanos: NanosNumber
    used: DecimalText
    reserved_nanos: NanosNumber
    reserved: DecimalText
    left_nanos: NanosNumber
    left: DecimalText


class BudgetsBody(ResponseBody, frozen=True, kw_only=True):
    """All of an organization's budgets."""

    data: list[BudgetBody]


class OrgBudgetBody(BudgetBody, frozen=True, kw_only=True):
    """A budget, and whose it is."""

    org_id: OrgIdText


class OrgBudgetsBody(ResponseBody, frozen=True, kw_only=True):
    """Budgets of organizations, those with the least left first."""

    data: list[OrgBudgetBody]


class SetBudgetBody(RequestBody, frozen=True, kw_only=True):
    """A budget. One of the same scope, scope_id and window gets this cap."""

    scope: BudgetScope
    scope_id: ScopeIdText
    window: BudgetWindow
    cap_nanos: CapNanos


def read_budget_key(scope: BudgetScope, scope_id: str) -> BudgetKey:
    """Raises InvalidInput."""
    noun = NOUNS.get(scope)
    if noun is not None:
        return BudgetKey(scope, read_id(noun, scope_id, param="scope_id"))
    try:
        return BudgetKey(scope, UUID(hex=scope_id))
    except ValueError:
        raise InvalidInput(f"scope_id must be a UUID, not {scope_id[:64]!r}", param="scope_id") from None


def show_budget(line: BudgetLine) -> BudgetBody:
    """A budget on the wire."""
    return BudgetBody(**_shown(line))


def show_org_budget(one: OrgBudgetLine) -> OrgBudgetBody:
    """A budget on the wire, with its organization."""
    return OrgBudgetBody(**_shown(one.line), org_id=show_id("org", one.org_id))


def _shown(line: BudgetLine) -> dict[str, Any]:
    noun = NOUNS.get(line.key.scope)
    return {
        "scope": line.key.scope,
        "scope_id": str(line.key.scope_id) if noun is None else show_id(noun, line.key.scope_id),
        "window": line.window,
        "since": line.starts_on.isoformat(),
        "cap_nanos": line.cap_nanos,
        "cap": decimal_from_nanos(line.cap_nanos),
        "used_nanos": line.used_nanos,
        "used": decimal_from_nanos(line.used_nanos),
        "reserved_nanos": line.reserved_nanos,
        "reserved": decimal_from_nanos(line.reserved_nanos),
        "left_nanos": line.left_nanos,
        "left": decimal_from_nanos(line.left_nanos),
    }
