"""Looks at a stream of named events as it passes: OpenAI's responses, images and audio, Anthropic's messages.

As with chat's streams, the common piece costs one search and no decoding. An event of one of the few kinds that tell
something is looked into: those with usage, those that end the stream, and errors.
Source: OpenAI's API reference, "Streaming events"; Anthropic's, "Streaming Messages".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import msgspec
from msgspec import Raw, Struct

from deepspace_adapters.newapi.delivered import EventLog
from deepspace_adapters.newapi.errors import UNREADABLE
from deepspace_adapters.newapi.events import EVENT_BYTES_MAX, data_of, events_of, split_at_last_event, with_data
from deepspace_adapters.newapi.usage import UsageReader, with_cost
from deepspace_core.kernel.units import NO_UNITS, Units
from deepspace_core.pipeline import PriceOfUsage, UpstreamFailed
from deepspace_core.pricing import TokenLeaves

_fields_decoder = msgspec.json.Decoder(dict[str, Raw])
_encoder = msgspec.json.Encoder()
_SEQUENCE = re.compile(rb'"sequence_number":\s*(\d+)')


class _Event(Struct):
    type: str = ""
    usage: Raw = Raw(b"")
    response: Raw = Raw(b"")
    message: Raw = Raw(b"")


_event_decoder = msgspec.json.Decoder(_Event)


@dataclass(frozen=True, slots=True, eq=False)
class EventKinds:
    """What the events of one family mean. `holder` names the field in which an event keeps its usage, if any does."""

    told_by: frozenset[str]
    """Kinds that carry usage."""
    costed: frozenset[str]
    """Kinds whose usage is final, so that the cost is put into it."""
    ending: frozenset[str]
    failed: frozenset[str] = frozenset()
    """Kinds that end the stream by telling that the answer failed."""
    pictured: frozenset[str] = frozenset()
    """Kinds that carry a finished picture each."""
    holder: str | None = None
    error_data: Callable[[str, str, int], dict[str, object]] = lambda message, code, _: {
        "type": "error",
        "error": {"type": "server_error", "message": message, "code": code, "param": None},
    }
    """From message, code and the number of the next event to the data of an event that tells of a failure."""


_RESPONSE_ENDS = frozenset({"response.completed", "response.incomplete"})
RESPONSE_EVENTS = EventKinds(
    told_by=_RESPONSE_ENDS | {"response.failed"},
    costed=_RESPONSE_ENDS,
    ending=_RESPONSE_ENDS,
    failed=frozenset({"response.failed"}),
    holder="response",
    error_data=lambda message, code, number: {
        "type": "error",
        "code": code,
        "message": message,
        "param": None,
        "sequence_number": number,
    },
)
MESSAGE_EVENTS = EventKinds(
    told_by=frozenset({"message_start", "message_delta"}),
    costed=frozenset({"message_delta"}),
    ending=frozenset({"message_stop"}),
    holder="message",
    error_data=lambda message, _code, _number: {
        "type": "error",
        "error": {"type": "api_error", "message": message},
    },
)
_IMAGE_ENDS = frozenset({"image_generation.completed", "image_edit.completed"})
IMAGE_EVENTS = EventKinds(told_by=_IMAGE_ENDS, costed=_IMAGE_ENDS, ending=_IMAGE_ENDS, pictured=_IMAGE_ENDS)
_AUDIO_ENDS = frozenset({"transcript.text.done", "speech.audio.done"})
AUDIO_EVENTS = EventKinds(told_by=_AUDIO_ENDS, costed=_AUDIO_ENDS, ending=_AUDIO_ENDS)


class EventTap:
    """The `UsageTap` port for streams of named events. Hands on whole events only."""

    whole = False

    def __init__(self, kinds: EventKinds, *, read: UsageReader, price: PriceOfUsage) -> None:
        self._kinds = kinds
        self._mark = _mark_of(kinds)
        self._read = read
        self._price = price
        self._rest = b""
        self._log = EventLog()
        self._said: dict[str, Raw] = {}
        self._last = b""
        self._before = b""
        self._is_failure_told = False
        self._pictures = 0
        self._seconds = NO_UNITS
        self.usage: TokenLeaves | None = None
        self.finished = False
        self.content_seen = False

    @property
    def units(self) -> Units:
        return Units(images=self._pictures) if self._pictures else self._seconds

    def feed(self, piece: bytes) -> bytes:
        """Raises UpstreamFailed on an event that tells of a failure and on an event without end."""
        data = self._rest + piece if self._rest else piece
        whole, self._rest = split_at_last_event(data)
        if len(self._rest) > EVENT_BYTES_MAX:
            raise UpstreamFailed(f"the upstream sent an event of more than {EVENT_BYTES_MAX} bytes")
        if not whole:
            return b""
        if self._mark.search(whole) is None:
            self._passed(whole)
            return whole
        handed_on: list[bytes] = []
        for event in events_of(whole):
            self._before = b"".join(handed_on)  # what has to go out before the error that this event may be
            handed_on.append(self._looked_into(event))
        self._before = b""
        return b"".join(handed_on)

    def close(self) -> bytes:
        """A last event without its blank line is handed on as an event; the upstream may have been lazy."""
        rest, self._rest = self._rest, b""
        return self._looked_into(rest.rstrip(b"\r\n") + b"\n\n") if rest.strip() else b""

    def delivered_text(self) -> str:
        return self._log.text()

    def error_event(self, *, message: str, code: str) -> bytes:
        """What the upstream itself said of its failed answer, where it has; else what we say."""
        before, self._before = self._before, b""
        if self._is_failure_told:
            return before
        numbers = _SEQUENCE.findall(self._last)
        data = self._kinds.error_data(message, code, int(numbers[-1]) + 1 if numbers else 0)
        return before + b"event: error\ndata: " + _encoder.encode(data) + b"\n\n"

    def _passed(self, events: bytes) -> None:
        self.content_seen = True
        self._last = events
        self._log.add(events)

    def _looked_into(self, event: bytes) -> bytes:
        data = data_of(event)
        if data is None:
            return event
        try:
            seen = _event_decoder.decode(data)
        except UNREADABLE:
            self._passed(event)
            return event
        if seen.type == "error":
            raise UpstreamFailed(
                "the upstream broke off with an error of its own",
                upstream_error=data[:1_000].decode("utf-8", "replace"),
            )
        if seen.type not in self._kinds.told_by | self._kinds.ending:
            self._passed(event)
            return event
        return self._metered(event, data, seen)

    def _metered(self, event: bytes, data: bytes, seen: _Event) -> bytes:
        kinds = self._kinds
        self._last = event
        self._pictures += seen.type in kinds.pictured
        path, usage = _usage_in(seen, kinds.holder)
        if usage is not None:
            self._learn(usage)
        if seen.type in kinds.failed:
            self._before, self._is_failure_told = self._before + event, True
            raise UpstreamFailed("the model provider could not finish this answer")
        self.finished = self.finished or seen.type in kinds.ending
        if usage is None or seen.type not in kinds.costed or self.usage is None:
            return event
        return with_data(event, _costed(data, path, with_cost(usage, self._price(self.usage, self.units))))

    def _learn(self, usage: Raw) -> None:
        """Usage may come in parts, the later ones without what the earlier have told."""
        try:
            self._said |= {name: raw for name, raw in _fields_decoder.decode(usage).items() if bytes(raw) != b"null"}
        except UNREADABLE:
            return
        told = self._read(Raw(_encoder.encode(self._said)))
        if told is not None:
            leaves, units = told
            self.usage, self._seconds = leaves or self.usage, units or self._seconds


@cache
def _mark_of(kinds: EventKinds) -> re.Pattern[bytes]:
    """Finds pieces in which one of the kinds may stand."""
    names = kinds.told_by | kinds.ending | kinds.failed | {"error"}
    return re.compile(rb'"type":\s*"(?:' + b"|".join(re.escape(name.encode()) for name in sorted(names)) + rb')"')


def _usage_in(seen: _Event, holder: str | None) -> tuple[str | None, Raw | None]:
    """The usage object of an event and the name of the field it stands in; (…, None) when there is none."""
    if _is_set(seen.usage):
        return None, seen.usage
    held: Raw = Raw(b"") if holder is None else getattr(seen, holder)
    if not _is_set(held):
        return None, None
    try:
        usage = _fields_decoder.decode(held).get("usage")
    except UNREADABLE:
        return None, None
    return holder, usage if usage is not None and _is_set(usage) else None


def _costed(data: bytes, path: str | None, usage: Raw) -> bytes:
    """The event's data with that usage; every other field keeps its bytes."""
    fields = _fields_decoder.decode(data)
    if path is None:
        fields["usage"] = usage
    else:
        inner = _fields_decoder.decode(fields[path])
        inner["usage"] = usage
        fields[path] = Raw(_encoder.encode(inner))
    return _encoder.encode(fields)


def _is_set(raw: Raw) -> bool:
    return bytes(raw) not in (b"", b"null")
