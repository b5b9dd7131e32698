"""A settlement as text: JSON in a file of the journal, where a person may look, MessagePack in a note.

Every call is noted, so a note is written as cheaply as it can be: each record as a row of its values, read by C, ids as
their bytes. The names of the values stand before the rows, so that a version of us which has added a field still reads
what an earlier one had noted when it was killed. Whoever reads tells the two apart by their first byte, which is also
why a note may be JSON: earlier versions wrote all of theirs so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import msgspec

from deepspace_core.audit import RequestLog
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Capture, Release
from deepspace_core.pipeline import KeptAnswer, Unsettled
from deepspace_core.usage import UsageRecord


class _Kept(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A settlement in JSON: exactly one of the two commands."""

    capture: Capture | None = None
    release: Release | None = None
    usage: list[UsageRecord] = []
    events: list[Event] = []
    requests: list[RequestLog] = []
    answers: list[KeptAnswer] = []


_KINDS: Final = {kind.__name__: kind for kind in (Capture, Release, UsageRecord, Event, RequestLog, KeptAnswer)}
"""What a settlement consists of, by the name under which it is noted. None of these names may come to mean another."""
_names = {name: [field.name for field in fields(kind)] for name, kind in _KINDS.items()}


def _row_of(names: Sequence[str]) -> Callable[[object], tuple[object, ...]]:
    """A function that reads these values: one that is written out, as `attrgetter` looks each up by its name again."""
    read: Callable[[object], tuple[object, ...]]
    read = eval(f"lambda one: ({''.join([f'one.{name}, ' for name in names])})")  # noqa: S307 - as kernel/making.py does
    return read


_written_by: Mapping[type, tuple[str, Callable[[object], tuple[object, ...]]]] = {
    kind: (name, _row_of(_names[name])) for name, kind in _KINDS.items()
}
"""Under which name a record is noted, and what reads its values."""

_json = msgspec.json.Encoder()
_json_reader = msgspec.json.Decoder(_Kept)
_note = msgspec.msgpack.Encoder(uuid_format="bytes")
_note_reader = msgspec.msgpack.Decoder(tuple[dict[str, list[str]], list[tuple[str, list[Any]]]])
_noted_names = msgspec.Raw(_note.encode(_names))


def as_json(unsettled: Unsettled) -> bytes:
    """For a person, and for any version of us that comes later."""
    command = unsettled.command
    kept = _Kept(
        capture=command if isinstance(command, Capture) else None,
        release=command if isinstance(command, Release) else None,
        usage=[one for one in unsettled.riders if isinstance(one, UsageRecord)],
        events=[one for one in unsettled.riders if isinstance(one, Event)],
        requests=[one for one in unsettled.riders if isinstance(one, RequestLog)],
        answers=[one for one in unsettled.riders if isinstance(one, KeptAnswer)],
    )
    return _json.encode(kept)


def write_note(unsettled: Unsettled, text: bytearray) -> None:
    """Writes it out into `text`, whose earlier content goes."""
    rows = []
    for one in (unsettled.command, *unsettled.riders):
        name, row_of = _written_by[type(one)]
        rows.append((name, row_of(one)))
    try:
        _note.encode_into((_noted_names, rows), text)
    except OverflowError:  # MessagePack ends at 64 bits; nothing that can be settled is larger, but it shall be told
        text[:] = as_json(unsettled)


def read_settlement(text: bytes) -> Unsettled:
    """What either of the two wrote. Raises ValueError for anything else."""
    if text[:1] == b"{":
        return _of_json(_json_reader.decode(text))
    names, rows = _note_reader.decode(text)
    match [_record(name, dict(zip(names.get(name, ()), values, strict=True))) for name, values in rows]:
        case [Capture() | Release() as command, *riders]:
            return Unsettled(command, riders)
    raise ValueError("it holds no command")


def _record(name: str, values: Mapping[str, object]) -> Any:
    if name not in _KINDS:
        raise ValueError(f"it holds a {name}, of which this version of us knows nothing")
    return msgspec.convert(values, _KINDS[name])


def _of_json(kept: _Kept) -> Unsettled:
    command = kept.capture or kept.release
    if command is None:
        raise ValueError("it holds no command")
    riders: list[Record] = [*kept.usage, *kept.events, *kept.requests, *kept.answers]
    return Unsettled(command, riders)
