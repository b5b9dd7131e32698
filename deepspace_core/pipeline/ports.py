"""What the pipeline needs of the world: an upstream, a client, a look at the bytes that pass between them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from deepspace_core.catalogue import Model
from deepspace_core.channels import Channel
from deepspace_core.identity import Principal, Secret
from deepspace_core.kernel.ids import ModelId, OrgId, TraceId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.units import NO_UNITS, Units
from deepspace_core.pipeline.idempotency import Claim, Claimed
from deepspace_core.pipeline.model_request import ModelRequest
from deepspace_core.pipeline.past_call import PastCall, PastOrigin
from deepspace_core.pipeline.route import Route
from deepspace_core.policy import PolicySet, Verdict
from deepspace_core.pricing import RateCard, TokenLeaves


@dataclass(frozen=True, slots=True)
class BodyStream:
    """A body that is passed on as it comes. It can be read once: a call that has begun to send it can't be repeated."""

    length: int | None
    """Bytes; None where nobody knows beforehand."""
    pieces: AsyncIterator[bytes]


class Upload(Protocol):
    """A client's body that is too large to be held."""

    @property
    def bytes_read(self) -> int: ...

    @property
    def digest(self) -> bytes:
        """Tells one body from another; of a body that has been read whole beforehand."""
        ...

    @property
    def begun(self) -> bool:
        """Whether some of it has been passed on, so that it can't be sent again."""
        ...

    @property
    def fault(self) -> Exception | None:
        """Why it did not come to its end: the client left, or sent too much. It has ended the call upstream too."""
        ...

    def body(self, *, model: str) -> BodyStream:
        """The client's bytes, with that name of the model."""
        ...


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """What is sent on: the client's own bytes, but for the model's upstream name and the demand for usage."""

    path: str
    body: bytes
    stream: bool
    traceparent: str
    """W3C Trace Context: our span, so that the upstream's becomes its child."""
    request_id: str
    model: str = ""
    """Our name of the model: by it channels are chosen and priced."""
    upstream_model: str = ""
    """The name that stands in the body."""
    method: str = "POST"
    content_type: str = "application/json"
    headers: Sequence[tuple[bytes, bytes]] = ()
    """Of the client's, those that are the upstream's business."""
    upload: Upload | None = None
    """Instead of `body`."""
    any_answer: bool = False
    """Whether an answer may be something other than one JSON object or events; such a one is not held back."""


Take: TypeAlias = Callable[[bytes], bool]
"""Takes a piece without waiting; whether it may be given another."""


class UpstreamReply(Protocol):
    """An accepted call: the upstream has answered 200 and, in a stream, its first event is no error."""

    @property
    def status(self) -> int:
        """How the upstream numbered its answer."""
        ...

    @property
    def content_type(self) -> str: ...

    @property
    def upstream_request_id(self) -> str | None: ...

    @property
    def attempts(self) -> int:
        """How often the call was sent, this success included."""
        ...

    @property
    def channel(self) -> Channel | None:
        """Where it was answered; None where there are no channels (a test, a single upstream in an embedding)."""
        ...

    @property
    def model(self) -> str:
        """Our name of the model."""
        ...

    @property
    def upstream_model(self) -> str:
        """What the channel calls it."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, in pieces that need not end where an event ends.

        Raises UpstreamCut when it breaks off and UpstreamSilent when it stalls for longer than the idle timeout.
        """
        ...

    async def flow(self, take: Take) -> bool:
        """The same, each piece handed to `take` the moment it comes: True at the body's end, False as soon as `take`
        wants no more for now. Raises what `chunks` raises, and what `take` raises."""
        ...

    async def close(self) -> None: ...


class Upstream(Protocol):
    """The only exit to AI.

    `send` raises UpstreamUnreachable, UpstreamSilent, UpstreamFailed, UpstreamMisconfigured or UpstreamRefused; it
    retries what is safe to retry, before the first content byte only.
    """

    async def send(self, request: UpstreamRequest) -> UpstreamReply: ...

    def note_broken(self, reply: UpstreamReply) -> None:
        """Told of an answer that broke off after it had begun, so that others go elsewhere."""
        ...


class ChannelCaller(Protocol):
    """Sends a call to one channel, once."""

    async def call(self, channel: Channel, request: UpstreamRequest, *, attempt: int) -> UpstreamReply:
        """`attempt` is what the reply will say of itself. Raises what `Upstream.send` raises; of the fault's `fields`,
        `upstream_status`, `upstream_code`, `upstream_retry_after_seconds` and `unsent` tell what may be done now."""
        ...


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """What is known when the answer begins. `cost` is the exact amount in whole units; None in a stream. `replay_of`
    names the trace of the call whose answer is given again."""

    content_type: str
    stream: bool
    """Whether it comes as server-sent events."""
    verdict: Verdict | None
    elapsed_nanos: int
    cost: str | None
    replay_of: TraceId | None = None
    whole: bool = True
    """Whether it is sent in one piece, where it is no stream of events."""
    status: int = 200
    """How the upstream numbered it: 200, but for what is passed through."""


class PromptClient(Protocol):
    """A client to whom pieces can be given without waiting, so that a stream pays for no turn of the event loop."""

    def offer(self, piece: bytes) -> bool:
        """Takes the piece; whether there is room for another. Raises ClientGone."""
        ...

    async def ready(self) -> None:
        """Until there is room."""
        ...


class Client(Protocol):
    """Whoever waits for the answer. Every method raises ClientGone once it has hung up."""

    @property
    def status(self) -> int:
        """How the answer to this client is numbered, in the client's own protocol."""
        ...

    async def is_gone(self) -> bool:
        """Whether nobody waits any more, as far as can be told without sending. Costs a turn of the event loop."""
        ...

    async def start(self, answer: "AnswerHead") -> None:
        """Commits to success. Nothing may fail with a status of its own after this."""
        ...

    @property
    def prompt(self) -> PromptClient | None:
        """The same client, where pieces can be given to it without waiting; asked once the answer has begun."""
        ...

    async def send(self, piece: bytes) -> None: ...

    async def finish(self) -> None: ...


class UsageTap(Protocol):
    """Looks at an answer's bytes as they pass, and says what to hand on.

    It strips the usage chunk the client did not ask for, adds the cost to the one it did, and remembers whether the
    terminal event came. It never changes any other byte.
    """

    def feed(self, piece: bytes) -> bytes:
        """Takes a piece from the upstream, gives what may go to the client now (perhaps nothing)."""
        ...

    def close(self) -> bytes:
        """The upstream has ended: what was kept back, if anything."""
        ...

    @property
    def usage(self) -> TokenLeaves | None: ...

    @property
    def units(self) -> Units:
        """What the answer holds of what is not counted in tokens, as far as it has passed."""
        ...

    @property
    def whole(self) -> bool:
        """Whether nothing is handed on before the answer is whole."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the terminal event was seen: the answer is whole, whatever the socket does now."""
        ...

    @property
    def content_seen(self) -> bool:
        """Whether anything that a model produced has passed."""
        ...

    def delivered_text(self) -> str:
        """The text that has passed, for an estimate when no usage came. Costs a decode; call it at the end."""
        ...

    def error_event(self, *, message: str, code: str) -> bytes:
        """The bytes that tell the client of a failure in mid-answer."""
        ...


class RequestReader(Protocol):
    """Reads the few fields of a body of that route. Raises InvalidInput naming the one at fault."""

    def __call__(self, route: Route, body: bytes) -> ModelRequest: ...


class WireCodec(Protocol):
    """Reads and rewrites bodies without knowing more of them than the gateway needs."""

    def rewrite(self, body: bytes, *, model: str | None, ask_usage: bool) -> bytes:
        """The body with the model's upstream name and `include_usage`, every other byte of every field as it was."""
        ...

    def tap(self, route: Route, request: ModelRequest, *, content_type: str, price: "PriceOfUsage") -> UsageTap:
        """What looks at an answer of that content type to that request."""
        ...


class PriceOfUsage(Protocol):
    """Says what seen usage costs, as decimal text in whole units, for the answer's `usage.cost`."""

    def __call__(self, leaves: TokenLeaves, units: Units = NO_UNITS) -> str: ...


class Authenticator(Protocol):
    """From an API key, and the address that shows it, to its principal. May remember an answer for half a second.

    Raises Unauthenticated's kinds, and TooManyFailures for an address that has shown too many wrong keys.
    """

    def __call__(self, *, secret: Secret, address: str | None) -> Awaitable[Principal]: ...


class Directory(Protocol):
    """What the hot path looks up, each answer at most a second old."""

    def find_model(self, name: str) -> Awaitable[Model | None]: ...

    def find_rate_card(self, model_id: ModelId) -> Awaitable[RateCard | None]:
        """The card in effect now."""
        ...

    def policies_of(self, org_id: OrgId) -> Awaitable[PolicySet]:
        """The limits and address rules that may concern calls of an organization."""
        ...


class IdempotencyKeys(Protocol):
    """Stores who has claimed which key, and the answers that are kept. A `KeptAnswer` is written as a rider."""

    async def claim(self, tx: Transaction, claim: Claim) -> Claimed | None:
        """None: the key is the caller's now. Otherwise what stands under it; what is over by `claimed_at` does not."""
        ...

    async def free(self, tx: Transaction, claim: Claim) -> None:
        """Gives a running claim back; one that has been answered, or is another call's by now, stays."""
        ...

    async def prune(self, tx: Transaction, *, now: datetime, limit: int) -> int:
        """Forgets keys whose time is over, the oldest first; how many."""
        ...

    async def shrink(self, tx: Transaction, *, bytes_max: int, limit: int) -> int:
        """Drops the oldest answers of organizations that keep more than `bytes_max` of them; how many answers."""
        ...


class PastCalls(Protocol):
    """Calls that have been let in, for judging a rule by them."""

    def calls(
        self, tx: Transaction, org_id: OrgId, *, since: datetime, until: datetime
    ) -> AsyncIterator[Sequence[PastCall]]:
        """Metered calls that began in the period, in the order in which they did, as a stream of batches."""
        ...

    async def origins(
        self, tx: Transaction, org_id: OrgId, *, since: datetime, until: datetime, limit: int
    ) -> Sequence[PastOrigin]:
        """What was answered in the period, by key, address and model; most calls first."""
        ...


class AnswerSeal(Protocol):
    """Seals an answer with a secret of 32 bytes, so that whoever reads the store can't read it."""

    def seal(self, body: bytes, *, secret: bytes) -> bytes: ...

    def open(self, sealed: bytes, *, secret: bytes) -> bytes:
        """Raises SecretUnreadable when it was not sealed with that secret."""
        ...
