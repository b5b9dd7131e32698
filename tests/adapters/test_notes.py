"""Notes outlive the process that made them, however it ended, and are nobody else's while it lives."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from deepspace_adapters import notes
from deepspace_adapters.notes import SLOT_BYTES, SLOTS, NoteFile, left_notes

WRITER = """
import sys
from pathlib import Path
from deepspace_adapters.notes import NoteFile
notes = NoteFile(Path(sys.argv[1]))
for ref in ("a", "b", "c"):
    notes.write(ref, ref.encode() * 100)
notes.strike("b")
print("written", flush=True)
sys.stdin.read()
"""


def taken_up(directory: Path) -> list[bytes]:
    """What lies there of dead processes; it is gone afterwards."""
    texts: list[bytes] = []
    for left in left_notes(directory):
        with closing(left):
            texts += left.texts()
            left.remove()
    return texts


def test_what_a_killed_process_had_noted_is_there_and_what_it_had_struck_is_not(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"written\n"
    assert left_notes(tmp_path) == [], "it lives"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert sorted(taken_up(tmp_path)) == [b"a" * 100, b"c" * 100]
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_ends_with_nothing_to_settle_leaves_nothing(tmp_path: Path) -> None:
    file = NoteFile(tmp_path / "new")
    assert file.write("a", b"text")
    file.strike("a")
    file.strike("never noted")
    file.close()
    assert list((tmp_path / "new").iterdir()) == []


def test_a_process_that_ends_with_something_to_settle_leaves_it(tmp_path: Path) -> None:
    file = NoteFile(tmp_path)
    file.write("a", b"first")
    file.write("a", b"then")
    file.close()
    assert taken_up(tmp_path) == [b"then"]


def test_what_does_not_fit_is_not_noted(tmp_path: Path) -> None:
    file = NoteFile(tmp_path)
    largest = SLOT_BYTES - 4
    assert file.write("a", bytes(largest))
    assert not file.write("b", bytes(largest + 1))
    file.close()
    assert taken_up(tmp_path) == [bytes(largest)]


def test_there_are_so_many_slots_and_each_is_used_again(tmp_path: Path) -> None:
    file = NoteFile(tmp_path)
    assert all(file.write(str(number), b"%d" % number) for number in range(SLOTS))
    assert not file.write("one more", b"text")
    assert file.write("7", b"over the first")
    file.strike("8")
    assert file.write("one more", b"text")
    file.close()
    expected = {b"%d" % number for number in range(SLOTS)} - {b"7", b"8"} | {b"over the first", b"text"}
    assert set(taken_up(tmp_path)) == expected


def test_notes_are_taken_up_by_one_process_only(tmp_path: Path) -> None:
    file = NoteFile(tmp_path)
    file.write("a", b"text")
    file.close()
    [left] = left_notes(tmp_path)
    assert left_notes(tmp_path) == [], "another one is just taking them up"
    left.close()
    assert taken_up(tmp_path) == [b"text"]
    assert taken_up(tmp_path) == []


def test_where_no_file_can_be_made_nothing_is_noted_and_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def is_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(notes, "_take_space", is_full)
    file = NoteFile(tmp_path)
    assert [file.write("a", b"text"), file.write("b", b"text")] == [False, False]
    assert len(caplog.records) == 1
    assert list(tmp_path.iterdir()) == []
    file.close()
