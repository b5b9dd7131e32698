"""stream: the one pump between upstream and client.

Bytes go from the upstream through the tap to the client, in one loop, and the loop decides how the call ended: by the
terminal event, not by the socket. A client that hangs up does not stop the meter: the answer is read on to its usage
and billed for what was asked, unless the organization's policy is to cancel, or the client has said that it wants no
more.
"""

from dataclasses import dataclass, field

from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.pipeline.errors import ClientGone, ClientStopped, UpstreamCut, UpstreamFailed, UpstreamSilent
from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pipeline.metering import Metering
from deepspace_core.pipeline.ports import AnswerHead, PromptClient, UpstreamReply, UsageTap
from deepspace_core.pipeline.sizing import cost_text, told_leaves
from deepspace_core.pipeline.stage import EnterOnly
from deepspace_core.usage import Ending

_new_head = maker_of(AnswerHead)
_COMPLETED, _TRUNCATED = Ending.COMPLETED, Ending.TRUNCATED  # found once, as kernel/making.py says


@dataclass(frozen=True, slots=True)
class Stream(EnterOnly):
    """Pumps the answer out. The last stage: when it has entered, the client has everything it will get."""

    metering: Metering
    clock: Clock
    tasks: Tasks
    drain_seconds: float
    """How long an answer is read on for its usage after the client has gone."""
    name: str = field(default="stream", init=False)

    async def enter(self, exchange: Exchange) -> None:
        reply, tap = exchange.reply, exchange.tap
        if reply is None or tap is None:
            raise LookupError("`stream` needs `newapi_call` and `usage_capture` before it")
        try:
            await self._pump(exchange, reply, tap)
        except ClientGone as gone:
            # Whoever hangs up after the terminal event has had the whole answer.
            exchange.ending = Ending.COMPLETED if tap.finished else Ending.CLIENT_ABORTED
            if not tap.finished and not isinstance(gone, ClientStopped):
                await self._drained(exchange, reply, tap)
        except UpstreamSilent as fault:
            await self._broken_off(exchange, tap, fault, Ending.TIMED_OUT)
        except UpstreamCut as fault:
            await self._broken_off(exchange, tap, fault, Ending.TRUNCATED)
        except UpstreamFailed as fault:
            await self._broken_off(exchange, tap, fault, Ending.UPSTREAM_ERROR)

    async def _pump(self, exchange: Exchange, reply: UpstreamReply, tap: UsageTap) -> None:
        exchange.ending = _TRUNCATED
        client = exchange.client
        if not tap.whole:
            await client.start(self._head(exchange, reply, tap))
        prompt = None if tap.whole else client.prompt
        if prompt is None:
            await self._passed_on(exchange, reply, tap)
        else:
            await self._flowed(exchange, reply, tap, prompt)
        onward = tap.close()
        if tap.finished:
            exchange.ending = _COMPLETED
        if tap.whole:
            await client.start(self._head(exchange, reply, tap))
        if onward:
            self._before(exchange, tap, onward)
            await client.send(onward)
        elif not tap.finished:
            raise UpstreamCut("the model provider ended the answer before its end")
        else:
            self.metering.foresee(exchange, self.name)
        await client.finish()

    def _head(self, exchange: Exchange, reply: UpstreamReply, tap: UsageTap) -> AnswerHead:
        card, costing = exchange.rate_card, exchange.costing
        leaves = None if card is None else told_leaves(card, tap)
        head = _new_head(
            reply.content_type,
            exchange.request.stream,
            exchange.verdict,
            self.clock.monotonic_nanos() - exchange.began_nanos,
            None if costing is None or leaves is None else cost_text(costing(leaves, tap.units)),
            whole=tap.whole or exchange.request.stream,
            status=reply.status,
        )
        if exchange.recording is not None:
            exchange.recording.head = head
        return head

    async def _passed_on(self, exchange: Exchange, reply: UpstreamReply, tap: UsageTap) -> None:
        async for piece in reply.chunks():
            onward = tap.feed(piece)
            if onward:
                self._before(exchange, tap, onward)
                await exchange.client.send(onward)

    async def _flowed(self, exchange: Exchange, reply: UpstreamReply, tap: UsageTap, client: PromptClient) -> None:
        """Each piece goes on in the very moment it comes; only a client without room is waited for."""

        def take(piece: bytes) -> bool:
            onward = tap.feed(piece)
            if not onward:
                return True
            self._before(exchange, tap, onward)
            return client.offer(onward)

        while not await reply.flow(take):
            await client.ready()

    def _before(self, exchange: Exchange, tap: UsageTap, onward: bytes) -> None:
        """What has to be written down before these bytes go out."""
        if exchange.first_token_nanos is None:
            exchange.first_token_nanos = self.clock.monotonic_nanos() - exchange.began_nanos
        exchange.bytes_sent += len(onward)
        if tap.finished:
            self.metering.foresee(exchange, self.name)

    async def _drained(self, exchange: Exchange, reply: UpstreamReply, tap: UsageTap) -> None:
        """Reads on for the usage. Whatever fails now fails unseen: what has been delivered is billed all the same."""
        if exchange.admitted().principal.on_abort == "cancel":
            return
        try:
            await self.tasks.within(self.drain_seconds, self._rest_read(reply, tap))
        except (TimeoutError, DeepSpaceError):
            return

    async def _rest_read(self, reply: UpstreamReply, tap: UsageTap) -> None:
        async for piece in reply.chunks():
            tap.feed(piece)
        tap.close()

    async def _broken_off(self, exchange: Exchange, tap: UsageTap, fault: DeepSpaceError, ending: Ending) -> None:
        """Tells a stream's client in the stream; a client that has had nothing yet gets a status instead."""
        exchange.ending = ending
        exchange.fault = fault
        if not exchange.request.stream:
            raise fault
        try:
            await exchange.client.send(tap.error_event(message=fault.message, code=fault.code))
            await exchange.client.finish()
        except ClientGone:
            return
