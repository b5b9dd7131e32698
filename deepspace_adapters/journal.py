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

from deepspace_adapters.notes import FILE_MODE, LeftNotes, NoteFile, left_notes, make_directory
from deepspace_adapters.settlement_text import as_json, read_settlement, write_note
from deepspace_core.pipeline import KeptAnswer, Settlement, Unsettled

KEPT_MAX = 100_000
"""Files at the most: some 200 MB, and the answers of calls with an idempotency key on top, up to 1.5 MB each. A
gateway that can't write its captures for that long has been told so for hours."""
SUFFIX = ".json"

log = logging.getLogger(__name__)


class FileSettlementJournal:
    """The `SettlementJournal` port on a directory, which is made when it is needed first."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._notes = NoteFile(directory)
        self._text = bytearray()
        """Where notes are written out; kept, so that it is made once."""
        self._has_room = True
        """Whether the last note found a place: it is told when they begin to find none, not of each."""

    def note(self, unsettled: Unsettled) -> None:
        is_noted = self._is_noted(unsettled) or self._is_noted_without_answer(unsettled)
        if not is_noted and self._has_room:
            log.warning(
                "there is no room to note a settlement, nor perhaps the next ones: they are lost should this process "
                "be killed before they are captured",
                extra={"trace_id": unsettled.command.trace_id},
            )
        self._has_room = is_noted

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
                found.append(read_settlement(path.read_bytes()))
            except (OSError, ValueError) as fault:
                log.exception("%s can't be read as a settlement; a person must look", path.name, exc_info=fault)
        return found

    def _is_noted(self, unsettled: Unsettled) -> bool:
        write_note(unsettled, self._text)
        return self._notes.write(unsettled.command.ref, self._text)

    def _is_noted_without_answer(self, unsettled: Unsettled) -> bool:
        """The money comes first: without its answer, a retry with the same key is only answered anew."""
        others = [one for one in unsettled.riders if not isinstance(one, KeptAnswer)]
        return len(others) < len(unsettled.riders) and self._is_noted(Unsettled(unsettled.command, others))

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
            return self._is_kept(read_settlement(text))
        except ValueError as fault:
            log.exception("a note can't be read as a settlement; a person must look", exc_info=fault)
            return False

    def _is_kept(self, unsettled: Unsettled) -> bool:
        command = unsettled.command
        try:
            make_directory(self._directory)
            if self.count() >= KEPT_MAX:
                raise OSError(f"the journal holds {KEPT_MAX} settlements already")  # noqa: TRY301
            self._write(self._path(command.ref), as_json(unsettled))
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


def report_unsettled(command: Settlement, reason: str) -> None:
    """Logs a settlement that was refused, or can't be written. Alert on it (docs/operating)."""
    log.error(
        "a hold could not be settled: %s",
        reason,
        extra={"trace_id": command.trace_id, "ref": command.ref, "hold_ref": command.hold_ref},
    )
