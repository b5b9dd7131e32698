"""The body of the call that a conversation makes: its history in OpenAI's chat format."""

import json
from collections.abc import Sequence

from deepspace_core.chat.message import Message, Role

HISTORY_MESSAGES_MAX = 200
"""How many of the last messages are sent along."""


def chat_body(*, model_name: str, system_prompt: str, history: Sequence[Message], max_tokens: int | None) -> bytes:
    """The JSON of a streaming chat completion with its usage. Empty answers (failed calls) are left out."""
    system = [{"role": "system", "content": system_prompt}] if system_prompt else []
    said = [{"role": one.role.value, "content": one.text} for one in history if one.text or one.role is Role.USER]
    body: dict[str, object] = {
        "model": model_name,
        "messages": [*system, *said],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if max_tokens is not None:
        body["max_tokens"] = max_tokens
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
