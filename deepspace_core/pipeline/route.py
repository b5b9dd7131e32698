"""The kinds of call that the gateway takes, and what is known of each before a body is read.

One table: a new route is a row here, a reader of its body and a tap on its answer (deepspace_adapters/newapi).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from deepspace_core.catalogue import ModelKind
from deepspace_core.pricing import OUTPUT_LEAVES, TEXT_LEAVES, Leaf


class Route(StrEnum):
    """A kind of call; the value is the path below the API's root, but for `PASSTHROUGH`, which stands for many."""

    CHAT_COMPLETIONS = "chat/completions"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"
    RESPONSES = "responses"
    MESSAGES = "messages"
    COUNT_TOKENS = "messages/count_tokens"
    IMAGE_GENERATIONS = "images/generations"
    IMAGE_EDITS = "images/edits"
    IMAGE_VARIATIONS = "images/variations"
    SPEECH = "audio/speech"
    TRANSCRIPTIONS = "audio/transcriptions"
    TRANSLATIONS = "audio/translations"
    MODERATIONS = "moderations"
    RERANK = "rerank"
    PASSTHROUGH = "passthrough"


@dataclass(frozen=True, slots=True)
class RouteTraits:
    """What all calls of a route have in common."""

    kind: ModelKind
    streams: bool = False
    """Whether an answer may come as server-sent events. Elsewhere an upstream passes over `stream` and answers in one
    piece, in which nobody would look for a stream's usage."""
    writes: bool = False
    """Whether an answer holds tokens that a model writes, so that a hold must cover them."""
    leaves: frozenset[Leaf] = TEXT_LEAVES
    """The leaves that a call can produce; a hold covers the dearest of them."""
    by_request: bool = False
    """Whether a call is priced by the request alone, whatever passes."""
    is_form: bool = False
    """Whether a body is a form with a file, passed on as it comes, and not JSON."""
    any_answer: bool = False
    """Whether an answer may be something other than JSON or events: sound, subtitles, a file."""


_HEARD = TEXT_LEAVES | {Leaf.INPUT_AUDIO}
_SPOKEN = TEXT_LEAVES | {Leaf.OUTPUT_AUDIO}
_PICTURED = TEXT_LEAVES | {Leaf.INPUT_IMAGE, Leaf.OUTPUT_IMAGE}
_UNWRITTEN = TEXT_LEAVES - OUTPUT_LEAVES

TRAITS: Mapping[Route, RouteTraits] = {
    Route.CHAT_COMPLETIONS: RouteTraits(ModelKind.CHAT, streams=True, writes=True),
    Route.COMPLETIONS: RouteTraits(ModelKind.COMPLETION, streams=True, writes=True),
    Route.EMBEDDINGS: RouteTraits(ModelKind.EMBEDDING),
    Route.RESPONSES: RouteTraits(ModelKind.CHAT, streams=True, writes=True),
    Route.MESSAGES: RouteTraits(ModelKind.CHAT, streams=True, writes=True),
    Route.COUNT_TOKENS: RouteTraits(ModelKind.CHAT, by_request=True),
    Route.IMAGE_GENERATIONS: RouteTraits(ModelKind.IMAGE, streams=True, leaves=_PICTURED),
    Route.IMAGE_EDITS: RouteTraits(ModelKind.IMAGE, streams=True, leaves=_PICTURED, is_form=True),
    Route.IMAGE_VARIATIONS: RouteTraits(ModelKind.IMAGE, leaves=_PICTURED, is_form=True),
    Route.SPEECH: RouteTraits(ModelKind.SPEECH, streams=True, leaves=_SPOKEN, any_answer=True),
    Route.TRANSCRIPTIONS: RouteTraits(
        ModelKind.TRANSCRIPTION, streams=True, writes=True, leaves=_HEARD, is_form=True, any_answer=True
    ),
    Route.TRANSLATIONS: RouteTraits(ModelKind.TRANSCRIPTION, writes=True, leaves=_HEARD, is_form=True, any_answer=True),
    Route.MODERATIONS: RouteTraits(ModelKind.MODERATION, leaves=_UNWRITTEN),
    Route.RERANK: RouteTraits(ModelKind.RERANK, leaves=_UNWRITTEN),
    Route.PASSTHROUGH: RouteTraits(ModelKind.PASSTHROUGH, by_request=True, any_answer=True),
}
"""Total: tests/core/pipeline/test_route.py."""
