"""Lets an answer through that nobody can look into: sound, subtitles, a file, whatever a route that is passed through
answers. What it is billed is known from the request."""

from deepspace_adapters.newapi.delivered import KEPT_BYTES_MAX
from deepspace_core.pricing import NO_UNITS, TokenLeaves, Units


class PassTap:
    """The `UsageTap` port for answers that are neither JSON nor events. Each piece goes out as it came."""

    whole = False

    def __init__(self, *, usage: TokenLeaves | None = None, units: Units | None = None) -> None:
        self.usage = usage
        self.units = units or NO_UNITS
        self._kept: list[bytes] = []
        self._bytes = 0
        self.finished = False
        self.content_seen = False

    def feed(self, piece: bytes) -> bytes:
        self.content_seen = True
        if self.usage is None and not self.units and self._bytes < KEPT_BYTES_MAX:
            self._kept.append(piece)
            self._bytes += len(piece)
        return piece

    def close(self) -> bytes:
        self.finished = True
        return b""

    def delivered_text(self) -> str:
        """A transcript's text; where the answer is no text, nothing."""
        try:
            return b"".join(self._kept).decode()
        except UnicodeDecodeError:
            return ""

    def error_event(self, *, message: str, code: str) -> bytes:
        """An answer without events can only break off."""
        raise NotImplementedError(f"{code}: {message}")
