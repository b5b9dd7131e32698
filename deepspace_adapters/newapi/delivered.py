"""The text that an answer has delivered, kept as bytes and decoded only if nobody says what was used."""

from typing import Any

import msgspec

from deepspace_adapters.newapi.errors import UNREADABLE

KEPT_BYTES_MAX = 8 * 1024 * 1024
"""What is remembered of one answer at the most; text beyond it is not in an estimate."""

_decoder = msgspec.json.Decoder()


class EventLog:
    """Remembers events as they passed, up to a bound."""

    def __init__(self) -> None:
        self._events: list[bytes] = []
        self._bytes = 0

    def add(self, events: bytes) -> None:
        """Keeps a reference, not a copy."""
        if self._bytes < KEPT_BYTES_MAX:
            self._events.append(events)
            self._bytes += len(events)

    def text(self) -> str:
        """All the text a model produced in these events, concatenated."""
        found: list[str] = []
        for line in b"".join(self._events).splitlines():
            if line.startswith(b"data:"):
                found.extend(_texts_in(line[5:]))
        return "".join(found)


def text_of_answer(body: bytes) -> str:
    """All the text a model produced in an answer that came in one piece."""
    return "".join(_texts_in(body))


def _texts_in(data: bytes) -> list[str]:
    try:
        body: Any = _decoder.decode(data)
    except UNREADABLE:
        return []
    choices = body.get("choices") if isinstance(body, dict) else None
    return [text for choice in choices or [] if isinstance(choice, dict) for text in _texts_of_choice(choice)]


def _texts_of_choice(choice: dict[str, Any]) -> list[str]:
    said = choice.get("delta") or choice.get("message") or {}
    texts = [choice.get("text"), said.get("content"), said.get("reasoning_content"), said.get("refusal")]
    for call in said.get("tool_calls") or []:
        function = call.get("function") or {}
        texts += [function.get("name"), function.get("arguments")]
    return [text for text in texts if isinstance(text, str)]
