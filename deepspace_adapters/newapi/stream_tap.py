"""Looks at a stream of server-sent events as it passes.

The pump calls `feed` for every piece, so the common piece (whole events, no usage in them) must cost a few byte
searches and no decoding. Only an event with a usage object, an error or the terminal mark is looked into.
Source: the WHATWG HTML standard, 9.2.6 (events end at a blank line); OpenAI's `stream_options`.
"""

import re

import msgspec
from msgspec import Raw, Struct

from deepspace_adapters.newapi.delivered import EventLog
from deepspace_adapters.newapi.errors import UNREADABLE
from deepspace_adapters.newapi.events import EVENT_BYTES_MAX, data_of, events_of, split_at_last_event
from deepspace_adapters.newapi.usage import read_usage, with_cost
from deepspace_core.pipeline import PriceOfUsage, UpstreamFailed
from deepspace_core.pricing import NO_UNITS, TokenLeaves

_DONE = b"[DONE]"
_NULL_USAGE = re.compile(rb',\s*"usage":\s*null')
_FINISH = re.compile(rb'"finish_reason":\s*"')


_ABSENT = Raw(b"")


class _Event(Struct):
    choices: list[Raw] | None = None
    usage: Raw = _ABSENT
    error: Raw = _ABSENT


_event_decoder = msgspec.json.Decoder(_Event)
_fields_decoder = msgspec.json.Decoder(dict[str, Raw])
_encoder = msgspec.json.Encoder()


class StreamTap:
    """The `UsageTap` port for chat's streams. Hands on whole events only, so that a comment may be put between two."""

    whole = False
    units = NO_UNITS

    def __init__(self, *, usage_wanted: bool, price: PriceOfUsage) -> None:
        self._usage_wanted = usage_wanted
        self._price = price
        self._rest = self._unsent = b""
        self._log = EventLog()
        self._done_seen = False
        self._finish_seen = False
        self._closed = False
        self.usage: TokenLeaves | None = None
        self.content_seen = False

    def feed(self, piece: bytes) -> bytes:
        """Raises UpstreamFailed on an error event and on an event without end."""
        data = self._rest + piece if self._rest else piece
        if data.endswith(b"\n\n"):
            whole, self._rest = data, b""
        else:
            whole, self._rest = split_at_last_event(data)
            if len(self._rest) > EVENT_BYTES_MAX:
                raise UpstreamFailed(f"the upstream sent an event of more than {EVENT_BYTES_MAX} bytes")
        return self._handed_on(whole) if whole else b""

    def _handed_on(self, whole: bytes) -> bytes:
        if b'"usage"' in whole:
            bare = _NULL_USAGE.sub(b"", whole)
            if b'"usage"' in bare:
                return self._each_looked_into(whole)
            whole = whole if self._usage_wanted else bare
        if _DONE in whole or b'"error"' in whole:
            return self._each_looked_into(whole)
        self._passed(whole)
        return whole

    def _each_looked_into(self, events: bytes) -> bytes:
        onward: list[bytes] = []
        try:
            for event in events_of(events):
                onward.append(self._looked_into(event))  # noqa: PERF401 - what was read before a failure goes out first
        except UpstreamFailed:
            self._unsent = b"".join(onward)
            raise
        return b"".join(onward)

    def close(self) -> bytes:
        """A last event without its blank line is handed on as an event; the upstream may have been lazy."""
        self._closed = True
        rest, self._rest = self._rest, b""
        return self._looked_into(rest.rstrip(b"\r\n") + b"\n\n") if rest.strip() else b""

    @property
    def finished(self) -> bool:
        return self._done_seen or (self._closed and self._finish_seen)

    def delivered_text(self) -> str:
        return self._log.text()

    def error_event(self, *, message: str, code: str) -> bytes:
        body = {"error": {"message": message, "type": "upstream_error", "code": code, "param": None}}
        unsent, self._unsent = self._unsent, b""
        return unsent + b"data: " + _encoder.encode(body) + b"\n\n"

    def _passed(self, events: bytes) -> None:
        self.content_seen = True
        self._log.add(events)
        if not self._finish_seen and _FINISH.search(events):
            self._finish_seen = True

    def _looked_into(self, event: bytes) -> bytes:
        data = data_of(event)
        if data is None:
            return event
        if data == _DONE:
            self._done_seen = True
            return event
        try:
            seen = _event_decoder.decode(data)
        except UNREADABLE:
            self._passed(event)
            return event
        if _is_set(seen.error):
            raise UpstreamFailed(
                "the upstream broke off with an error of its own",
                upstream_error=bytes(seen.error).decode("utf-8", "replace"),
            )
        return self._metered(event, data, seen)

    def _metered(self, event: bytes, data: bytes, seen: _Event) -> bytes:
        if not _is_set(seen.usage):
            event = event if self._usage_wanted else _NULL_USAGE.sub(b"", event)
            self._passed(event)
            return event
        told = read_usage(seen.usage)
        if told is not None:
            self.usage = told[0]
        if seen.choices or told is None:
            self._passed(event)
            return event
        return self._usage_event(data, seen.usage) if self._usage_wanted else b""

    def _usage_event(self, data: bytes, usage: Raw) -> bytes:
        assert self.usage is not None  # noqa: S101 - set by the only caller
        fields = _fields_decoder.decode(data)
        fields["usage"] = with_cost(usage, self._price(self.usage))
        return b"data: " + _encoder.encode(fields) + b"\n\n"


def _is_set(raw: Raw) -> bool:
    return bytes(raw) not in (b"", b"null")
