"""From a provider's usage object to disjoint token leaves.

OpenAI counts cached and audio input inside `prompt_tokens`, reasoning and audio output inside `completion_tokens`
(API reference, "The usage object"); a leaf is counted once, so the parts are taken out of the wholes.
"""

from msgspec import Raw, Struct
from msgspec.json import Decoder, Encoder

from deepspace_adapters.newapi.errors import UNREADABLE
from deepspace_core.pricing import TokenLeaves
from deepspace_core.pricing.quote import TOKENS_MAX


class _InputDetails(Struct):
    cached_tokens: int | None = None
    audio_tokens: int | None = None


class _OutputDetails(Struct):
    reasoning_tokens: int | None = None
    audio_tokens: int | None = None


class WireUsage(Struct):
    """The usage object of chat completions, completions and embeddings (which has no output)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None


_usage_decoder = Decoder(WireUsage)
_fields_decoder = Decoder(dict[str, Raw])
_encoder = Encoder()


def read_usage(raw: Raw) -> TokenLeaves | None:
    """Decodes and normalises. Parts that claim to exceed their whole are cut to it, so that the leaves always sum to
    the provider's totals. None when it can't be read as usage: the answer is then billed as one without any."""
    try:
        said = _usage_decoder.decode(raw)
    except UNREADABLE:
        return None
    prompt, completion = _bounded(said.prompt_tokens), _bounded(said.completion_tokens)
    inputs, outputs = said.prompt_tokens_details, said.completion_tokens_details
    cached = _part(inputs.cached_tokens if inputs else None, of=prompt)
    audio_in = _part(inputs.audio_tokens if inputs else None, of=prompt - cached)
    reasoning = _part(outputs.reasoning_tokens if outputs else None, of=completion)
    audio_out = _part(outputs.audio_tokens if outputs else None, of=completion - reasoning)
    return TokenLeaves(
        input_uncached=prompt - cached - audio_in,
        input_cached_read=cached,
        input_audio=audio_in,
        output_text=completion - reasoning - audio_out,
        output_reasoning=reasoning,
        output_audio=audio_out,
    )


def with_cost(raw: Raw, cost: str) -> Raw:
    """The usage object with `cost` (a number of whole units) added; every other field keeps its bytes."""
    fields = _fields_decoder.decode(raw)
    fields["cost"] = Raw(cost.encode())
    return Raw(_encoder.encode(fields))


def _bounded(said: int) -> int:
    """More than TOKENS_MAX no model reads or writes: whoever says so is broken, and is believed up to there."""
    return min(max(said, 0), TOKENS_MAX)


def _part(said: int | None, *, of: int) -> int:
    return min(max(said or 0, 0), of)
