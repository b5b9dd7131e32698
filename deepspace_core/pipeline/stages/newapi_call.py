"""newapi_call: sends the call upstream. Answered errors and errors inside a 200 end it before anything is committed."""

from dataclasses import dataclass, field

from deepspace_core.pipeline.errors import ClientGone
from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pipeline.model_request import Route
from deepspace_core.pipeline.ports import Upstream, UpstreamRequest, WireCodec
from deepspace_core.usage import Ending

PATIENCE_NANOS = 1_000_000_000
"""A call whose way in took longer than this is sent only if somebody still waits for it."""


@dataclass(frozen=True, slots=True)
class NewApiCall:
    """Opens the upstream's answer; closes it on the way back, which frees its connection whatever happened."""

    upstream: Upstream
    codec: WireCodec
    name: str = field(default="newapi_call", init=False)

    async def enter(self, exchange: Exchange) -> None:
        if _waited_nanos(exchange) > PATIENCE_NANOS and await exchange.client.is_gone():
            raise ClientGone
        exchange.reply = await self.upstream.send(self._request(exchange))

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        if exchange.reply is not None:
            await exchange.reply.close()

    def _request(self, exchange: Exchange) -> UpstreamRequest:
        wanted, model = exchange.request, exchange.admitted().model
        renamed = model.upstream_name if model.upstream_name != wanted.model else None
        ask_usage = wanted.stream and not wanted.usage_wanted and exchange.route is not Route.EMBEDDINGS
        return UpstreamRequest(
            path=exchange.route.value,
            body=self.codec.rewrite(exchange.body, model=renamed, ask_usage=ask_usage),
            stream=wanted.stream,
            traceparent=exchange.traceparent,
            request_id=exchange.request_id,
        )


def _waited_nanos(exchange: Exchange) -> int:
    return sum(mark.took_nanos for mark in exchange.timeline)
