"""A model that customers can call: our name for it, the upstream's, and the bounds of one call.

Rules: names are unique over the whole catalogue and never reused for another model's meaning; a model that is not
enabled can't be called; a hidden one can be called by its name but is not listed; a recommended one is what somebody
starts with who has not chosen.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ModelId

NAME_CHARACTERS_MAX = 128
NAME_PATTERN = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:/@-]{{0,{NAME_CHARACTERS_MAX - 1}}}")
CONTEXT_TOKENS_MAX = 10_000_000


class ModelKind(StrEnum):
    """What a model is asked for; each is a family of routes."""

    CHAT = "chat"
    VISION = "vision"
    """No route of its own: a chat model that also looks at images."""
    COMPLETION = "completion"
    EMBEDDING = "embedding"
    IMAGE = "image"
    SPEECH = "speech"
    TRANSCRIPTION = "transcription"
    MODERATION = "moderation"
    RERANK = "rerank"
    PASSTHROUGH = "passthrough"
    """No model at all, but the name and the price of routes that are passed through (docs/gateway.md)."""


class Visibility(StrEnum):
    """Whether `GET /v1/models` lists it."""

    PUBLIC = "public"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue. A model may serve several kinds (a small chat model serves completions too)."""

    id: ModelId
    name: str
    upstream_name: str
    kinds: frozenset[ModelKind]
    context_tokens: int
    output_tokens_max: int
    enabled: bool
    visibility: Visibility
    created_at: datetime
    recommended: bool = False

    def serves(self, kind: ModelKind) -> bool:
        """Whether it can be called now, and for `kind`."""
        return self.enabled and kind in self.kinds


def is_name(text: str) -> bool:
    """Whether any model can be called that: a caller's text that can't is looked up, and remembered, nowhere."""
    return NAME_PATTERN.fullmatch(text) is not None


def checked(model: Model) -> Model:
    """The model itself when its values make sense. Raises InvalidInput naming the field."""
    for param, name in (("name", model.name), ("upstream_name", model.upstream_name)):
        if not is_name(name):
            raise InvalidInput(
                f"{param} must be 1 to {NAME_CHARACTERS_MAX} letters, digits or any of . _ : / @ -, "
                "starting with a letter or digit",
                param=param,
            )
    if not model.kinds:
        raise InvalidInput("kinds must name at least one kind that the model serves", param="kinds")
    if not 1 <= model.context_tokens <= CONTEXT_TOKENS_MAX:
        raise InvalidInput(f"context_tokens must be between 1 and {CONTEXT_TOKENS_MAX}", param="context_tokens")
    if not 0 <= model.output_tokens_max <= model.context_tokens:
        raise InvalidInput(
            f"output_tokens_max must be between 0 and context_tokens ({model.context_tokens})",
            param="output_tokens_max",
        )
    return model
