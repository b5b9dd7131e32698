"""Notes in a file that is mapped into memory: made without a system call, and there whatever ends this process.

What is written into a mapped file belongs to the kernel at once, so a note outlives `kill -9`, though not a power cut
(mmap(2), MAP_SHARED). A file belongs to one process, which holds a lock on it for as long as it lives (flock(2)): a
file that can be locked was left by one that is dead. A slot is a length and a text; a length of zero is no note. The
length is written last, so that a note is there whole or not at all.
"""

import fcntl
import logging
import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

SLOT_BYTES = 16 * 1024
SLOTS = 1_024
"""As many answers as may end while the database keeps their captures waiting. Pages that none needs stay untouched."""
DIRECTORY_MODE, FILE_MODE = 0o700, 0o600
PREFIX, SUFFIX = "notes-", ".map"
_LENGTH_BYTES = 4
_NO_LENGTH = bytes(_LENGTH_BYTES)

log = logging.getLogger(__name__)


class NoteFile:
    """This process's notes, each under its ref. The file is made for the first of them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._slot_of: dict[str, int] = {}
        self._free: list[int] = []
        self._file: _Mapped | None = None
        self._is_failed = False

    def write(self, ref: str, text: bytes | bytearray) -> bool:
        """Whether there was room for it. A note of the same ref is written over."""
        length = len(text)
        file = self._file or self._opened()
        if file is None or length > SLOT_BYTES - _LENGTH_BYTES or not (self._free or ref in self._slot_of):
            return False
        if ref in self._slot_of:
            self.strike(ref)
        slot = self._slot_of[ref] = self._free.pop()
        start = slot * SLOT_BYTES + _LENGTH_BYTES
        file.memory[start : start + length] = text
        file.memory[start - _LENGTH_BYTES : start] = length.to_bytes(_LENGTH_BYTES, "little")
        return True

    def strike(self, ref: str) -> None:
        """The note is not needed any more. Nothing happens where there is none."""
        slot = self._slot_of.pop(ref, None)
        if slot is None or self._file is None:
            return
        self._file.memory[slot * SLOT_BYTES : slot * SLOT_BYTES + _LENGTH_BYTES] = _NO_LENGTH
        self._free.append(slot)

    def close(self) -> None:
        """Leaves the file to the next process where notes are in it, else removes it."""
        file, self._file = self._file, None
        if file is not None:
            if not self._slot_of:
                file.path.unlink(missing_ok=True)
            file.close()

    def _opened(self) -> "_Mapped | None":
        if self._is_failed:
            return None
        try:
            self._file = _made(self._directory)
        except OSError:
            self._is_failed = True
            log.exception(
                "no notes can be made of what is owed: what this process has not captured when it is killed is lost"
            )
            return None
        self._free = list(range(SLOTS - 1, -1, -1))  # the slot that was freed last is taken first: it is in a cache
        return self._file


@dataclass(frozen=True, slots=True)
class _Mapped:
    path: Path
    descriptor: int
    memory: mmap.mmap

    def close(self) -> None:
        self.memory.close()
        os.close(self.descriptor)


def _made(directory: Path) -> _Mapped:
    """A file with its lock, its space taken: writing into a mapping for which the disk has no room ends the process."""
    make_directory(directory)
    path = directory / f"{PREFIX}{uuid4().hex}{SUFFIX}"
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _take_space(descriptor, SLOTS * SLOT_BYTES)
        memory = mmap.mmap(descriptor, SLOTS * SLOT_BYTES)
        part.rename(path)  # under its name only now, when it is locked: nobody takes it for a dead process's
    except BaseException:
        os.close(descriptor)
        part.unlink(missing_ok=True)
        raise
    return _Mapped(path, descriptor, memory)


def make_directory(directory: Path) -> None:
    """Where notes and the settlements of the journal lie, for this user's eyes only."""
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)


def _take_space(descriptor: int, size: int) -> None:
    allocate = getattr(os, "posix_fallocate", None)
    if allocate is not None:
        allocate(descriptor, 0, size)
    else:  # macOS
        os.pwrite(descriptor, bytes(size), 0)


class LeftNotes:
    """The notes of a process that is dead. Made by `left_notes`; the file is locked until `remove` or `close`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    def texts(self) -> Sequence[bytes]:
        found: list[bytes] = []
        for slot in range(SLOTS):
            length = int.from_bytes(os.pread(self._descriptor, _LENGTH_BYTES, slot * SLOT_BYTES), "little")
            if 0 < length <= SLOT_BYTES - _LENGTH_BYTES:
                found.append(os.pread(self._descriptor, length, slot * SLOT_BYTES + _LENGTH_BYTES))
        return found

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        os.close(self._descriptor)


def left_notes(directory: Path) -> Sequence[LeftNotes]:
    """What dead processes have left in that directory; each for one taker only."""
    found = [_locked(path) for path in sorted(directory.glob(f"{PREFIX}*{SUFFIX}"))]
    return [one for one in found if one is not None]


def _locked(path: Path) -> LeftNotes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # its process lives, or another one is just taking it up
        os.close(descriptor)
        return None
    if os.fstat(descriptor).st_nlink == 0:  # another one has taken it up meanwhile
        os.close(descriptor)
        return None
    return LeftNotes(path, descriptor)
