"""newapi_call: sends the call upstream. Answered errors and errors inside a 200 end it before anything is committed."""

from dataclasses import dataclass, field, replace

from deepspace_core.kernel.making import maker_of
from deepspace_core.pipeline.errors import ClientGone
from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pipeline.ports import Upstream, UpstreamRequest, WireCodec
from deepspace_core.pipeline.route import TRAITS, Route
from deepspace_core.usage import Ending

EVENTS = "text/event-stream"
ASKED_FOR_USAGE = frozenset({Route.CHAT_COMPLETIONS, Route.COMPLETIONS})
"""Whose streams tell their usage only if they are asked; the others always do."""
PATIENCE_MICROS = 1_000_000
"""A call whose way in took longer than this is sent only if somebody still waits for it."""


_new_request = maker_of(UpstreamRequest)


@dataclass(frozen=True, slots=True)
class NewApiCall:
    """Opens the upstream's answer; closes it on the way back, which frees its connection whatever happened."""

    upstream: Upstream
    codec: WireCodec
    name: str = field(default="newapi_call", init=False)

    async def enter(self, exchange: Exchange) -> None:
        # Looking whether a client is still there would read its upload.
        if exchange.upload is None and _waited_micros(exchange) > PATIENCE_MICROS and await exchange.client.is_gone():
            raise ClientGone
        try:
            exchange.reply = await self.upstream.send(self._request(exchange))
        except Exception:
            if exchange.upload is not None and exchange.upload.fault is not None:
                # It is the client that broke off in the middle of its body; the upstream has only noticed.
                raise exchange.upload.fault from None
            raise
        if exchange.upload is not None or TRAITS[exchange.route].any_answer:
            # The wish for events may stand behind a file, or be passed over: the answer tells.
            exchange.request = replace(exchange.request, stream=exchange.reply.content_type.startswith(EVENTS))

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        if exchange.reply is None:
            return
        if exchange.fault is not None:
            self.upstream.note_broken(exchange.reply)
        await exchange.reply.close()

    def _request(self, exchange: Exchange) -> UpstreamRequest:
        wanted, model = exchange.request, exchange.admitted().model
        is_named = model.upstream_name == wanted.model and wanted.model_named
        renamed = None if is_named or exchange.route is Route.PASSTHROUGH else model.upstream_name
        ask_usage = wanted.stream and not wanted.usage_wanted and exchange.route in ASKED_FOR_USAGE
        return _new_request(
            exchange.path or exchange.route,
            self.codec.rewrite(exchange.body, model=renamed, ask_usage=ask_usage),
            wanted.stream,
            exchange.traceparent,
            exchange.request_id,
            model.name,
            model.upstream_name,
            exchange.method,
            exchange.content_type,
            exchange.forwarded,
            exchange.upload,
            TRAITS[exchange.route].any_answer,
        )


def _waited_micros(exchange: Exchange) -> int:
    """Since its first stage was entered."""
    if not exchange.timeline:
        return 0
    return exchange.timeline[-1].until_micros - exchange.timeline[0].began_micros
