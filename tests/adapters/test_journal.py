"""The journal of settlements: what is kept comes back the same, whatever is in it, and only whole."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from deepspace_adapters.journal import FileSettlementJournal
from deepspace_core.audit import RequestLog, StageTiming
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import EventId, HoldId, ModelId, OrgId, TraceId, UsageRecordId, WalletId
from deepspace_core.ledger import Capture, Release
from deepspace_core.pipeline import Settlement, Unsettled
from deepspace_core.pricing import TokenLeaves
from deepspace_core.usage import Ending, UsageRecord, UsageSource

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
TRACE = TraceId("0af7651916cd43dd8448eb211c80319c")
ORG, WALLET = OrgId(UUID(int=1)), WalletId(UUID(int=2))
CAPTURE = Capture(
    org_id=ORG,
    wallet_id=WALLET,
    ref="capture:1",
    trace_id=TRACE,
    actor="key:1",
    description="chat/completions with 小模型",
    hold_ref="hold:1",
    amount_nanos=2**53 + 1,
)
RELEASE = Release(
    org_id=ORG, wallet_id=WALLET, ref="release:2", trace_id=TRACE, actor="key:1", hold_id=HoldId(UUID(int=9))
)
USAGE = UsageRecord(
    id=UsageRecordId(UUID(int=3)),
    org_id=ORG,
    workspace_id=None,
    project_id=None,
    api_key_id=None,
    user_id=None,
    model_id=ModelId(UUID(int=4)),
    model_name="small",
    route="chat/completions",
    stream=True,
    leaves=TokenLeaves(input_uncached=5, output_text=7),
    cost_picos=2**60,
    cost_nanos=2**53 + 1,
    currency="USD",
    price_id=None,
    price_version=1,
    usage_source=UsageSource.UPSTREAM,
    ending=Ending.COMPLETED,
    trace_id=TRACE,
    hold_ref="hold:1",
    capture_ref="capture:1",
    started_at=NOON,
    ended_at=NOON,
    latency_ms=3,
)
EVENT = Event(
    id=EventId(UUID(int=5)),
    at=NOON,
    event_type="call.metered",
    org_id=ORG,
    actor="key:1",
    subject="model_1",
    trace_id=TRACE,
    payload={"cost_nanos": 2**53 + 1, "model": "small"},
)
REQUEST = RequestLog(
    id=UUID(int=6),
    trace_id=TRACE,
    org_id=ORG,
    project_id=None,
    api_key_id=None,
    user_id=None,
    method="POST",
    route="chat/completions",
    model_name="small",
    stream=True,
    status=200,
    error_code=None,
    stages=(StageTiming("auth", 1, 2),),
    client_address="192.0.2.1",
    user_agent="x",
    request_bytes=1,
    response_bytes=2,
    started_at=NOON,
    duration_ms=3,
)


@pytest.mark.parametrize("unsettled", [Unsettled(CAPTURE, [USAGE, EVENT, REQUEST]), Unsettled(RELEASE, [])])
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


def test_a_disk_that_refuses_does_not_keep_the_call_from_ending(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file stands where the directory should", encoding="utf-8")
    FileSettlementJournal(tmp_path / "journal").keep(Unsettled(CAPTURE, []))


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    FileSettlementJournal(tmp_path / "journal").keep(Unsettled(CAPTURE, []))
    [file] = (tmp_path / "journal").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
