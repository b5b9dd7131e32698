"""Settlements that wait for the database, as files of this machine: one file each, gone when it is settled.

A file is written whole, synced and renamed into place, so that a crash leaves it there or not, never half. Several
gateway processes may share a directory: a settlement taken up twice is applied once, by its ref. What could not be
written whole is no settlement, and not counted as one. Beside them lie the processes' notes (notes.py): what a process
that was killed had still to settle becomes a file like the others when the next one starts.
"""

import logging
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from deepspace_adapters.notes import DIRECTORY_MODE, FILE_MODE, LeftNotes, NoteFile, left_notes
from deepspace_core.audit import RequestLog
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Capture, Release
from deepspace_core.pipeline import KeptAnswer, Settlement, Unsettled
from deepspace_core.usage import UsageRecord

KEPT_MAX = 100_000
"""Files at the most: some 200 MB, and the answers of calls with an idempotency key on top, up to 1.5 MB each. A
gateway that can't write its captures for that long has been told so for hours."""
SUFFIX = ".json"

log = logging.getLogger(__name__)


class _Kept(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A settlement on disk: exactly one of the two commands."""

    capture: Capture | None = None
    release: Release | None = None
    usage: list[UsageRecord] = []
    events: list[Event] = []
    requests: list[RequestLog] = []
    answers: list[KeptAnswer] = []


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Kept)


class FileSettlementJournal:
    """The `SettlementJournal` port on a directory, which is made when it is needed first."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._notes = NoteFile(directory)
        self._text = bytearray()
        """Where notes are written out; kept, so that it is made once."""

    def note(self, unsettled: Unsettled) -> None:
        kept, ref = _kept(unsettled), unsettled.command.ref
        if self._noted(ref, kept):
            return
        kept.answers = []  # the money comes first: without it, a retry with the same key is only answered anew
        if not self._noted(ref, kept):
            log.warning("there is no room to note a settlement", extra={"trace_id": unsettled.command.trace_id})

    def strike(self, ref: str) -> None:
        self._notes.strike(ref)

    def keep(self, unsettled: Unsettled) -> None:
        if self._is_kept(unsettled):
            self._notes.strike(unsettled.command.ref)

    def close(self) -> None:
        """Call it at the end of the process. Notes of what is not settled by then are left for the next one."""
        self._notes.close()

    def forget(self, ref: str) -> None:
        self._path(ref).unlink(missing_ok=True)
        self._notes.strike(ref)

    def count(self) -> int:
        """How many wait; for metrics."""
        try:
            names = os.listdir(self._directory)  # noqa: PTH208 - counting names makes no objects
        except FileNotFoundError:
            return 0
        return sum(name.endswith(SUFFIX) for name in names)

    def oldest_at(self) -> float | None:
        """Since when the first of them waits, in seconds since the epoch; None: none waits."""
        return min((path.stat().st_mtime for path in self._directory.glob(f"*{SUFFIX}")), default=None)

    def kept(self) -> Sequence[Unsettled]:
        for left in left_notes(self._directory):
            with closing(left):
                self._take_up(left)
        found: list[Unsettled] = []
        for path in sorted(self._directory.glob(f"*{SUFFIX}")):
            try:
                found.append(_unsettled(_decoder.decode(path.read_bytes())))
            except (OSError, ValueError) as fault:
                log.exception("%s can't be read as a settlement; a person must look", path.name, exc_info=fault)
        return found

    def _noted(self, ref: str, kept: _Kept) -> bool:
        _encoder.encode_into(kept, self._text)
        return self._notes.write(ref, self._text)

    def _take_up(self, left: LeftNotes) -> None:
        """Makes files of what a dead process has noted. Notes of which one can't be kept are left as they are."""
        texts = left.texts()
        if texts:
            log.warning("an earlier process was ended before it had settled %d calls", len(texts))
        taken_up = [self._is_taken_up(text) for text in texts]
        if all(taken_up):
            left.remove()

    def _is_taken_up(self, text: bytes) -> bool:
        try:
            return self._is_kept(_unsettled(_decoder.decode(text)))
        except ValueError as fault:
            log.exception("a note can't be read as a settlement; a person must look", exc_info=fault)
            return False

    def _is_kept(self, unsettled: Unsettled) -> bool:
        command = unsettled.command
        try:
            self._directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
            if self.count() >= KEPT_MAX:
                raise OSError(f"the journal holds {KEPT_MAX} settlements already")  # noqa: TRY301
            self._write(self._path(command.ref), _encoder.encode(_kept(unsettled)))
        except OSError as fault:
            log.exception(
                "a settlement could not be kept on disk",
                exc_info=fault,
                extra={"ref": command.ref, "trace_id": command.trace_id},
            )
            return False
        return True

    def _path(self, ref: str) -> Path:
        return self._directory / f"{ref.encode().hex()}{SUFFIX}"

    def _write(self, path: Path, text: bytes) -> None:
        part = path.with_suffix(".part")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        self._sync_names()

    def _sync_names(self) -> None:
        """A name outlives a power cut only once its directory is synced too (fsync(2))."""
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _kept(unsettled: Unsettled) -> _Kept:
    command = unsettled.command
    return _Kept(
        capture=command if isinstance(command, Capture) else None,
        release=command if isinstance(command, Release) else None,
        usage=[one for one in unsettled.riders if isinstance(one, UsageRecord)],
        events=[one for one in unsettled.riders if isinstance(one, Event)],
        requests=[one for one in unsettled.riders if isinstance(one, RequestLog)],
        answers=[one for one in unsettled.riders if isinstance(one, KeptAnswer)],
    )


def _unsettled(kept: _Kept) -> Unsettled:
    command = kept.capture or kept.release
    if command is None:
        raise ValueError("it holds no command")
    riders: list[Record] = [*kept.usage, *kept.events, *kept.requests, *kept.answers]
    return Unsettled(command, riders)


def report_unsettled(command: Settlement, reason: str) -> None:
    """Logs a settlement that was refused, or can't be written. Alert on it (docs/operating)."""
    log.error(
        "a hold could not be settled: %s",
        reason,
        extra={"trace_id": command.trace_id, "ref": command.ref, "hold_ref": command.hold_ref},
    )
