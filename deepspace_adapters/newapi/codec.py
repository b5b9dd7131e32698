"""Reads and rewrites the OpenAI wire format, knowing as little of it as billing needs.

Rules: a body is scanned once, to a few fields; what is forwarded is the original bytes, or the original bytes of every
field but the ones the gateway owns (`model`, `stream_options`, `usage`). Unknown fields therefore survive both ways.
What the gateway reads must be what the upstream reads. NewAPI is written in Go, whose JSON takes `Model` for `model`,
the last one wins: a field that differs from one of the gateway's by letter case alone would name one model to the
meter and another to the upstream, or turn off its usage, so it is refused.
Source of the shapes: the OpenAI API reference, chat completions, completions and embeddings.
"""

from collections.abc import Collection, Iterable

import msgspec
from msgspec import Raw, Struct

from deepspace_adapters.newapi.answer_tap import AnswerTap
from deepspace_adapters.newapi.errors import UNREADABLE
from deepspace_adapters.newapi.stream_tap import StreamTap
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.pipeline import ModelRequest, PriceOfUsage, UsageTap

CHOICES_MAX = 128
"""OpenAI's own ceiling for `n`."""


class _StreamOptions(Struct):
    include_usage: bool | None = None


class _RequestFields(Struct):
    model: str
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None


_READ = _RequestFields.__struct_fields__
_READ_OF_OPTIONS = _StreamOptions.__struct_fields__

_request_decoder = msgspec.json.Decoder(_RequestFields)
_fields_decoder = msgspec.json.Decoder(dict[str, Raw])
_encoder = msgspec.json.Encoder()
_INCLUDE_USAGE = Raw(b'{"include_usage":true}')


def read_request(body: bytes) -> ModelRequest:
    """Decodes the fields the gateway needs.

    Raises InvalidInput naming the field at fault and what would be right.
    """
    try:
        fields = _read_fields(body)
    except msgspec.ValidationError as fault:
        raise _field_fault(fault) from fault
    except UnicodeDecodeError as fault:
        raise InvalidInput("the request body is not valid UTF-8", param=None) from fault
    except UNREADABLE as fault:
        raise InvalidInput(f"the request body is not valid JSON: {fault}", param=None) from fault
    return ModelRequest(
        model=_named(fields.model),
        stream=bool(fields.stream),
        usage_wanted=bool(fields.stream_options and fields.stream_options.include_usage),
        output_tokens_max=_positive("max_tokens", _first(fields.max_completion_tokens, fields.max_tokens)),
        choices=_bounded_choices(fields.n),
    )


class OpenAiCodec:
    """The `WireCodec` port for OpenAI's JSON and server-sent events."""

    def rewrite(self, body: bytes, *, model: str | None, ask_usage: bool) -> bytes:
        if model is None and not ask_usage:
            return body
        fields = _fields_decoder.decode(body)
        if model is not None:
            fields["model"] = Raw(_encoder.encode(model))
        if ask_usage:
            fields["stream_options"] = _with_usage(fields.get("stream_options"))
        return _encoder.encode(fields)

    def tap(self, *, stream: bool, usage_wanted: bool, price: PriceOfUsage) -> UsageTap:
        return StreamTap(usage_wanted=usage_wanted, price=price) if stream else AnswerTap(price=price)


def _read_fields(body: bytes) -> _RequestFields:
    """The body is scanned once, to its fields; the few that are read are then read out of their own bytes."""
    given = _fields_decoder.decode(body)
    _refuse_lookalikes(given, _READ)
    fields = _request_decoder.decode(_encoder.encode({name: given[name] for name in _READ if name in given}))
    if fields.stream_options is not None:
        _refuse_lookalikes(_fields_decoder.decode(given["stream_options"]), _READ_OF_OPTIONS)
    return fields


def _refuse_lookalikes(given: Iterable[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known and (meant := name.casefold()) in known:
            raise InvalidInput(f"the field {name[:64]!r} must be written {meant!r}", param=meant)


def _with_usage(options: Raw | None) -> Raw:
    if options is None or bytes(options) == b"null":
        return _INCLUDE_USAGE
    fields = _fields_decoder.decode(options)
    fields["include_usage"] = Raw(b"true")
    return Raw(_encoder.encode(fields))


def _field_fault(fault: msgspec.ValidationError) -> InvalidInput:
    """From "Expected `str`, got `int` - at `$.model`" to an error that names `model`."""
    said, _, where = str(fault).partition(" - at `$")
    param = where.strip("`.") or None
    if "missing required field" in said:
        param = said.rsplit("`", 2)[-2]
        return InvalidInput(f"you must provide the field {param!r}", param=param)
    if param is None:
        return InvalidInput(f"the request body must be a JSON object: {said}", param=None)
    return InvalidInput(f"the field {param!r} is of the wrong type: {said[0].lower()}{said[1:]}", param=param)


def _named(model: str) -> str:
    if not model.strip():
        raise InvalidInput("the field 'model' must name a model; GET /v1/models lists them", param="model")
    return model


def _first(preferred: int | None, fallback: int | None) -> int | None:
    return fallback if preferred is None else preferred


def _positive(param: str, value: int | None) -> int | None:
    if value is not None and value < 1:
        raise InvalidInput(f"the field {param!r} must be at least 1, not {value}", param=param)
    return value


def _bounded_choices(n: int | None) -> int:
    if n is None:
        return 1
    if not 1 <= n <= CHOICES_MAX:
        raise InvalidInput(f"the field 'n' must be between 1 and {CHOICES_MAX}, not {n}", param="n")
    return n
