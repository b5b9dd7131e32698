"""Looks at an answer that comes in one piece: reads its usage and adds what it cost."""

import msgspec
from msgspec import Raw

from deepspace_adapters.newapi.delivered import text_of_answer
from deepspace_adapters.newapi.errors import UNREADABLE
from deepspace_adapters.newapi.usage import read_usage, with_cost
from deepspace_core.pipeline import PriceOfUsage
from deepspace_core.pricing import TokenLeaves

_fields_decoder = msgspec.json.Decoder(dict[str, Raw])
_encoder = msgspec.json.Encoder()


class AnswerTap:
    """The `UsageTap` port for answers that are no stream. Keeps the body back until it is whole."""

    def __init__(self, *, price: PriceOfUsage) -> None:
        self._price = price
        self._pieces: list[bytes] = []
        self._closed = False
        self.usage: TokenLeaves | None = None

    def feed(self, piece: bytes) -> bytes:
        """Nothing is handed on before the whole is there: the cost goes into a header."""
        self._pieces.append(piece)
        return b""

    def close(self) -> bytes:
        self._closed = True
        body = b"".join(self._pieces)
        self._pieces = [body]
        try:
            fields = _fields_decoder.decode(body)
        except UNREADABLE:
            return body
        usage = fields.get("usage")
        if usage is None or bytes(usage) == b"null":
            return body
        self.usage = read_usage(usage)
        if self.usage is None:
            return body
        fields["usage"] = with_cost(usage, self._price(self.usage))
        return _encoder.encode(fields)

    @property
    def finished(self) -> bool:
        return self._closed

    @property
    def content_seen(self) -> bool:
        return bool(self._pieces)

    def delivered_text(self) -> str:
        return text_of_answer(b"".join(self._pieces))

    def error_event(self, *, message: str, code: str) -> bytes:
        """An answer in one piece fails with a status, never in the middle."""
        raise NotImplementedError(f"{code}: {message}")
