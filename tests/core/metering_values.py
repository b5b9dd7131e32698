"""Values of catalogue, pricing, usage, audit and policy that their tests start from and change with `replace`."""

from datetime import UTC, datetime
from uuid import UUID

from deepspace_core.audit import RequestLog, StageTiming
from deepspace_core.catalogue import Model, ModelKind, Visibility
from deepspace_core.identity import Permission, Principal, SystemActor
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import (
    ApiKeyId,
    AppId,
    EventId,
    ModelId,
    OrgId,
    PriceId,
    ProjectId,
    TraceId,
    UsageRecordId,
    UserId,
    WalletId,
    WorkspaceId,
)
from deepspace_core.policy import IpAction, IpRule, IpRuleId, IpScope, Limit, LimitId, LimitMetric, LimitScope
from deepspace_core.policy.ip_rule import read_network
from deepspace_core.pricing import Leaf, RateCard, Tier, TokenLeaves
from deepspace_core.usage import Ending, UsageRecord, UsageSource

PAST = datetime(2024, 1, 10, 12, 0, tzinfo=UTC)
"""Before any clock on the wall, so that a real database finds it past too."""
ORG = OrgId(UUID(int=0xA))
OTHER_ORG = OrgId(UUID(int=0xB))
PROJECT = ProjectId(UUID(int=0xC))
KEY = ApiKeyId(UUID(int=0xD))
USER = UserId(UUID(int=0xE))
MODEL = ModelId(UUID(int=0xF))
TRACE = TraceId("0af7651916cd43dd8448eb211c80319c")

OPERATOR = SystemActor("test")
OWNER = Principal(
    kind="session",
    user_id=USER,
    org_id=ORG,
    wallet_id=WalletId(UUID(int=0x10)),
    permissions=frozenset(Permission),
    project_id=PROJECT,
)
NOBODY = Principal(
    kind="api_key",
    user_id=USER,
    org_id=ORG,
    wallet_id=WalletId(UUID(int=0x10)),
    permissions=frozenset(),
    api_key_id=KEY,
)

SMOL = Model(
    id=MODEL,
    name="smollm2",
    upstream_name="smollm2-135m",
    kinds=frozenset({ModelKind.CHAT, ModelKind.COMPLETION}),
    context_tokens=8_192,
    output_tokens_max=2_048,
    enabled=True,
    visibility=Visibility.PUBLIC,
    created_at=PAST,
)
CARD = RateCard(
    id=PriceId(UUID(int=0x20)),
    model_id=MODEL,
    version=1,
    effective_at=PAST,
    currency="USD",
    tiers=(Tier(0, {Leaf.INPUT_UNCACHED: 1_000_000, Leaf.OUTPUT_TEXT: 2_000_000}),),
)
USED = UsageRecord(
    id=UsageRecordId(UUID(int=0x30)),
    org_id=ORG,
    workspace_id=WorkspaceId(UUID(int=0x31)),
    project_id=PROJECT,
    api_key_id=KEY,
    user_id=USER,
    model_id=MODEL,
    model_name="smollm2",
    route="chat.completions",
    stream=True,
    leaves=TokenLeaves(input_uncached=10, input_cached_read=3, output_text=5, output_reasoning=2),
    cost_picos=27_000_500,
    cost_nanos=27_000,
    currency="USD",
    price_id=CARD.id,
    price_version=1,
    usage_source=UsageSource.UPSTREAM,
    ending=Ending.COMPLETED,
    trace_id=TRACE,
    hold_ref="hold:1",
    capture_ref="capture:1",
    started_at=PAST,
    ended_at=PAST,
    latency_ms=120,
    first_token_ms=40,
    app_id=AppId(UUID(int=0x33)),
)
FACT = Event(
    id=EventId(UUID(int=0x40)),
    at=PAST,
    event_type="api_key.revoked",
    org_id=ORG,
    actor=f"user:{USER}",
    subject="key_0",
    trace_id=TRACE,
    payload={"name": "build server", "scopes": ["models:use"], "left": 0},
)
REQUEST = RequestLog(
    id=UUID(int=0x50),
    trace_id=TRACE,
    org_id=ORG,
    project_id=PROJECT,
    api_key_id=KEY,
    user_id=USER,
    method="POST",
    route="chat.completions",
    model_name="smollm2",
    stream=True,
    status=200,
    error_code=None,
    stages=(StageTiming("auth", 10, 200), StageTiming("budget_hold", 300, 900, "rejected")),
    client_address="192.0.2.7",
    user_agent="OpenAI/Python 3",
    request_bytes=812,
    response_bytes=5_120,
    started_at=PAST,
    duration_ms=130,
    first_token_ms=40,
    upstream_request_id="up-1",
    upstream_status=200,
    attempts=1,
)
REQUESTS_A_MINUTE = Limit(
    id=LimitId(UUID(int=0x60)),
    org_id=ORG,
    scope=LimitScope.KEY,
    scope_id=None,
    metric=LimitMetric.REQUESTS,
    window_seconds=60,
    cap=10,
    created_at=PAST,
)
OFFICE = IpRule(
    id=IpRuleId(UUID(int=0x70)),
    org_id=ORG,
    scope=IpScope.ORG,
    scope_id=ORG,
    action=IpAction.ALLOW,
    network=read_network("192.0.2.0/24"),
    note="office",
    created_at=PAST,
)
