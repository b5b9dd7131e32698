"""Limits and address rules: an organization's own, and the platform's."""

from typing import TypeAlias

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from deepspace_core.identity.principal import require_administrator
from deepspace_core.kernel.ids import OrgId, read_id
from deepspace_core.policy.ip_rule import IpRuleId
from deepspace_core.policy.limit import LimitId
from deepspace_http.application import PolicyUseCases
from deepspace_http.parameters import Caller, WantedPage, optional_id
from deepspace_http.schemas.dry_run import AnyDryRunBody, DryRunBody, DryRunToldBody, asked_dry_run, show_dry_run
from deepspace_http.schemas.policy import (
    IpRuleBody,
    LimitBody,
    SetIpRuleBody,
    SetLimitBody,
    read_terms,
    show_ip_rule,
    show_limit,
)
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

Policy: TypeAlias = NamedDependency[SkipValidation[PolicyUseCases]]


@get("/limits", summary="List limits")
async def list_limits(caller: Caller, policy: Policy, page: WantedPage) -> PageBody[LimitBody]:
    """Those the organization has set itself."""
    return page_body(await policy.list_limits(principal=caller, page=page), show_limit)


@put("/limits", summary="Set a limit")
async def set_limit(caller: Caller, policy: Policy, data: JSONBody[SetLimitBody]) -> LimitBody:
    """Makes it, or changes the cap of the one with the same terms."""
    limit = await policy.set_limit(principal=caller, trace_id=current_trace_id(), terms=read_terms(data))
    return show_limit(limit)


@delete("/limits/{limit_id:str}", summary="Remove a limit", status_code=204)
async def remove_limit(caller: Caller, policy: Policy, limit_id: FromPath[str]) -> None:
    """In force within seconds."""
    await policy.remove_limit(principal=caller, trace_id=current_trace_id(), limit_id=_limit(limit_id))


@get("/ip-rules", summary="List address rules")
async def list_ip_rules(caller: Caller, policy: Policy, page: WantedPage) -> PageBody[IpRuleBody]:
    """From where the organization and its keys may be used."""
    return page_body(await policy.list_ip_rules(principal=caller, page=page), show_ip_rule)


@post("/ip-rules", summary="Add an address rule")
async def set_ip_rule(caller: Caller, policy: Policy, data: JSONBody[SetIpRuleBody]) -> IpRuleBody:
    """For the organization, or for one of its keys."""
    rule = await policy.set_ip_rule(
        principal=caller,
        trace_id=current_trace_id(),
        scope=data.scope,
        scope_id=optional_id("api_key", data.api_key_id, param="api_key_id"),
        action=data.action,
        network=data.network,
        note=data.note,
    )
    return show_ip_rule(rule)


@delete("/ip-rules/{rule_id:str}", summary="Remove an address rule", status_code=204)
async def remove_ip_rule(caller: Caller, policy: Policy, rule_id: FromPath[str]) -> None:
    """In force within seconds."""
    wanted = IpRuleId(read_id("ip_rule", rule_id, param="rule_id"))
    await policy.remove_ip_rule(principal=caller, trace_id=current_trace_id(), rule_id=wanted)


@get("/limits", summary="List the platform's limits")
async def list_platform_limits(caller: Caller, policy: Policy, page: WantedPage) -> PageBody[LimitBody]:
    """What no organization can raise."""
    return page_body(await policy.list_platform_limits(actor=caller, page=page), show_limit)


@put("/limits", summary="Set a limit of the platform")
async def set_platform_limit(caller: Caller, policy: Policy, data: JSONBody[SetLimitBody]) -> LimitBody:
    """On anybody, or on each."""
    limit = await policy.set_platform_limit(actor=caller, trace_id=current_trace_id(), terms=read_terms(data))
    return show_limit(limit)


@delete("/limits/{limit_id:str}", summary="Remove a limit of the platform", status_code=204)
async def remove_platform_limit(caller: Caller, policy: Policy, limit_id: FromPath[str]) -> None:
    """In force within seconds."""
    await policy.remove_platform_limit(actor=caller, trace_id=current_trace_id(), limit_id=_limit(limit_id))


@post("/dry-runs", summary="Try a rule on past calls", status_code=200)
async def dry_run(caller: Caller, policy: Policy, data: JSONBody[DryRunBody]) -> DryRunToldBody:
    """Would it have rejected them? Changes nothing. Give one rule, and a period of at most 31 days."""
    return show_dry_run(await asked_dry_run(policy.dry_run, caller, data))


@post("/dry-runs", summary="Try a rule on past calls of any organization", status_code=200)
async def dry_run_anywhere(caller: Caller, policy: Policy, data: JSONBody[AnyDryRunBody]) -> DryRunToldBody:
    """Would it have rejected them? Changes nothing."""
    org_id = OrgId(read_id("org", data.org_id, param="org_id"))
    require_administrator(caller)
    member = await policy.authenticate_system(name="dry-run", org_id=org_id)
    return show_dry_run(await asked_dry_run(policy.dry_run, member, data))


def _limit(text: str) -> LimitId:
    return LimitId(read_id("limit", text, param="limit_id"))


policy_router = Router(
    "/policy",
    route_handlers=[list_limits, set_limit, remove_limit, list_ip_rules, set_ip_rule, remove_ip_rule, dry_run],
    tags=["Policy"],
)
admin_policy_router = Router(
    "/policy",
    route_handlers=[list_platform_limits, set_platform_limit, remove_platform_limit, dry_run_anywhere],
    tags=["Admin: policy"],
)
