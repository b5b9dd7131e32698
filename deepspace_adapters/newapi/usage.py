"""From a provider's usage object to disjoint token leaves and units.

OpenAI counts cached and audio input inside `prompt_tokens`, reasoning and audio output inside `completion_tokens`
(API reference, "The usage object"); a leaf is counted once, so the parts are taken out of the wholes. Anthropic counts
neither cache reads nor cache writes inside `input_tokens` (API reference, "Messages"), so nothing is taken out.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Raw, Struct
from msgspec.json import Decoder, Encoder

from deepspace_adapters.newapi.errors import UNREADABLE
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.units import NO_UNITS, Units
from deepspace_core.pricing import TokenLeaves
from deepspace_core.pricing.quote import TOKENS_MAX, UNITS_MAX


class _Details(Struct):
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    text_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


_NO_DETAILS = _Details()
_new_leaves = maker_of(TokenLeaves)


class WireUsage(Struct):
    """The usage object of chat completions, completions, embeddings (which has no output) and reranking."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None


class _InputOutputUsage(Struct):
    """OpenAI's newer shape: responses, images, audio. `input_token_details` is how transcriptions spell it."""

    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _Details | None = None
    input_token_details: _Details | None = None
    output_tokens_details: _Details | None = None
    seconds: float | None = None

    @property
    def inputs(self) -> _Details:
        return self.input_tokens_details or self.input_token_details or _NO_DETAILS


class _MessageUsage(Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None


Told: TypeAlias = tuple[TokenLeaves | None, Units]
"""What a usage object tells: tokens, or None when it counts none, and units."""
UsageReader: TypeAlias = Callable[[Raw], Told | None]
"""Decodes and normalises. Parts that claim to exceed their whole are cut to it, so that the leaves always sum to the
provider's totals. None when it can't be read as usage: the answer is then billed as one without any."""

_usage_decoder = Decoder(WireUsage)
_input_output_decoder = Decoder(_InputOutputUsage)
_message_decoder = Decoder(_MessageUsage)
_fields_decoder = Decoder(dict[str, Raw])
_encoder = Encoder()
_NUMBERED = frozenset(b"%c" % end for end in b"}0123456789")
"""What stands before the end of an object whose last field is an object or a number: the usual, to which a field can be
added as it is."""


def read_usage(raw: Raw) -> Told | None:
    """A `UsageReader` for chat completions and whoever speaks like them."""
    try:
        said = _usage_decoder.decode(raw)
    except UNREADABLE:
        return None
    prompt, completion = _counted(said.prompt_tokens), _counted(said.completion_tokens)
    if not prompt and not completion:
        prompt = _counted(said.total_tokens)  # some rerankers tell only the sum of what they have read
    inputs, outputs = said.prompt_tokens_details or _NO_DETAILS, said.completion_tokens_details or _NO_DETAILS
    cached = _counted(inputs.cached_tokens, most=prompt)
    audio_in = _counted(inputs.audio_tokens, most=prompt - cached)
    reasoning = _counted(outputs.reasoning_tokens, most=completion)
    audio_out = _counted(outputs.audio_tokens, most=completion - reasoning)
    leaves = _new_leaves(
        input_uncached=prompt - cached - audio_in,
        input_cached_read=cached,
        input_audio=audio_in,
        output_text=completion - reasoning - audio_out,
        output_reasoning=reasoning,
        output_audio=audio_out,
    )
    return leaves, NO_UNITS


def read_response_usage(raw: Raw) -> Told | None:
    """A `UsageReader` for OpenAI's responses."""
    said = _input_output(raw)
    if said is None:
        return None
    whole, made = _counted(said.input_tokens), _counted(said.output_tokens)
    cached = _counted(said.inputs.cached_tokens, most=whole)
    reasoning = _counted((said.output_tokens_details or _NO_DETAILS).reasoning_tokens, most=made)
    leaves = _new_leaves(
        input_uncached=whole - cached,
        input_cached_read=cached,
        output_text=made - reasoning,
        output_reasoning=reasoning,
    )
    return leaves, NO_UNITS


def read_pictured_usage(raw: Raw) -> Told | None:
    """A `UsageReader` for images: what is made is pictures, but for what the details call text."""
    said = _input_output(raw)
    if said is None:
        return None
    whole, made = _counted(said.input_tokens), _counted(said.output_tokens)
    cached = _counted(said.inputs.cached_tokens, most=whole)
    pictured = _counted(said.inputs.image_tokens, most=whole - cached)
    text = _counted((said.output_tokens_details or _NO_DETAILS).text_tokens, most=made)
    leaves = _new_leaves(
        input_uncached=whole - cached - pictured,
        input_cached_read=cached,
        input_image=pictured,
        output_text=text,
        output_image=made - text,
    )
    return leaves, NO_UNITS


def read_heard_usage(raw: Raw) -> Told | None:
    """A `UsageReader` for speech and transcriptions: tokens, or seconds (`{"type": "duration", "seconds": 9}`)."""
    said = _input_output(raw)
    if said is None:
        return None
    if said.seconds is not None:
        return None, Units(audio_seconds=bounded_seconds(said.seconds))
    whole, made = _counted(said.input_tokens), _counted(said.output_tokens)
    heard = _counted(said.inputs.audio_tokens, most=whole)
    spoken = _counted((said.output_tokens_details or _NO_DETAILS).audio_tokens, most=made)
    leaves = _new_leaves(
        input_uncached=whole - heard, input_audio=heard, output_text=made - spoken, output_audio=spoken
    )
    return leaves, NO_UNITS


def read_message_usage(raw: Raw) -> Told | None:
    """A `UsageReader` for Anthropic's messages."""
    try:
        said = _message_decoder.decode(raw)
    except UNREADABLE:
        return None
    leaves = _new_leaves(
        input_uncached=_counted(said.input_tokens),
        input_cached_read=_counted(said.cache_read_input_tokens),
        input_cache_write=_counted(said.cache_creation_input_tokens),
        output_text=_counted(said.output_tokens),
    )
    return leaves, NO_UNITS


def bounded_seconds(said: float) -> int:
    """Each started second; at least none, at most what a call may have."""
    return min(math.ceil(max(said, 0.0)), UNITS_MAX) if math.isfinite(said) else 0


def with_cost(raw: Raw, cost: str) -> Raw:
    """The usage object with `cost` (a number of whole units) added; every other field keeps its bytes."""
    told = bytes(raw).rstrip()
    if told[-2:-1] in _NUMBERED and b'"cost' not in told:
        return Raw(b'%s,"cost":%s}' % (told[:-1], cost.encode()))
    fields = _fields_decoder.decode(raw)
    fields["cost"] = Raw(cost.encode())
    return Raw(_encoder.encode(fields))


def _input_output(raw: Raw) -> _InputOutputUsage | None:
    try:
        return _input_output_decoder.decode(raw)
    except UNREADABLE:
        return None


def _counted(said: int | None, *, most: int = TOKENS_MAX) -> int:
    """What is said, as far as it can be believed: a part is at most its whole, and no model reads or writes more than
    TOKENS_MAX."""
    if said is None or said <= 0:
        return 0
    return said if said < most else most
