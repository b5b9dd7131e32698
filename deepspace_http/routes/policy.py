"""Limits and address rules: an organization's own, and the platform's."""

from typing import TypeAlias

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from deepspace_adapters.reasons import because
from deepspace_core.identity.principal import Principal, require_administrator
from deepspace_core.kernel.ids import OrgId, read_id
from deepspace_core.policy.ip_rule import IpRule, IpRuleId
from deepspace_core.policy.limit import LimitId
from deepspace_http.application import PolicyUseCases
from deepspace_http.oversight import Acting, Oversight, provide_acting
from deepspace_http.parameters import Caller, WantedPage, Why, optional_id, optional_org
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
async def remove_limit(caller: Caller, policy: Policy, limit_id: FromPath[str], reason: Why = None) -> None:
    """In force within seconds."""
    with because(reason):
        await policy.remove_limit(principal=caller, trace_id=current_trace_id(), limit_id=_limit(limit_id))


@get("/ip-rules", summary="List address rules")
async def list_ip_rules(caller: Caller, policy: Policy, page: WantedPage) -> PageBody[IpRuleBody]:
    """From where the organization and its keys may be used."""
    return page_body(await policy.list_ip_rules(principal=caller, page=page), show_ip_rule)


@post("/ip-rules", summary="Add an address rule")
async def set_ip_rule(caller: Caller, policy: Policy, data: JSONBody[SetIpRuleBody]) -> IpRuleBody:
    """For the organization, or for one of its keys."""
    return show_ip_rule(await _add_ip_rule(caller, policy, data))


@delete("/ip-rules/{rule_id:str}", summary="Remove an address rule", status_code=204)
async def remove_ip_rule(caller: Caller, policy: Policy, rule_id: FromPath[str], reason: Why = None) -> None:
    """In force within seconds."""
    wanted = IpRuleId(read_id("ip_rule", rule_id, param="rule_id"))
    with because(reason):
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
async def remove_platform_limit(caller: Caller, policy: Policy, limit_id: FromPath[str], reason: Why = None) -> None:
    """In force within seconds."""
    with because(reason):
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


@get("/", summary="List limits of organizations")
async def list_all_limits(
    caller: Caller, oversight: Oversight, page: WantedPage, org_id: FromQuery[str | None] = None
) -> PageBody[LimitBody]:
    """Those that organizations have, or one of them; the platform's own are under /policy/limits."""
    found = await oversight.list_all_limits(actor=caller, org_id=optional_org(org_id), page=page)
    return page_body(found, show_limit)


@get("/", summary="List address rules of organizations")
async def list_all_ip_rules(
    caller: Caller, oversight: Oversight, page: WantedPage, org_id: FromQuery[str | None] = None
) -> PageBody[IpRuleBody]:
    """Of every organization, or of one."""
    found = await oversight.list_all_ip_rules(actor=caller, org_id=optional_org(org_id), page=page)
    return page_body(found, show_ip_rule)


@put("/limits", summary="Set an organization's limit")
async def set_any_limit(acting: Acting, policy: Policy, data: JSONBody[SetLimitBody]) -> LimitBody:
    """Makes it, or changes the cap of the one with the same terms. Its members may change it."""
    limit = await policy.set_limit(principal=acting, trace_id=current_trace_id(), terms=read_terms(data))
    return show_limit(limit)


@delete("/limits/{limit_id:str}", summary="Remove an organization's limit", status_code=204)
async def remove_any_limit(acting: Acting, policy: Policy, limit_id: FromPath[str], reason: Why = None) -> None:
    """In force within seconds."""
    with because(reason):
        await policy.remove_limit(principal=acting, trace_id=current_trace_id(), limit_id=_limit(limit_id))


@post("/ip-rules", summary="Add an address rule for an organization")
async def set_any_ip_rule(acting: Acting, policy: Policy, data: JSONBody[SetIpRuleBody]) -> IpRuleBody:
    """For the organization, or for one of its keys."""
    return show_ip_rule(await _add_ip_rule(acting, policy, data))


@delete("/ip-rules/{rule_id:str}", summary="Remove an organization's address rule", status_code=204)
async def remove_any_ip_rule(acting: Acting, policy: Policy, rule_id: FromPath[str], reason: Why = None) -> None:
    """In force within seconds."""
    wanted = IpRuleId(read_id("ip_rule", rule_id, param="rule_id"))
    with because(reason):
        await policy.remove_ip_rule(principal=acting, trace_id=current_trace_id(), rule_id=wanted)


async def _add_ip_rule(principal: Principal, policy: PolicyUseCases, data: SetIpRuleBody) -> IpRule:
    return await policy.set_ip_rule(
        principal=principal,
        trace_id=current_trace_id(),
        scope=data.scope,
        scope_id=optional_id("api_key", data.api_key_id, param="api_key_id"),
        action=data.action,
        network=data.network,
        note=data.note,
    )


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
admin_limits_router = Router("/limits", route_handlers=[list_all_limits], tags=["Admin: policy"])
admin_ip_rules_router = Router("/ip-rules", route_handlers=[list_all_ip_rules], tags=["Admin: policy"])
admin_org_policy_router = Router(
    "/orgs/{org_id:str}",
    route_handlers=[set_any_limit, remove_any_limit, set_any_ip_rule, remove_any_ip_rule],
    dependencies={"acting": Provide(provide_acting)},
    tags=["Admin: policy"],
)
