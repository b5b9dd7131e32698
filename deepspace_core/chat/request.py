"""The body of the call that a conversation makes: as much of its history as the model can read, in OpenAI's format."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

from deepspace_core.catalogue import Model
from deepspace_core.chat.message import Role
from deepspace_core.chat.parameters import Parameters
from deepspace_core.pricing import TokenCounter

HISTORY_MESSAGES_MAX = 200
"""How many of the last messages are sent along."""
HISTORY_CHARACTERS_MAX = 1_000_000
OUTPUT_TOKENS_ROOM = 1_024
"""What is left free for the answer where the user bounds it no further."""
MESSAGE_TOKENS = 8
"""What a chat template adds around one message."""
IMAGE_TOKENS = 1_500
"""What one image takes of the context, about as much as the providers say of a large one."""
FILLED_PERCENT_MAX = 90
"""How full the context is made: our tokenizer and the model's own do not count alike."""


@dataclass(frozen=True, slots=True)
class Image:
    """An attached image, as data."""

    content_type: str
    content: bytes

    def as_url(self) -> str:
        """The data: URL (RFC 2397)."""
        return f"data:{self.content_type};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says to a model, its attached texts in it."""

    role: Role
    text: str
    images: tuple[Image, ...] = ()

    def part(self) -> dict[str, object]:
        """As an element of `messages`: plain text unless there is something to look at."""
        if not self.images:
            return {"role": self.role.value, "content": self.text}
        shown = [{"type": "image_url", "image_url": {"url": image.as_url()}} for image in self.images]
        return {"role": self.role.value, "content": [{"type": "text", "text": self.text}, *shown]}


def fitting(
    history: Sequence[Said],
    *,
    model: Model | None,
    system_prompt: str,
    max_tokens: int | None,
    counter: TokenCounter,
) -> Sequence[Said]:
    """The last messages that fit into the model's context, oldest first; the very last always.

    Old messages fall away, as an upstream would refuse the whole call otherwise. A model that isn't in the catalogue
    gets everything: the pipeline will refuse it in its own words. Empty answers (failed calls) are left out.
    """
    said = [one for one in history if one.text]
    tokens_left = _room(model, max_tokens) - (counter.count(system_prompt) if system_prompt else 0)
    characters_left = HISTORY_CHARACTERS_MAX
    taken = 0
    for one in reversed(said):
        characters_left -= len(one.text)
        if taken and characters_left < 0:
            break
        if model:
            tokens_left -= counter.count(one.text) + MESSAGE_TOKENS + IMAGE_TOKENS * len(one.images)
        if taken and tokens_left < 0:
            break
        taken += 1
    return said[len(said) - taken :]


def chat_body(*, model_name: str, system_prompt: str, history: Sequence[Said], parameters: Parameters) -> bytes:
    """The JSON of a streaming chat completion with its usage."""
    system = [{"role": "system", "content": system_prompt}] if system_prompt else []
    body: dict[str, object] = {
        "model": model_name,
        "messages": [*system, *(one.part() for one in history)],
        "stream": True,
        "stream_options": {"include_usage": True},
        **parameters.told(),
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _room(model: Model | None, max_tokens: int | None) -> int:
    if model is None:
        return 0
    output = min(max_tokens or OUTPUT_TOKENS_ROOM, model.output_tokens_max)
    return (model.context_tokens - output) * FILLED_PERCENT_MAX // 100
