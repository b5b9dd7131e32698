"""The exchange: everything that is known of one call while it passes through the pipeline.

The only mutable object of the context. Each field says which stage fills it; a stage reads what earlier stages wrote.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

from deepspace_core.audit import StageTiming
from deepspace_core.catalogue import Model
from deepspace_core.identity import Principal, Secret
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.units import NO_UNITS, Units
from deepspace_core.pipeline.model_request import ModelRequest
from deepspace_core.pipeline.ports import Client, Upload, UpstreamReply, UsageTap
from deepspace_core.pipeline.recording import Recording
from deepspace_core.pipeline.route import Route
from deepspace_core.pipeline.settlement import Unsettled
from deepspace_core.policy import Verdict
from deepspace_core.pricing import NO_TOKENS, Cost, Quote, RateCard, TokenLeaves
from deepspace_core.usage import Ending, UsageSource

NANOS_PER_MICROSECOND = 1_000

Costing: TypeAlias = Callable[[TokenLeaves, Units], Cost]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the call is believed to be, in tokens."""

    input_tokens: int
    output_tokens_max: int


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who calls, and which model."""

    principal: Principal
    model: Model


_new_admitted = maker_of(Admitted)


class Foreseen(NamedTuple):
    """How a call will be settled if nothing else comes, and what its tap had been told of usage by then."""

    unsettled: Unsettled
    usage: TokenLeaves | None


@dataclass(slots=True)
class Exchange:
    """One call through the gateway."""

    call_id: UUID
    """Ours alone, never used twice: the refs of the call's money are made of it. A trace may span many calls."""
    trace_id: TraceId
    request_id: str
    traceparent: str
    route: Route
    received_at: datetime
    began_nanos: int
    """`Clock.monotonic_nanos` when the call began: durations only."""
    body: bytes
    request: ModelRequest
    client: Client
    client_address: str | None = None
    user_agent: str | None = None
    secret: Secret | None = None
    """The API key as it came; read by `auth` and by nothing else."""
    forwarded: tuple[tuple[bytes, bytes], ...] = ()
    """Headers of the client's that are the upstream's business (`anthropic-version`), and no others."""
    method: str = "POST"
    path: str = ""
    """Below the API's root, with its query; only of routes that are passed through."""
    content_type: str = "application/json"
    upload: Upload | None = None
    """A body that is passed on as it comes, instead of `body`."""
    idempotency_key: str | None = None

    # auth; a caller that has authenticated already (the web chat) fills `principal` itself
    principal: Principal | None = None
    model: Model | None = None
    # rate_limit or budget_hold, whichever asks first
    size: Size | None = None
    # rate_limit
    verdict: Verdict | None = None
    # idempotency
    recording: Recording | None = None
    replay_of: TraceId | None = None
    """The trace of the call whose stored answer this one was answered with."""
    # budget_hold
    rate_card: RateCard | None = None
    quote: Quote | None = None
    hold_ref: str | None = None
    """The ref of the open hold; None again as soon as the hold is settled."""
    # newapi_call
    reply: UpstreamReply | None = None
    # usage_capture
    tap: UsageTap | None = None
    costing: Costing | None = None
    """What tokens and units cost by the call's rate card."""
    usage_source: UsageSource | None = None
    leaves: TokenLeaves = NO_TOKENS
    units: Units = NO_UNITS
    cost: Cost | None = None
    foreseen: Foreseen | None = None
    # stream
    ending: Ending | None = None
    fault: DeepSpaceError | None = None
    """Why an answer broke off after it had begun."""
    first_token_nanos: int | None = None
    bytes_sent: int = 0
    # every stage
    timeline: list[StageTiming] = field(default_factory=list)
    logged: bool = False
    """Whether the request log of this call is durable or on its way."""
    notes: dict[str, object] = field(default_factory=dict)
    """What a deployment's own stages want to remember; nothing of ours reads it."""
    _admitted: Admitted | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def body_told(self) -> bytes:
        """What tells this call's body from another's: itself, or the digest of one that is passed on as it comes."""
        return self.body if self.upload is None else self.upload.digest

    @property
    def body_bytes(self) -> int:
        """How long the body is, as far as it has been read."""
        return len(self.body) if self.upload is None else self.upload.bytes_read

    def admitted(self) -> Admitted:
        """The parts that are certain after `auth`. Raises LookupError when `auth` has not been passed."""
        known = self._admitted
        if known is not None and known.principal is self.principal and known.model is self.model:
            return known  # asked by nearly every stage
        if self.principal is None or self.model is None:
            raise LookupError("the exchange has not passed the stage `auth`")
        self._admitted = _new_admitted(self.principal, self.model)
        return self._admitted
