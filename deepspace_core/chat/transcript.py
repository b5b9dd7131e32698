"""What a listener has been told: the pipeline's client in a chat, between the pump and whoever listens.

Rules: only what was delivered is written down, so an answer that is read on for its usage after its listener has left
is kept as far as it was heard. The end of the stream and an error in it are not passed on: the listener is told of both
when the answer is stored. Source of the format: OpenAI's chat completion chunks.
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from deepspace_core.chat.ports import Listener
from deepspace_core.chat.text import mended
from deepspace_core.pipeline import AnswerHead, ClientGone

CHARACTERS_MAX = 4_000_000
"""What is written down of one answer at the most; the rest is delivered and not kept."""

_DONE = re.compile(rb"^data: ?\[DONE\]\r?\n\r?\n", re.MULTILINE)


@dataclass(slots=True)
class Transcript:
    """The `Client` port over a listener. `on_gone` runs once, as soon as the listener is found to have left."""

    listener: Listener
    on_gone: Callable[["Transcript"], Awaitable[None]]
    _texts: list[str] = field(default_factory=list)
    _reasonings: list[str] = field(default_factory=list)
    _characters: int = 0

    @property
    def status(self) -> int:
        return self.listener.status

    @property
    def text(self) -> str:
        """What was said."""
        return mended("".join(self._texts))

    @property
    def reasoning(self) -> str:
        """What was thought before it was said, where a model shows it."""
        return mended("".join(self._reasonings))

    async def is_gone(self) -> bool:
        """Whether the listener is."""
        return await self.listener.is_gone()

    async def start(self, answer: AnswerHead) -> None:
        try:
            await self.listener.start(answer)
        except ClientGone:
            await self.on_gone(self)
            raise

    async def send(self, piece: bytes) -> None:
        onward = _DONE.sub(b"", piece) if b"[DONE]" in piece else piece
        deltas, broken = _read(onward)
        if broken or not onward:
            return
        try:
            await self.listener.send(onward)
        except ClientGone:
            await self.on_gone(self)
            raise
        for delta in deltas:
            self._write_down(delta)

    async def finish(self) -> None:
        """The listener hears more: the stored answer."""

    def _write_down(self, delta: dict[str, object]) -> None:
        for kept, keys in ((self._texts, ("content", "refusal")), (self._reasonings, ("reasoning_content",))):
            for key in keys:
                said = delta.get(key)
                if isinstance(said, str) and said and self._characters < CHARACTERS_MAX:
                    kept.append(said)
                    self._characters += len(said)


def _read(events: bytes) -> tuple[list[dict[str, object]], bool]:
    """The deltas of the first choice in these events, and whether one of them is an error."""
    deltas: list[dict[str, object]] = []
    for line in events.splitlines():
        if not line.startswith(b"data:"):
            continue
        try:
            chunk = json.loads(line[5:])
        except ValueError:
            continue
        if not isinstance(chunk, dict):
            continue
        if chunk.get("error"):
            return deltas, True
        deltas += _deltas_of(chunk)
    return deltas, False


def _deltas_of(chunk: dict[str, object]) -> list[dict[str, object]]:
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    delta = first.get("delta") if isinstance(first, dict) else None
    return [delta] if isinstance(delta, dict) else []
