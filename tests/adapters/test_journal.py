"""The journal of settlements: what is kept comes back the same, whatever is in it, and only whole."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from deepspace_adapters.journal import FileSettlementJournal
from deepspace_adapters.notes import NoteFile
from deepspace_core.kernel.ids import HoldId
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Capture, Release
from deepspace_core.pipeline import Answer, Claim, KeptAnswer, Settlement, Unsettled
from tests.core.metering_values import FACT, ORG, OWNER, REQUEST, TRACE, USED
from tests.fakes import NOON

CAPTURE = Capture(
    org_id=ORG,
    wallet_id=OWNER.wallet_id,
    ref="capture:1",
    trace_id=TRACE,
    actor="key:1",
    description="chat/completions with 小模型",
    hold_ref="hold:1",
    amount_nanos=2**53 + 1,
)
RELEASE = Release(
    org_id=ORG, wallet_id=OWNER.wallet_id, ref="release:2", trace_id=TRACE, actor="key:1", hold_id=HoldId(UUID(int=9))
)
EXACT = replace(USED, cost_picos=2**60, cost_nanos=2**53 + 1)
"""Beyond what a float holds exactly, as some JSON readers would make of it."""


CLAIM = Claim(
    org_id=ORG,
    key_hash=bytes(32),
    body_hash=bytes(range(32)),
    call_id=UUID(int=1),
    trace_id=TRACE,
    claimed_at=NOON,
    lease_until=NOON,
    expires_at=NOON,
)
KEPT = KeptAnswer(CLAIM, Answer(status=200, content_type="text/event-stream", cost=None, sealed=bytes(range(256))))


@pytest.mark.parametrize(
    "unsettled",
    [
        Unsettled(CAPTURE, [EXACT, FACT, REQUEST]),
        Unsettled(CAPTURE, [EXACT, KEPT, KeptAnswer(CLAIM, None)]),
        Unsettled(RELEASE, []),
    ],
)
def test_what_is_kept_is_there_for_the_next_process_and_the_same(tmp_path: Path, unsettled: Unsettled) -> None:
    FileSettlementJournal(tmp_path / "journal").keep(unsettled)
    assert FileSettlementJournal(tmp_path / "journal").kept() == [unsettled]
    assert FileSettlementJournal(tmp_path / "journal").count() == 1


@pytest.mark.parametrize("command", [CAPTURE, RELEASE])
def test_what_is_forgotten_is_gone(tmp_path: Path, command: Settlement) -> None:
    journal = FileSettlementJournal(tmp_path)
    journal.keep(Unsettled(command, []))
    journal.forget(command.ref)
    journal.forget("never kept")
    assert journal.kept() == []


def test_nothing_has_been_kept_where_there_is_no_directory(tmp_path: Path) -> None:
    assert FileSettlementJournal(tmp_path / "absent").kept() == []
    assert FileSettlementJournal(tmp_path / "absent").count() == 0


def test_a_file_that_can_t_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    journal = FileSettlementJournal(tmp_path)
    journal.keep(Unsettled(CAPTURE, []))
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "empty.json").write_text("{}", encoding="utf-8")
    (tmp_path / "half.part").write_text("{", encoding="utf-8")
    assert [one.command.ref for one in journal.kept()] == ["capture:1"]
    assert journal.count() == 3, "what was not written whole is not counted"


def test_a_disk_that_refuses_does_not_keep_the_call_from_ending(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file stands where the directory should", encoding="utf-8")
    FileSettlementJournal(tmp_path / "journal").keep(Unsettled(CAPTURE, []))


def test_a_settlement_that_could_not_be_written_whole_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr("deepspace_adapters.journal.os.fsync", refuse)
    FileSettlementJournal(tmp_path).keep(Unsettled(CAPTURE, []))
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    FileSettlementJournal(tmp_path / "journal").keep(Unsettled(CAPTURE, []))
    [file] = (tmp_path / "journal").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_what_was_noted_and_not_settled_is_taken_up_by_the_next_process(tmp_path: Path) -> None:
    journal = FileSettlementJournal(tmp_path / "journal")
    unsettled = Unsettled(CAPTURE, [EXACT, FACT, REQUEST, KEPT])
    journal.note(unsettled)
    journal.note(Unsettled(RELEASE, []))
    journal.strike(RELEASE.ref)
    other = FileSettlementJournal(tmp_path / "journal")
    assert other.kept() == [], "its process lives"
    journal.close()
    assert other.kept() == [unsettled]
    assert (other.count(), other.kept()) == (1, [unsettled]), "it is a settlement like others now"
    other.forget(CAPTURE.ref)
    assert other.kept() == []


@pytest.mark.parametrize("end", ["keep", "forget"])
def test_what_is_kept_or_forgotten_needs_no_note(tmp_path: Path, end: str) -> None:
    journal = FileSettlementJournal(tmp_path)
    journal.note(Unsettled(CAPTURE, []))
    if end == "keep":
        journal.keep(Unsettled(CAPTURE, []))
    else:
        journal.forget(CAPTURE.ref)
    journal.close()
    assert not list(tmp_path.glob("notes-*"))
    assert journal.count() == (end == "keep")


def test_an_answer_that_is_too_long_for_a_note_is_left_out_of_it(tmp_path: Path) -> None:
    long = KeptAnswer(CLAIM, Answer(status=200, content_type="text/event-stream", cost=None, sealed=bytes(20_000)))
    journal = FileSettlementJournal(tmp_path)
    journal.note(Unsettled(CAPTURE, [EXACT, long]))
    journal.close()
    assert journal.kept() == [Unsettled(CAPTURE, [EXACT])]


def test_a_note_that_can_t_be_read_or_kept_stays_where_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    notes = NoteFile(tmp_path)
    notes.write("a", b"{")
    notes.close()
    journal = FileSettlementJournal(tmp_path)
    journal.note(Unsettled(CAPTURE, []))
    journal.close()
    assert [one.command.ref for one in FileSettlementJournal(tmp_path).kept()] == ["capture:1"]
    assert len(list(tmp_path.glob("notes-*"))) == 1
    assert "can't be read" in caplog.text


@pytest.mark.parametrize("riders", [[EXACT, FACT], [EXACT, KEPT]])
def test_where_no_notes_can_be_made_it_is_told_once_and_nothing_is_tried_in_vain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, riders: list[Record]
) -> None:
    tried: list[str] = []

    def refuse(self: NoteFile, ref: str, text: bytearray) -> bool:
        tried.append(ref)
        return False

    monkeypatch.setattr(NoteFile, "write", refuse)
    journal = FileSettlementJournal(tmp_path)
    for _ in range(3):
        journal.note(Unsettled(CAPTURE, riders))
    assert len(tried) == 3 * (1 + riders.count(KEPT)), "again only without the answer, where there is one"
    assert [record.getMessage()[:13] for record in caplog.records] == ["there is no r"]
    monkeypatch.undo()
    journal.note(Unsettled(CAPTURE, riders))
    monkeypatch.setattr(NoteFile, "write", refuse)
    journal.note(Unsettled(CAPTURE, riders))
    assert len(caplog.records) == 2, "when there has been room in between, it is news again"
    journal.close()


def test_a_note_of_a_version_that_wrote_json_is_taken_up(tmp_path: Path) -> None:
    unsettled = Unsettled(CAPTURE, [EXACT, FACT, REQUEST])
    FileSettlementJournal(tmp_path / "earlier").keep(unsettled)
    [written] = (tmp_path / "earlier").iterdir()
    notes = NoteFile(tmp_path)
    notes.write("a", written.read_bytes())
    notes.close()
    assert FileSettlementJournal(tmp_path).kept() == [unsettled]
