"""Columns of values as PostgreSQL array literals: how rows go to the server in bulk.

psycopg adapts a list element by element, with a look-up and an object each; a call writes about 160 values, and that
was a sixth of all CPU a call took. A literal is one join. It also leaves the type to the statement's own cast, so that
a statement has one prepared form, whatever the first values are.
Source: PostgreSQL's documentation, 8.15.2 (array value input) and 8.15.6 (quoting).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

FEW_ROWS = 8
"""More of them cost less if each column is looked at by itself: often all of its values are the same."""

_encoder = msgspec.json.Encoder(uuid_format="hex")
_encode, _encode_lines = _encoder.encode, _encoder.encode_lines


class Columns(Mapping[str, str]):
    """Literals by the parameters of a statement: what any cursor takes, and a burst takes as they stand."""

    __slots__ = ("literals", "names")

    def __init__(self, names: tuple[str, ...], literals: Sequence[bytes]) -> None:
        if len(names) != len(literals):
            raise ValueError(f"{len(literals)} literals for {len(names)} columns")
        self.names = names
        self.literals = literals

    def __getitem__(self, name: str) -> str:
        if name not in self.names:
            raise KeyError(name)
        return self.literals[self.names.index(name)].decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def array_of(values: Iterable[object]) -> str:
    """The literal of a one-dimensional array. Elements: str, int, bool, UUID, an aware datetime or None.

    Raises TypeError for anything else: what can't be written exactly isn't guessed at.
    """
    elements = values if isinstance(values, list | tuple) else list(values)
    if len(elements) == 1:
        return f"{{{_WRITERS[type(elements[0])](elements[0])}}}"
    return _literal(elements)


def _literal(elements: Sequence[Any]) -> str:
    if not _written.issuperset(map(type, elements)):
        _learn_kinds(elements)
    if elements and type(elements[0]) is str and '"' in elements[0]:
        return f"{{{_texts(elements)}}}"
    # PostgreSQL reads an array of JSON's values as it reads its own literals, but for escapes other than these two; and
    # JSON is written in C.
    written = _encode(elements).decode()
    return f"{{{_texts(elements) if _ESCAPE in written else written[1:-1]}}}"


def documents_of(objects: Sequence[object]) -> bytes:
    """The literal of an array of JSON documents, one an object."""
    # JSON holds no control characters: a document is a line.
    return plain_array_of(_encode_lines(objects).decode().split(_LINE_END)[:-1])


def plain_array_of(texts: Sequence[str | None]) -> bytes:
    """The literal of an array of texts without control characters: quoted as JSON's they are quoted as PostgreSQL's."""
    return b"{%b}" % _encode(texts)[1:-1]


def columns_of(names: tuple[str, ...], rows: Sequence[tuple[object, ...]], *more: bytes) -> Columns:
    """Rows, at least one, as one literal a value, and `more` literals after them, in the order of `names`.

    Raises TypeError for what `array_of` raises it for.
    """
    literals = _few(rows) if len(rows) <= FEW_ROWS else map(str.encode, map(_column, zip(*rows, strict=True)))
    return Columns(names, [*literals, *more])


def _few(rows: Sequence[tuple[object, ...]]) -> Iterable[bytes]:
    """All columns in one go, [[1,2],["a","b"]], and parted where one of them ends."""
    for row in rows:
        if not _written.issuperset(map(type, row)):
            _learn_kinds(row)
    columns = [*zip(*rows, strict=True)]
    written = _encode(columns)
    if b"\\" in written or written.count(b"],[") >= len(columns):
        # What JSON writes otherwise than PostgreSQL, or a text that looks like the end of a column.
        return map(str.encode, map(array_of, columns))
    return (b"{%b}" % written[2:-2].replace(b"],[", b"}\0{")).split(b"\0")


def _column(elements: tuple[object, ...]) -> str:
    """Of values at least one, which in a batch often are the same: whose money it is, what did not move."""
    first, count = elements[0], len(elements)
    if elements == (first,) * count:
        written = _WRITERS[type(first)](first)
        return f"{{{written}{f',{written}' * (count - 1)}}}"
    return _literal(elements)


def _text(value: str) -> str:
    # Always quoted, so that neither "NULL" nor an empty text nor a comma is anything but itself.
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


def _null(_: None) -> str:
    return "NULL"


def _boolean(value: bool) -> str:
    return "t" if value else "f"


def _time(value: datetime) -> str:
    return _encode(value).decode()


def _uuid(value: UUID) -> str:
    return "%032x" % value.int  # noqa: UP031 - half the time of a format string


def _texts(elements: Sequence[Any]) -> str:
    """Texts in need of escapes, and nulls, the usual ones all at once."""
    are_texts = _TEXT.issuperset(map(type, elements))
    if not are_texts or (joined := _SEPARATOR.join(elements)).count(_SEPARATOR) != len(elements) - 1:
        return ",".join([_WRITERS[type(element)](element) for element in elements])
    if _ESCAPE in joined:
        joined = joined.replace(_ESCAPE, _ESCAPE * 2)
    escaped = joined.replace('"', '\\"').replace(_SEPARATOR, '","')
    return f'"{escaped}"'


def _learn_kinds(elements: Iterable[object]) -> None:
    """Enums of text are met one by one. Raises TypeError."""
    for kind in set(map(type, elements)) - _written:
        _ = _WRITERS[kind]
        _written.add(kind)


class _Writers(dict[type, Callable[[Any], str]]):
    """How a value of each type is written; enums of text are learnt at their first sight."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        if not issubclass(kind, StrEnum):
            raise TypeError(f"an array literal can't hold a {kind.__name__}")
        # Texts of an enum are few, and looking them up is cheaper than quoting them.
        self[kind] = {value: _text(value.value) for value in kind}.__getitem__
        return self[kind]


_WRITERS: Final = _Writers({str: _text, int: str, bool: _boolean, UUID: _uuid, datetime: _time, type(None): _null})
_written: Final[set[type]] = set(_WRITERS)
"""Kinds of values that may stand in an array."""
_TEXT: Final = frozenset({str})
_ESCAPE, _SEPARATOR, _LINE_END = "\\", "\0", "\n"
"""No text that PostgreSQL can hold has the second one in it."""
