"""Lets an answer through that nobody can look into: sound, subtitles, a file, whatever a route that is passed through
answers. What it is billed is known from the request."""

import msgspec

from deepspace_adapters.newapi.delivered import KEPT_BYTES_MAX
from deepspace_adapters.newapi.events import EVENT_BYTES_MAX, split_at_last_event
from deepspace_core.pipeline import UpstreamFailed
from deepspace_core.pricing import NO_UNITS, TokenLeaves, Units


class PassTap:
    """The `UsageTap` port for answers that are neither JSON nor events. Pieces go out as they come, events whole."""

    whole = False

    def __init__(
        self, *, usage: TokenLeaves | None = None, units: Units | None = None, whole_events: bool = False
    ) -> None:
        self._whole_events = whole_events
        self._rest = b""
        self.usage = usage
        self.units = units or NO_UNITS
        self._kept: list[bytes] = []
        self._bytes = 0
        self.finished = False
        self.content_seen = False

    def feed(self, piece: bytes) -> bytes:
        self.content_seen = True
        if self._whole_events:
            piece, self._rest = split_at_last_event(self._rest + piece)
            if len(self._rest) > EVENT_BYTES_MAX:
                raise UpstreamFailed(f"the upstream sent an event of more than {EVENT_BYTES_MAX} bytes")
        if self.usage is None and not self.units and self._bytes < KEPT_BYTES_MAX:
            self._kept.append(piece)
            self._bytes += len(piece)
        return piece

    def close(self) -> bytes:
        self.finished = True
        rest, self._rest = self._rest, b""
        return rest

    def delivered_text(self) -> str:
        """A transcript's text; where the answer is no text, nothing."""
        try:
            return b"".join(self._kept).decode()
        except UnicodeDecodeError:
            return ""

    def error_event(self, *, message: str, code: str) -> bytes:
        """Of an answer of events; any other can only break off."""
        body = {"error": {"message": message, "type": "upstream_error", "code": code, "param": None}}
        return b"data: " + msgspec.json.encode(body) + b"\n\n"
