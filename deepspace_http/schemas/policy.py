"""Wire types of limits and address rules."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from deepspace_core.kernel.ids import read_id, show_id
from deepspace_core.policy.ip_rule import NOTE_CHARS_MAX, IpAction, IpRule, IpScope
from deepspace_core.policy.limit import (
    CAP_MAX,
    WINDOW_SECONDS_MAX,
    WINDOW_SECONDS_MIN,
    Limit,
    LimitMetric,
    LimitScope,
    LimitTerms,
)
from deepspace_http.schemas.wire import OrgIdText, RequestBody, ResponseBody, Time

NOUNS: Mapping[LimitScope, str] = {
    LimitScope.KEY: "api_key",
    LimitScope.USER: "user",
    LimitScope.PROJECT: "project",
    LimitScope.ORG: "org",
    LimitScope.MODEL: "model",
}
"""From what a limit counts together to the noun of its ids."""

ScopeIdText = Annotated[str, Meta(examples=["key_0198c0ffee007abc8def0123456789ab"])]
WindowSeconds = Annotated[int, Meta(ge=WINDOW_SECONDS_MIN, le=WINDOW_SECONDS_MAX, examples=[60])]
Cap = Annotated[int, Meta(ge=0, le=CAP_MAX, examples=[600])]
NetworkText = Annotated[str, Meta(max_length=64, examples=["203.0.113.0/24"])]
Note = Annotated[str, Meta(max_length=NOTE_CHARS_MAX, examples=["The office"])]


class LimitBody(ResponseBody, frozen=True, kw_only=True):
    """At most `cap` of `metric` in any `window_seconds`; `scope_id` null: for each thing of the scope."""

    id: Annotated[str, Meta(examples=["limit_0198c0ffee007abc8def0123456789ab"])]
    org_id: OrgIdText | None
    scope: LimitScope
    scope_id: ScopeIdText | None
    metric: LimitMetric
    window_seconds: WindowSeconds
    cap: Cap
    created_at: Time


class SetLimitBody(RequestBody, frozen=True, kw_only=True):
    """A limit. One with the same scope, scope_id, metric and window gets this cap."""

    scope: LimitScope
    metric: LimitMetric
    window_seconds: WindowSeconds
    cap: Cap
    scope_id: ScopeIdText | None = None


class IpRuleBody(ResponseBody, frozen=True, kw_only=True):
    """What is said about the addresses of one network."""

    id: Annotated[str, Meta(examples=["iprule_0198c0ffee007abc8def0123456789ab"])]
    org_id: OrgIdText
    scope: IpScope
    scope_id: ScopeIdText
    action: IpAction
    network: NetworkText
    note: Note
    created_at: Time


class SetIpRuleBody(RequestBody, frozen=True, kw_only=True):
    """A rule for the organization, or for one key. Naming who may come in keeps everybody else out."""

    action: IpAction
    network: NetworkText
    scope: IpScope = IpScope.ORG
    api_key_id: Annotated[str, Meta(examples=["key_0198c0ffee007abc8def0123456789ab"])] | None = None
    note: Note = ""


def read_terms(body: SetLimitBody) -> LimitTerms:
    """The core's terms. Raises InvalidInput naming `scope_id`."""
    scope_id: UUID | None = None
    if body.scope_id is not None:
        scope_id = read_id(NOUNS[body.scope], body.scope_id, param="scope_id")
    return LimitTerms(
        scope=body.scope, scope_id=scope_id, metric=body.metric, window_seconds=body.window_seconds, cap=body.cap
    )


def show_limit(limit: Limit) -> LimitBody:
    """The wire form."""
    return LimitBody(
        id=show_id("limit", limit.id),
        org_id=None if limit.org_id is None else show_id("org", limit.org_id),
        scope=limit.scope,
        scope_id=None if limit.scope_id is None else show_id(NOUNS[limit.scope], limit.scope_id),
        metric=limit.metric,
        window_seconds=limit.window_seconds,
        cap=limit.cap,
        created_at=limit.created_at,
    )


def show_ip_rule(rule: IpRule) -> IpRuleBody:
    """The wire form."""
    return IpRuleBody(
        id=show_id("ip_rule", rule.id),
        org_id=show_id("org", rule.org_id),
        scope=rule.scope,
        scope_id=show_id("api_key" if rule.scope is IpScope.KEY else "org", rule.scope_id),
        action=rule.action,
        network=str(rule.network),
        note=rule.note,
        created_at=rule.created_at,
    )
