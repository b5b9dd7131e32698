"""Wire types of dry runs: a proposed rule, a period, and what the rule would have done in it."""

from typing import Annotated

from msgspec import Meta

from deepspace_core.identity import Principal
from deepspace_core.identity.api_key import MODELS_ALLOWED_MAX
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import read_id, show_id
from deepspace_core.pipeline.dry_run import EXAMPLES_MAX, DryRun, Rejected
from deepspace_core.pipeline.dry_run_use_cases import DryRunPolicy
from deepspace_core.policy.ip_rule import IpAction
from deepspace_http.parameters import optional_id
from deepspace_http.schemas.budgets import SetBudgetBody, read_budget_key
from deepspace_http.schemas.policy import NetworkText, SetLimitBody, read_terms
from deepspace_http.schemas.wire import ApiKeyIdText, OrgIdText, RequestBody, ResponseBody, Time

Count = Annotated[int, Meta(ge=0, examples=[42])]
ModelNames = Annotated[list[str], Meta(max_length=MODELS_ALLOWED_MAX, examples=[["smollm2-135m"]])]
TraceIdText = Annotated[str, Meta(examples=["0af7651916cd43dd8448eb211c80319c"])]


class TriedIpRuleBody(RequestBody, frozen=True, kw_only=True):
    """An address rule beside those that stand; of a key where one is named, else of the organization."""

    action: IpAction
    network: NetworkText
    api_key_id: ApiKeyIdText | None = None


class TriedModelsBody(RequestBody, frozen=True, kw_only=True):
    """The only models that a key may call."""

    api_key_id: ApiKeyIdText
    model_allow_list: ModelNames


class DryRunBody(RequestBody, frozen=True, kw_only=True):
    """One rule, and the calls to try it on: those that began from `since` to before `until`."""

    since: Time
    until: Time
    limit: SetLimitBody | None = None
    ip_rule: TriedIpRuleBody | None = None
    models: TriedModelsBody | None = None
    budget: SetBudgetBody | None = None


class AnyDryRunBody(DryRunBody, frozen=True, kw_only=True):
    """One rule, and the calls of any organization to try it on."""

    org_id: OrgIdText


class RejectedBody(ResponseBody, frozen=True, kw_only=True):
    """A call that the rule would have rejected, or the last of `calls` alike."""

    trace_id: TraceIdText
    at: Time
    api_key_id: ApiKeyIdText | None
    model: Annotated[str, Meta(examples=["smollm2-135m"])] | None
    address: Annotated[str, Meta(examples=["203.0.113.7"])] | None
    calls: Count


class DryRunToldBody(ResponseBody, frozen=True, kw_only=True):
    """What the rule would have done. `is_partial`: there were more calls than are looked through."""

    since: Time
    until: Time
    calls: Count
    rejected: Count
    is_partial: Annotated[bool, Meta(examples=[False])]
    examples: Annotated[list[RejectedBody], Meta(max_length=EXAMPLES_MAX)]


async def asked_dry_run(dry_run: DryRunPolicy, caller: Principal, body: DryRunBody) -> DryRun:
    """Tries the one rule that the body has. Raises InvalidInput where it has none, or several."""
    given = [rule for rule in (body.limit, body.ip_rule, body.models, body.budget) if rule is not None]
    if len(given) != 1:
        raise InvalidInput("give one of limit, ip_rule, models and budget", param="limit")
    match given[0]:
        case SetLimitBody() as limit:
            return await dry_run.limit(principal=caller, since=body.since, until=body.until, terms=read_terms(limit))
        case SetBudgetBody() as budget:
            return await dry_run.budget(
                principal=caller,
                since=body.since,
                until=body.until,
                key=read_budget_key(budget.scope, budget.scope_id),
                window=budget.window,
                cap_nanos=budget.cap_nanos,
            )
        case TriedIpRuleBody() as rule:
            return await dry_run.ip_rule(
                principal=caller,
                since=body.since,
                until=body.until,
                action=rule.action,
                network=rule.network,
                api_key_id=optional_id("api_key", rule.api_key_id, param="api_key_id"),
            )
        case TriedModelsBody() as models:
            return await dry_run.models(
                principal=caller,
                since=body.since,
                until=body.until,
                api_key_id=read_id("api_key", models.api_key_id, param="api_key_id"),
                models=models.model_allow_list,
            )


def show_dry_run(told: DryRun) -> DryRunToldBody:
    """The wire form."""
    return DryRunToldBody(
        since=told.since,
        until=told.until,
        calls=told.calls,
        rejected=told.rejected,
        is_partial=told.is_partial,
        examples=[_show(one) for one in told.examples],
    )


def _show(one: Rejected) -> RejectedBody:
    return RejectedBody(
        trace_id=one.trace_id,
        at=one.at,
        api_key_id=None if one.api_key_id is None else show_id("api_key", one.api_key_id),
        model=one.model_name,
        address=one.address,
        calls=one.calls,
    )
