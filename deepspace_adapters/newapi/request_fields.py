"""Reads the few fields of a body that billing needs: one struct a family of routes, everything else passes unread.

Rules: a body is scanned once, to its fields; those that are read are then read out of their own bytes. What the gateway
reads must be what the upstream reads. NewAPI is written in Go, whose JSON takes `Model` for `model`, the last one wins:
a field that differs from one of the gateway's by letter case alone would name one model to the meter and another to the
upstream, or turn off its usage, so it is refused.
Source of the shapes: the OpenAI API reference (chat, completions, embeddings, responses, images, audio, moderations),
Anthropic's (messages), and NewAPI's of `rerank`.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import Raw, Struct

from deepspace_adapters.newapi.errors import UNREADABLE
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.units import Units
from deepspace_core.pipeline import ModelRequest, Route
from deepspace_core.pricing.quote import UNITS_MAX

CHOICES_MAX = 128
"""OpenAI's own ceiling for `n`."""
IMAGES_MAX = 10
"""OpenAI's own ceiling for `n` of images."""
MODERATION_MODEL_USUAL = "omni-moderation-latest"
IMAGE_MODEL_USUAL = "dall-e-2"
"""What OpenAI takes where a request names no model."""

Given: TypeAlias = Mapping[str, Raw]
Fields = TypeVar("Fields", bound=Struct)
Reader: TypeAlias = Callable[[Given], ModelRequest]

_fields_decoder = msgspec.json.Decoder(dict[str, Raw])
_encoder = msgspec.json.Encoder()


class _StreamOptions(Struct):
    include_usage: bool | None = None


class _Chat(Struct):
    model: str
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None


class _Responses(Struct):
    model: str
    stream: bool | None = None
    max_output_tokens: int | None = None
    background: bool | None = None


class _Messages(Struct):
    model: str
    stream: bool | None = None
    max_tokens: int | None = None


class _Images(Struct):
    model: str | None = None
    stream: bool | None = None
    n: int | None = None


class _Speech(Struct):
    model: str
    input: str = ""
    stream_format: str | None = None


class _Plain(Struct):
    model: str
    stream: bool | None = None


class _Moderations(Struct):
    model: str | None = None


def read_request(route: Route, body: bytes) -> ModelRequest:
    """Decodes the fields of a body that the gateway needs.

    Raises InvalidInput naming the field at fault and what would be right.
    """
    try:
        return READERS[route](_fields_decoder.decode(body))
    except msgspec.ValidationError as fault:
        raise _field_fault(fault) from fault
    except UnicodeDecodeError as fault:
        raise InvalidInput("the request body is not valid UTF-8", param=None) from fault
    except UNREADABLE as fault:
        raise InvalidInput(f"the request body is not valid JSON: {fault}", param=None) from fault


def bounded_images(n: int | None) -> int:
    """How many images are asked for. Raises InvalidInput."""
    if n is None:
        return 1
    if not 1 <= n <= IMAGES_MAX:
        raise InvalidInput(f"the field 'n' must be between 1 and {IMAGES_MAX}, not {n}", param="n")
    return n


_new_request = maker_of(ModelRequest)


def named(model: str) -> str:
    """The model's name. Raises InvalidInput for one of blanks."""
    if not model.strip():
        raise InvalidInput("the field 'model' must name a model; GET /v1/models lists them", param="model")
    return model


def _read_chat(given: Given) -> ModelRequest:
    fields = _read(_Chat, given)
    if fields.stream_options is not None:
        _refuse_lookalikes(_fields_decoder.decode(given["stream_options"]), _names_in(_StreamOptions))
    return _new_request(
        model=named(fields.model),
        stream=bool(fields.stream),
        usage_wanted=bool(fields.stream_options and fields.stream_options.include_usage),
        output_tokens_max=_positive("max_tokens", _first(fields.max_completion_tokens, fields.max_tokens)),
        choices=_bounded_choices(fields.n),
    )


def _read_responses(given: Given) -> ModelRequest:
    fields = _read(_Responses, given)
    if fields.background:
        raise InvalidInput(
            "a response in the background would end unseen and unpaid; leave `background` out and stream instead",
            param="background",
        )
    return _request(fields.model, stream=fields.stream, most=("max_output_tokens", fields.max_output_tokens))


def _read_messages(given: Given) -> ModelRequest:
    fields = _read(_Messages, given)
    return _request(fields.model, stream=fields.stream, most=("max_tokens", fields.max_tokens))


def _read_images(given: Given) -> ModelRequest:
    fields = _read(_Images, given)
    units = Units(images=bounded_images(fields.n))
    return _request(fields.model, usual=IMAGE_MODEL_USUAL, stream=fields.stream, units=units)


def _read_speech(given: Given) -> ModelRequest:
    fields = _read(_Speech, given)
    if len(fields.input) > UNITS_MAX:
        raise InvalidInput(f"the field 'input' must be at most {UNITS_MAX} characters", param="input")
    return _request(fields.model, stream=fields.stream_format == "sse", units=Units(characters=len(fields.input)))


def _read_plain(given: Given) -> ModelRequest:
    fields = _read(_Plain, given)
    return _request(fields.model, stream=fields.stream)


def _read_moderations(given: Given) -> ModelRequest:
    return _request(_read(_Moderations, given).model, usual=MODERATION_MODEL_USUAL)


READERS: Mapping[Route, Reader] = {
    Route.CHAT_COMPLETIONS: _read_chat,
    Route.COMPLETIONS: _read_chat,
    Route.EMBEDDINGS: _read_plain,
    Route.RESPONSES: _read_responses,
    Route.MESSAGES: _read_messages,
    Route.COUNT_TOKENS: _read_plain,
    Route.IMAGE_GENERATIONS: _read_images,
    Route.SPEECH: _read_speech,
    Route.MODERATIONS: _read_moderations,
    Route.RERANK: _read_plain,
}
"""The routes whose bodies are JSON; the others' are forms (newapi/form.py), or nobody's business."""


def _request(
    model: str | None,
    *,
    usual: str = "",
    stream: bool | None = None,
    most: tuple[str, int | None] = ("", None),
    units: Units | None = None,
) -> ModelRequest:
    return _new_request(
        model=usual if model is None else named(model),
        stream=bool(stream),
        usage_wanted=False,
        output_tokens_max=_positive(*most),
        choices=1,
        units_max=units or Units(),
        model_named=model is not None,
    )


def _read(kind: type[Fields], given: Given) -> Fields:
    known = _names_in(kind)
    _refuse_lookalikes(given, known)
    fields: Fields = _decoder_of(kind).decode(_encoder.encode({name: given[name] for name in given if name in known}))
    return fields


@cache
def _names_in(kind: type[Struct]) -> frozenset[str]:
    return frozenset(kind.__struct_fields__)


@cache
def _decoder_of(kind: type[Fields]) -> msgspec.json.Decoder[Fields]:
    return msgspec.json.Decoder(kind)


def _refuse_lookalikes(given: Iterable[str], known: frozenset[str]) -> None:
    for name in given:
        if name not in known and (meant := name.casefold()) in known:
            raise InvalidInput(f"the field {name[:64]!r} must be written {meant!r}", param=meant)


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
