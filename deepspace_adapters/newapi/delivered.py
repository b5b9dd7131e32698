"""The text that an answer has delivered, kept as bytes and decoded only if nobody says what was used."""

from typing import Any

import msgspec

from deepspace_adapters.newapi.errors import UNREADABLE

KEPT_BYTES_MAX = 8 * 1024 * 1024
"""What is remembered of one answer at the most; text beyond it is not in an estimate."""

_TEXTS = ("text", "partial_json", "thinking", "arguments", "refusal")
"""Where responses, messages and transcripts keep what a model wrote."""

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
                found.extend(_texts_in(line[5:], event=True))
        return "".join(found)


def text_of_answer(body: bytes) -> str:
    """All the text a model produced in an answer that came in one piece."""
    return "".join(_texts_in(body, event=False))


def _texts_in(data: bytes, *, event: bool) -> list[str]:
    try:
        body: Any = _decoder.decode(data)
    except UNREADABLE:
        return []
    if not isinstance(body, dict):
        return []
    if "choices" in body:
        return [
            text for choice in body["choices"] or [] if isinstance(choice, dict) for text in _texts_of_choice(choice)
        ]
    # A named event repeats at its end what its deltas have said.
    return _texts_of_parts({"content": [body.get("delta")]} if event else body)


def _texts_of_parts(part: dict[str, Any]) -> list[str]:
    """Of a delta, a response, a message or a transcript: its texts, and those of its parts."""
    found = [text for name in _TEXTS if isinstance(text := part.get(name), str)]
    for inner in (part.get("output"), part.get("content")):
        for one in inner if isinstance(inner, list) else ():
            found += [one] if isinstance(one, str) else _texts_of_parts(one) if isinstance(one, dict) else []
    return found


def _texts_of_choice(choice: dict[str, Any]) -> list[str]:
    said = choice.get("delta") or choice.get("message") or {}
    texts = [choice.get("text"), said.get("content"), said.get("reasoning_content"), said.get("refusal")]
    for call in said.get("tool_calls") or []:
        function = call.get("function") or {}
        texts += [function.get("name"), function.get("arguments")]
    return [text for text in texts if isinstance(text, str)]
