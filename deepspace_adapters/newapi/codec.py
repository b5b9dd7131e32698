"""The `WireCodec` port: which reader, which rewriting and which tap belong to a route.

Rules: what is forwarded is the original bytes, or the original bytes of every field but the ones the gateway owns
(`model`, `stream_options`, `usage`). Unknown fields therefore survive both ways.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from deepspace_adapters.newapi.answer_tap import AnswerTap
from deepspace_adapters.newapi.event_tap import AUDIO_EVENTS, IMAGE_EVENTS, MESSAGE_EVENTS, RESPONSE_EVENTS, EventTap
from deepspace_adapters.newapi.pass_tap import PassTap
from deepspace_adapters.newapi.stream_tap import StreamTap
from deepspace_adapters.newapi.usage import (
    UsageReader,
    read_heard_usage,
    read_message_usage,
    read_pictured_usage,
    read_response_usage,
    read_usage,
)
from deepspace_core.pipeline import TRAITS, ModelRequest, PriceOfUsage, Route, UsageTap
from deepspace_core.pricing import NO_TOKENS, Unit

_fields_decoder = msgspec.json.Decoder(dict[str, Raw])
_encoder = msgspec.json.Encoder()
_INCLUDE_USAGE = Raw(b'{"include_usage":true}')

EVENTS_OF = {
    Route.RESPONSES: RESPONSE_EVENTS,
    Route.MESSAGES: MESSAGE_EVENTS,
    Route.IMAGE_GENERATIONS: IMAGE_EVENTS,
    Route.IMAGE_EDITS: IMAGE_EVENTS,
    Route.SPEECH: AUDIO_EVENTS,
    Route.TRANSCRIPTIONS: AUDIO_EVENTS,
}
"""The routes whose streams are of named events; the others' end with `[DONE]`."""

READER_OF: Mapping[Route, UsageReader] = {
    Route.RESPONSES: read_response_usage,
    Route.MESSAGES: read_message_usage,
    Route.IMAGE_GENERATIONS: read_pictured_usage,
    Route.IMAGE_EDITS: read_pictured_usage,
    Route.IMAGE_VARIATIONS: read_pictured_usage,
    Route.SPEECH: read_heard_usage,
    Route.TRANSCRIPTIONS: read_heard_usage,
    Route.TRANSLATIONS: read_heard_usage,
}
"""How each route's answers tell their usage; the others in the manner of chat completions."""

SHOWN_BY = {
    Route.IMAGE_GENERATIONS: Unit.IMAGES,
    Route.IMAGE_EDITS: Unit.IMAGES,
    Route.IMAGE_VARIATIONS: Unit.IMAGES,
    Route.TRANSCRIPTIONS: Unit.AUDIO_SECONDS,
    Route.TRANSLATIONS: Unit.AUDIO_SECONDS,
}
"""The unit that an answer in one piece shows by itself."""

_JSON = "application/json"


class OpenAiCodec:
    """The `WireCodec` port for OpenAI's and Anthropic's JSON and server-sent events."""

    def rewrite(self, body: bytes, *, model: str | None, ask_usage: bool) -> bytes:
        if model is None and not ask_usage:
            return body
        if not body:
            return body  # a form, which renames its model on the way
        fields = _fields_decoder.decode(body)
        if model is not None:
            fields["model"] = Raw(_encoder.encode(model))
        if ask_usage:
            fields["stream_options"] = _with_usage(fields.get("stream_options"))
        return _encoder.encode(fields)

    def tap(self, route: Route, request: ModelRequest, *, content_type: str, price: PriceOfUsage) -> UsageTap:
        traits = TRAITS[route]
        if traits.by_request:
            return PassTap(usage=NO_TOKENS, whole_events=request.stream)
        if request.stream:  # as the answer proved, where it may be something else
            if route in EVENTS_OF:
                return EventTap(EVENTS_OF[route], read=READER_OF[route], price=price)
            return StreamTap(usage_wanted=request.usage_wanted, price=price)
        if traits.any_answer and not content_type.startswith(_JSON):
            return PassTap(units=request.units_max if route is Route.SPEECH else None)
        return AnswerTap(price=price, read=READER_OF.get(route, read_usage), shows=SHOWN_BY.get(route))


def _with_usage(options: Raw | None) -> Raw:
    if options is None or bytes(options) == b"null":
        return _INCLUDE_USAGE
    fields = _fields_decoder.decode(options)
    fields["include_usage"] = Raw(b"true")
    return Raw(_encoder.encode(fields))
