"""Reads a form (multipart/form-data) as it passes: its few fields, where they stand, and the beginning of its file.

The files themselves are never kept. Rules: a form must be written as every client's library writes it (RFC 7578, with
the line ends of RFC 2046), since what one parser takes for a field another might not; a field that the gateway reads
may stand in it once, because some upstreams believe the first of two and others the last.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from deepspace_adapters.newapi.request_fields import bounded_images, named
from deepspace_adapters.newapi.sound import seconds_of
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.units import NO_UNITS, Units
from deepspace_core.pipeline import ModelRequest, Route
from deepspace_core.pricing import tokens_for

FIELD_BYTES_MAX = 256 * 1024
"""The longest field that is no file: a prompt, at most."""
HEAD_BYTES_MAX = 8 * 1024
"""The longest head of a part."""
FILE_HEAD_BYTES = 4 * 1024
"""What is kept of the beginning of the first file, to tell how long a sound is."""
PARTS_MAX = 256
SINGLE = frozenset({"model", "n", "stream"})

_BOUNDARY = re.compile(r'multipart/form-data\s*;.*?\bboundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'(?:^|;)\s*name="([^"\r\n]*)"', re.IGNORECASE)
_FILENAME = re.compile(rb"(?:^|;)\s*filename\*?=", re.IGNORECASE)
_DISPOSITION = re.compile(rb"(?:^|\r\n)content-disposition:([^\r\n]*)", re.IGNORECASE)
_IMAGE_ROUTES = frozenset({Route.IMAGE_EDITS, Route.IMAGE_VARIATIONS})


class _Place(Enum):
    DELIMITER = auto()
    HEAD = auto()
    FIELD = auto()
    FILE = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class FormField:
    """A field that is no file: its value, and where in the body it stands."""

    value: str
    start: int
    end: int


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of a form, or None for a body that is none."""
    found = _BOUNDARY.match(content_type)
    return None if found is None else (found[1] or found[2]).encode("latin-1", "replace")


@dataclass(slots=True)
class FormScanner:
    """Give it every byte of the body, in order. Raises InvalidInput for a form that can't be read without doubt."""

    boundary: bytes
    fields: dict[str, FormField] = field(default_factory=dict)
    file_head: bytes = b""
    has_file: bool = False
    _buffer: bytearray = field(default_factory=bytearray)
    _offset: int = 0
    """Where in the body the buffer begins."""
    _place: _Place = _Place.DELIMITER
    _name: str = ""
    _parts: int = 0
    _is_first_file: bool = False
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def ended(self) -> bool:
        return self._place is _Place.END

    @property
    def model_known(self) -> bool:
        """Whether the body can go on its way: the model is known, and so is how a file begins, if one has begun."""
        if self.ended:
            return True
        begun = self._place is _Place.FILE or self.has_file
        return "model" in self.fields and begun and (len(self.file_head) >= FILE_HEAD_BYTES or not self._is_first_file)

    @property
    def digest(self) -> bytes:
        """Of names, values and files so far; the same however a client draws its boundary."""
        return self._digest.digest()

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the body."""
        self._buffer += data
        while self._step():
            pass

    def close(self) -> None:
        """The body has ended."""
        if not self.ended:
            raise InvalidInput("the form breaks off before its last boundary", param=None)

    def require_model(self) -> None:
        """Raises InvalidInput when the model is not named."""
        if "model" not in self.fields:
            raise InvalidInput("you must provide the field 'model'", param="model")

    def _step(self) -> bool:
        """Reads one thing; False when there are not enough bytes for it."""
        match self._place:
            case _Place.DELIMITER:
                return self._delimiter()
            case _Place.HEAD:
                return self._head()
            case _Place.FIELD:
                return self._field()
            case _Place.FILE:
                return self._file()
            case _Place.END:
                self._drop(len(self._buffer))
                return False

    def _delimiter(self) -> bool:
        mark = b"--" + self.boundary
        if len(self._buffer) < len(mark) + 2:
            return False
        after = bytes(self._buffer[len(mark) : len(mark) + 2])
        if not self._buffer.startswith(mark) or after not in {b"\r\n", b"--"}:
            raise InvalidInput("the form is malformed: a part does not begin with its boundary", param=None)
        self._parts += 1
        if self._parts > PARTS_MAX:
            raise InvalidInput(f"the form has more than {PARTS_MAX} parts", param=None)
        self._place = _Place.HEAD if after == b"\r\n" else _Place.END
        self._drop(len(mark) + 2)
        return True

    def _head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or end > HEAD_BYTES_MAX:
            if len(self._buffer) > HEAD_BYTES_MAX:
                raise InvalidInput(f"the head of a part is longer than {HEAD_BYTES_MAX} bytes", param=None)
            return False
        disposition = _DISPOSITION.search(bytes(self._buffer[:end]))
        found = _NAME.search(disposition[1]) if disposition else None
        if disposition is None or found is None:
            raise InvalidInput('each part of a form needs `content-disposition: form-data; name="…"`', param=None)
        self._name = found[1].decode("utf-8", "replace")
        self._digest.update(b"\0" + found[1] + b"\0")
        is_file = _FILENAME.search(disposition[1]) is not None
        if not is_file:
            self._check_name()
        self._is_first_file = is_file and not self.has_file
        self.has_file = self.has_file or is_file
        self._place = _Place.FILE if is_file else _Place.FIELD
        self._drop(end + 4)
        return True

    def _check_name(self) -> None:
        name = self._name
        if name not in SINGLE and name.casefold() in SINGLE:
            raise InvalidInput(f"the field {name[:64]!r} must be written {name.casefold()!r}", param=name.casefold())
        if name in SINGLE and name in self.fields:
            raise InvalidInput(f"the field {name!r} stands in the form twice", param=name)

    def _field(self) -> bool:
        end = self._buffer.find(b"\r\n--" + self.boundary)
        if end < 0:
            if len(self._buffer) > FIELD_BYTES_MAX:
                told = f"the field {self._name[:64]!r} is longer than {FIELD_BYTES_MAX} bytes"
                raise InvalidInput(told, param=self._name[:64])
            return False
        raw = bytes(self._buffer[:end])
        self._digest.update(raw)
        self.fields[self._name] = FormField(raw.decode("utf-8", "replace"), self._offset, self._offset + end)
        self._place = _Place.DELIMITER
        self._drop(end + 2)
        return True

    def _file(self) -> bool:
        mark = b"\r\n--" + self.boundary
        end = self._buffer.find(mark)
        data = end if end >= 0 else max(0, len(self._buffer) - len(mark) + 1)
        seen = bytes(self._buffer[:data])
        self._digest.update(seen)
        if self._is_first_file and len(self.file_head) < FILE_HEAD_BYTES:
            self.file_head += seen[: FILE_HEAD_BYTES - len(self.file_head)]
        if end < 0:
            self._drop(data)
            return False
        self._is_first_file = False
        self._place = _Place.DELIMITER
        self._drop(end + 2)
        return True

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._offset += count


def read_form(route: Route, form: FormScanner, *, bytes_total: int) -> ModelRequest:
    """What a form asks for, as far as it has been read. `bytes_total`: how long the body is, or may be.

    Raises InvalidInput naming the field at fault.
    """
    values: Mapping[str, str] = {name: one.value for name, one in form.fields.items()}
    is_image = route in _IMAGE_ROUTES
    units = Units(images=bounded_images(_number(values))) if is_image else NO_UNITS
    if not is_image:
        units = Units(audio_seconds=seconds_of(form.file_head, bytes_total=bytes_total))
    return ModelRequest(
        model=named(values["model"]),
        stream=False,  # the wish for events may stand behind the file: the answer tells
        usage_wanted=False,
        output_tokens_max=None,
        choices=1,
        units_max=units,
        input_tokens_beside=tokens_for(Units(images=1)).output_total if is_image else 0,
    )


def _number(values: Mapping[str, str]) -> int | None:
    told = values.get("n")
    if told is None:
        return None
    if not told.isascii() or not told.isdigit():
        raise InvalidInput(f"the field 'n' must be a number, not {told[:20]!r}", param="n")
    return int(told[:9])
