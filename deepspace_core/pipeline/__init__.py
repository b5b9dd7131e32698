"""The way a call takes through the gateway: ordered stages over one exchange.

`docs/pipeline.md` shows how to add a stage.
"""

from deepspace_core.pipeline.errors import (
    Answered,
    ClientGone,
    ClientStopped,
    IdempotencyKeyReused,
    IdempotentAnswerGone,
    IdempotentCallRunning,
    InsufficientQuota,
    ModelNotAllowed,
    ModelNotPriced,
    RouteNotServed,
    UpstreamCut,
    UpstreamFailed,
    UpstreamMisconfigured,
    UpstreamRefused,
    UpstreamSilent,
    UpstreamUnreachable,
)
from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pipeline.fallback import ChannelRouter
from deepspace_core.pipeline.idempotency import Answer, Claim, Claimed, ClaimState, KeptAnswer, read_key
from deepspace_core.pipeline.model_request import ModelRequest
from deepspace_core.pipeline.outputs import OutputEstimates
from deepspace_core.pipeline.passthrough import PassedRoute, methods_of, passed_route, read_passed_routes
from deepspace_core.pipeline.past_call import PastCall, PastOrigin
from deepspace_core.pipeline.pipeline import ORDER, Pipeline, assemble, dropped, inserted
from deepspace_core.pipeline.ports import (
    AnswerHead,
    AnswerSeal,
    Authenticator,
    BodyStream,
    ChannelCaller,
    Client,
    Directory,
    IdempotencyKeys,
    PastCalls,
    PriceOfUsage,
    PromptClient,
    RequestReader,
    Take,
    Upload,
    Upstream,
    UpstreamReply,
    UpstreamRequest,
    UsageTap,
    WireCodec,
)
from deepspace_core.pipeline.purpose import Purpose, PurposeKind, read_purpose
from deepspace_core.pipeline.request_log import CallLog
from deepspace_core.pipeline.route import TRAITS, Route, RouteTraits
from deepspace_core.pipeline.settlement import Settlement, SettlementJournal, Settler, Unsettled
from deepspace_core.pipeline.sizing import Sizer
from deepspace_core.pipeline.stage import EnterOnly, Stage

__all__ = [
    "ORDER",
    "TRAITS",
    "Answer",
    "AnswerHead",
    "AnswerSeal",
    "Answered",
    "Authenticator",
    "BodyStream",
    "CallLog",
    "ChannelCaller",
    "ChannelRouter",
    "Claim",
    "ClaimState",
    "Claimed",
    "Client",
    "ClientGone",
    "ClientStopped",
    "Directory",
    "EnterOnly",
    "Exchange",
    "IdempotencyKeyReused",
    "IdempotencyKeys",
    "IdempotentAnswerGone",
    "IdempotentCallRunning",
    "InsufficientQuota",
    "KeptAnswer",
    "ModelNotAllowed",
    "ModelNotPriced",
    "ModelRequest",
    "OutputEstimates",
    "PassedRoute",
    "PastCall",
    "PastCalls",
    "PastOrigin",
    "Pipeline",
    "PriceOfUsage",
    "PromptClient",
    "Purpose",
    "PurposeKind",
    "RequestReader",
    "Route",
    "RouteNotServed",
    "RouteTraits",
    "Settlement",
    "SettlementJournal",
    "Settler",
    "Sizer",
    "Stage",
    "Take",
    "Unsettled",
    "Upload",
    "Upstream",
    "UpstreamCut",
    "UpstreamFailed",
    "UpstreamMisconfigured",
    "UpstreamRefused",
    "UpstreamReply",
    "UpstreamRequest",
    "UpstreamSilent",
    "UpstreamUnreachable",
    "UsageTap",
    "WireCodec",
    "assemble",
    "dropped",
    "inserted",
    "methods_of",
    "passed_route",
    "read_key",
    "read_passed_routes",
    "read_purpose",
]
