"""`deepspace usage` on memory: calls listed and summed, roll-ups made anew."""

from datetime import timedelta
from uuid import UUID

from deepspace_adapters.memory.work import MemoryPartitions
from deepspace_core.kernel.ids import ModelId, OrgId, UsageRecordId, read_id
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import Ending, UsageRecord, UsageSource
from deepspace_core.work import TableOnDisk
from deepspace_core.work.ports import Partitions
from tests.adapters.cli.memory_stack import MemoryStack
from tests.fakes import NOON, TRACE


def test_usage_is_listed_and_summed(stack: MemoryStack) -> None:
    org = stack.told("org", "show", "Ada")
    stack.record(usage_of(OrgId(read_id("org", org["id"], param="org"))))
    row = stack.told("usage", "list", "--org", "Ada", "--model", "tiny")["data"][0]
    assert (row["input_tokens"], row["output_tokens"], row["cost"]) == (10, 5, "0.000006")
    summed = stack.told("usage", "summary", "--by", "model", "--days", "7")["data"]
    assert [(one["value"], one["requests"], one["cost_nanos"]) for one in summed] == [("tiny", 1, 6_000)]


def test_a_trace_tells_its_story(stack: MemoryStack) -> None:
    story = stack.told("trace", TRACE)
    assert [entry["kind"] for entry in story["entries"]] == ["ledger.hold"]
    assert "held 0.002 USD" in stack.run("trace", TRACE.upper()).stdout


def test_a_table_keeps_ids_whole_when_it_is_piped(stack: MemoryStack) -> None:
    org = stack.told("org", "show", "Ada")
    assert org["id"] in stack.run("org", "list").stdout


def test_roll_ups_are_made_anew_from_the_records(stack: MemoryStack) -> None:
    org = stack.told("org", "show", "Ada")
    used = usage_of(OrgId(read_id("org", org["id"], param="org")))
    stack.record(used)
    stack.clock.advance(timedelta(hours=2))
    since = f"{used.ended_at - timedelta(days=1):%Y-%m-%d}"
    for _ in range(2):
        assert stack.told("usage", "recompute", "--from", since)["rows"] == 1
    assert stack.told("usage", "recompute", "--from", since, "--to", since)["rows"] == 0


def test_roll_ups_of_months_whose_records_are_archived_are_left_alone(stack: MemoryStack) -> None:
    partitions = stack.adapters[Partitions]
    assert isinstance(partitions, MemoryPartitions)
    partitions.measured.append(TableOnDisk("usage_records", 2, "2029-12", "2030-01", 7, 8_192))
    refused = stack.run("usage", "recompute", "--from", "2029-11-30")
    assert (refused.exit_code, "--from 2029-12-01" in refused.output) == (1, True)
    assert stack.told("usage", "recompute", "--from", "2029-12-01")["rows"] == 0
    (kept,) = stack.told("archive", "retention")["data"]
    assert (kept["months_kept"], kept["first_month"], kept["bytes"]) == ("for ever", "2029-12", 8_192)


def usage_of(org_id: OrgId) -> UsageRecord:
    return UsageRecord(
        id=UsageRecordId(UUID(int=1)),
        org_id=org_id,
        workspace_id=None,
        project_id=None,
        api_key_id=None,
        user_id=None,
        model_id=ModelId(UUID(int=2)),
        model_name="tiny",
        route="/v1/chat/completions",
        stream=False,
        leaves=TokenLeaves(input_uncached=10, output_text=5),
        cost_picos=6_000_000,
        cost_nanos=6_000,
        currency="USD",
        price_id=None,
        price_version=None,
        usage_source=UsageSource.UPSTREAM,
        ending=Ending.COMPLETED,
        trace_id=TRACE,
        hold_ref="call:1",
        capture_ref="call:1:capture",
        started_at=NOON - timedelta(days=1, seconds=1),
        ended_at=NOON - timedelta(days=1),
        latency_ms=1_000,
    )
