"""A trace's whole story: every source asked, put in order, kept within the organization."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from deepspace_core.audit import (
    TRACE_ENTRIES_MAX,
    InvalidTraceId,
    TraceEntry,
    TraceNotFound,
    bounded_user_agent,
    read_stages,
    show_stages,
    told_event,
    told_request,
)
from deepspace_core.audit.request_log import USER_AGENT_CHARS_MAX
from deepspace_core.audit.use_cases import TellAnyTrace, TellTrace
from deepspace_core.identity.errors import AdministratorRequired, PermissionMissing
from deepspace_core.kernel.ids import OrgId, TraceId
from tests.core.metering_values import FACT, NOBODY, OPERATOR, ORG, OTHER_ORG, OWNER, PAST, REQUEST, TRACE


@dataclass(frozen=True)
class ListedTrace:
    """A `TraceSource` that knows some moments of one trace of one organization."""

    kind: str
    moments: Sequence[datetime]
    org_id: OrgId = ORG

    async def tell(self, trace_id: TraceId, org_id: OrgId | None) -> Sequence[TraceEntry]:
        if trace_id != TRACE or org_id not in (None, self.org_id):
            return []
        return [TraceEntry(at=at, kind=self.kind, title=self.kind, details={}) for at in self.moments]

    async def find(self, name: str) -> Sequence[TraceId]:
        return [TRACE] if name == self.kind else []


def _after(seconds: int) -> datetime:
    return PAST + timedelta(seconds=seconds)


async def test_what_all_sources_know_comes_in_the_order_it_happened() -> None:
    sources = [ListedTrace("request", [_after(9)]), ListedTrace("ledger.hold", [_after(8), _after(2)])]
    story = await TellTrace(sources)(principal=OWNER, trace_id=TRACE)
    assert [entry.kind for entry in story.entries] == ["ledger.hold", "ledger.hold", "request"]


async def test_the_trace_of_another_organization_is_not_found() -> None:
    sources = [ListedTrace("request", [PAST], org_id=OTHER_ORG)]
    with pytest.raises(TraceNotFound):
        await TellTrace(sources)(principal=OWNER, trace_id=TRACE)
    assert len((await TellAnyTrace(sources)(actor=OPERATOR, trace_id=TRACE)).entries) == 1


async def test_the_permission_to_read_the_audit_is_needed() -> None:
    with pytest.raises(PermissionMissing):
        await TellTrace([])(principal=NOBODY, trace_id=TRACE)
    with pytest.raises(AdministratorRequired):
        await TellAnyTrace([])(actor=OWNER, trace_id=TRACE)


@pytest.mark.parametrize("text", ["", "xyz", TRACE.upper(), TRACE + "0", f" {TRACE}", f"{TRACE}\n"])
async def test_what_is_no_trace_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidTraceId):
        await TellTrace([])(principal=OWNER, trace_id=text)


async def test_a_story_is_bounded() -> None:
    sources = [ListedTrace("event", [PAST] * TRACE_ENTRIES_MAX), ListedTrace("request", [_after(1)])]
    story = await TellTrace(sources)(principal=OWNER, trace_id=TRACE)
    assert len(story.entries) == TRACE_ENTRIES_MAX


def test_a_request_stands_where_it_ended() -> None:
    entry = told_request(replace(REQUEST, status=402, error_code="insufficient_quota"), for_operator=False)
    assert entry.at == PAST + timedelta(milliseconds=130)
    assert entry.title == "POST chat.completions answered 402 (insufficient_quota)"


def test_a_fact_is_told_with_who_and_what() -> None:
    entry = told_event(FACT)
    assert (entry.kind, entry.details["subject"]) == ("event.api_key.revoked", "key_0")


def test_stages_are_read_with_names_and_without() -> None:
    assert read_stages(show_stages(REQUEST.stages)) == REQUEST.stages
    assert read_stages([list(stage) for stage in REQUEST.stages]) == REQUEST.stages


@pytest.mark.parametrize(
    ("text", "kept"),
    [(None, None), ("curl/8", "curl/8"), ("a\r\nb\x00", "ab"), ("x" * 999, "x" * USER_AGENT_CHARS_MAX)],
)
def test_a_user_agent_is_cut_and_cleaned(text: str | None, kept: str | None) -> None:
    assert bounded_user_agent(text) == kept
