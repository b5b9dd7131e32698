"""Remembers what a call answers, for the retry that may come (idempotency.py).

It listens at the tap: whatever the tap hands on is what the client gets, or would have got had it stayed.
"""

from dataclasses import dataclass, field

from deepspace_core.pipeline.idempotency import Answer, Claim, KeptAnswer
from deepspace_core.pipeline.ports import AnswerHead, AnswerSeal, UsageTap
from deepspace_core.pricing import TokenLeaves, Units


@dataclass(slots=True)
class Recording:
    """What a claimed call has answered so far, in memory, up to a bound."""

    claim: Claim
    secret: bytes
    seal: AnswerSeal
    bytes_max: int
    head: AnswerHead | None = None
    """How the answer began; set by `stream`."""
    is_handed_over: bool = False
    """Whether the answer has gone out with the call's capture; from then on the claim is not ours to free."""
    _pieces: list[bytes] = field(default_factory=list)
    _bytes: int = 0

    def add(self, piece: bytes) -> None:
        """Takes what goes to the client."""
        self._bytes += len(piece)
        if self._bytes <= self.bytes_max:
            self._pieces.append(piece)
        else:
            self._pieces.clear()

    def kept(self) -> KeptAnswer:
        """The record of it, to be written with the capture. An answer that never began is none to keep."""
        self.is_handed_over = True
        if self.head is None or self._bytes > self.bytes_max:
            return KeptAnswer(self.claim, None)
        sealed = self.seal.seal(b"".join(self._pieces), secret=self.secret)
        return KeptAnswer(self.claim, Answer(self.head.status, self.head.content_type, self.head.cost, sealed))


class RecordedTap:
    """The `UsageTap` port over another tap: hands everything on, and remembers it."""

    def __init__(self, tap: UsageTap, recording: Recording) -> None:
        self._tap = tap
        self._recording = recording

    def feed(self, piece: bytes) -> bytes:
        return self._remembered(self._tap.feed(piece))

    def close(self) -> bytes:
        return self._remembered(self._tap.close())

    def error_event(self, *, message: str, code: str) -> bytes:
        return self._remembered(self._tap.error_event(message=message, code=code))

    @property
    def usage(self) -> TokenLeaves | None:
        return self._tap.usage

    @property
    def units(self) -> Units:
        return self._tap.units

    @property
    def whole(self) -> bool:
        return self._tap.whole

    @property
    def finished(self) -> bool:
        return self._tap.finished

    @property
    def content_seen(self) -> bool:
        return self._tap.content_seen

    def delivered_text(self) -> str:
        return self._tap.delivered_text()

    def _remembered(self, onward: bytes) -> bytes:
        if onward:
            self._recording.add(onward)
        return onward
