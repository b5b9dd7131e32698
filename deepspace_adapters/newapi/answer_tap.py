"""Looks at an answer that comes in one piece: reads its usage and adds what it cost."""

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from deepspace_adapters.newapi.delivered import text_of_answer
from deepspace_adapters.newapi.errors import UNREADABLE
from deepspace_adapters.newapi.usage import UsageReader, bounded_seconds, read_usage, with_cost
from deepspace_core.kernel.units import NO_UNITS, Unit, Units
from deepspace_core.pipeline import PriceOfUsage
from deepspace_core.pricing import TokenLeaves

_fields_decoder = msgspec.json.Decoder(dict[str, Raw])
_list_decoder = msgspec.json.Decoder(list[Raw])
_number_decoder = msgspec.json.Decoder(float)
_encoder = msgspec.json.Encoder()


class AnswerTap:
    """The `UsageTap` port for answers that are no stream. Keeps the body back until it is whole."""

    whole = True

    def __init__(self, *, price: PriceOfUsage, read: UsageReader = read_usage, shows: Unit | None = None) -> None:
        self._price = price
        self._read = read
        self._shows = shows
        self._pieces: list[bytes] = []
        self._closed = False
        self.usage: TokenLeaves | None = None
        self.units = NO_UNITS

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
            self.units = self._units_in(fields)
            return body
        told = self._read(usage)
        if told is None:
            return body
        self.usage, self.units = told
        if self._shows is not None:
            self.units = self.units or self._units_in(fields)
        if self.usage is None:
            return body
        fields["usage"] = with_cost(usage, self._price(self.usage, self.units))
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

    def _units_in(self, fields: Mapping[str, Raw]) -> Units:
        """What the answer itself shows: the pictures in it, or how long the sound was (`verbose_json`)."""
        try:
            if self._shows is Unit.IMAGES:
                return Units(images=len(_list_decoder.decode(fields.get("data", b"[]"))))
            if self._shows is Unit.AUDIO_SECONDS:
                return Units(audio_seconds=bounded_seconds(_number_decoder.decode(fields.get("duration", b"0"))))
        except UNREADABLE:
            return NO_UNITS
        return NO_UNITS
