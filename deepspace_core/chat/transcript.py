"""What a listener has been told: the pipeline's client in a chat, between the pump and whoever tells the world.

Rules: only what was told is written down, so an answer that its user has stopped is kept as far as it was heard. The
end of the stream and an error in it are not passed on: the listener is told of both when the answer is stored. Source
of the format: OpenAI's chat completion chunks.
"""

import json
import re
from dataclasses import dataclass, field

from deepspace_core.chat.ports import Listener
from deepspace_core.chat.source import SOURCES_MAX, Source, sources_in
from deepspace_core.chat.text import mended
from deepspace_core.pipeline import AnswerHead, ClientStopped

CHARACTERS_MAX = 4_000_000
"""What is written down of one answer at the most; the rest is delivered and not kept."""

_DONE = re.compile(rb"^data: ?\[DONE\]\r?\n\r?\n", re.MULTILINE)


@dataclass(slots=True)
class Transcript:
    """The `Client` port over a listener. Who stops the answer is, to the pipeline, a client that wants no more."""

    listener: Listener
    stopped: bool = False
    _texts: list[str] = field(default_factory=list)
    _reasonings: list[str] = field(default_factory=list)
    _sources: dict[str, Source] = field(default_factory=dict)
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

    @property
    def sources(self) -> tuple[Source, ...]:
        """What it says it rests on, each page once, in the order of their first mention."""
        return tuple(self._sources.values())

    async def is_gone(self) -> bool:
        """Whether the answer was stopped."""
        return self.stopped

    async def start(self, answer: AnswerHead) -> None:
        self._go_on()
        self.listener.start(answer)

    @property
    def prompt(self) -> None:
        """Its pieces are read and written down, each in its turn."""

    async def send(self, piece: bytes) -> None:
        onward = _DONE.sub(b"", piece) if b"[DONE]" in piece else piece
        chunks, broken = _read(onward)
        if broken or not onward:
            return
        self._go_on()
        # Told and written down without a pause between: what is stored holds just the events that were told.
        self.listener.send(onward)
        for chunk in chunks:
            self._write_down(chunk)

    async def finish(self) -> None:
        """The listener hears more: the stored answer."""

    def _go_on(self) -> None:
        if self.stopped:
            raise ClientStopped

    def _write_down(self, chunk: dict[str, object]) -> None:
        delta = _delta_of(chunk)
        for kept, keys in ((self._texts, ("content", "refusal")), (self._reasonings, ("reasoning_content",))):
            for key in keys:
                said = delta.get(key)
                if isinstance(said, str) and said and self._characters < CHARACTERS_MAX:
                    kept.append(said)
                    self._characters += len(said)
        for source in sources_in(chunk, delta):
            if len(self._sources) < SOURCES_MAX:
                self._sources.setdefault(source.url, source)


def _read(events: bytes) -> tuple[list[dict[str, object]], bool]:
    """The chunks in these events, and whether one of them is an error."""
    chunks: list[dict[str, object]] = []
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
            return chunks, True
        chunks.append(chunk)
    return chunks, False


def _delta_of(chunk: dict[str, object]) -> dict[str, object]:
    """That of the first choice."""
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    delta = first.get("delta") if isinstance(first, dict) else None
    return delta if isinstance(delta, dict) else {}
