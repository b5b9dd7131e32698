"""What needs attention, from what the contexts know of their own troubles."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from deepspace_core.audit.sealing_use_cases import VERIFIED
from deepspace_core.channels import ChannelHealth
from deepspace_core.kernel.ids import OrgId, ReconciliationId
from deepspace_core.ledger.oversight_use_cases import AUDITED
from deepspace_core.overview import AttentionItem, AttentionKind, Severity, in_order
from deepspace_core.overview.attention import (
    LEDGER_AUDITED,
    SEALS_VERIFIED,
    of_audit,
    of_books,
    of_channels,
    of_models,
    of_seals,
    of_webhooks,
    of_work,
)
from deepspace_core.usage import OWN_BOOKS, Reconciliation
from deepspace_core.webhooks import WebhookEndpoint, WebhookId
from deepspace_core.work import JobCount, JobState, WorkCensus
from tests.core.channels.values import channel
from tests.core.metering_values import FACT, SMOL
from tests.fakes import NOON

HOUR = timedelta(hours=1)
ENDPOINT = WebhookEndpoint(WebhookId(UUID(int=1)), OrgId(UUID(int=2)), "https://example.org", b"", NOON)
COMPARED = Reconciliation(ReconciliationId(UUID(int=3)), OWN_BOOKS, NOON, NOON, NOON, NOON, 9, 0, {})


def _kinds(items: list[AttentionItem]) -> list[tuple[str, str]]:
    return [(one.kind.value, one.subject) for one in items]


def test_channels_that_fail_or_that_nobody_looked_at_are_told() -> None:
    channels = [channel("good"), channel("bad"), channel("old"), channel("new"), replace(channel("off"), enabled=False)]
    found = [
        ChannelHealth(one.id, NOON - (HOUR if one.name == "old" else timedelta()), one.name != "bad", 9, detail="x")
        for one in channels
        if one.name != "new"
    ]
    assert _kinds(of_channels(channels, found, now=NOON)) == [
        ("channel_failing", "bad"),
        ("channel_unchecked", "old"),
        ("channel_unchecked", "new"),
    ]


def test_jobs_that_were_given_up_and_jobs_that_wait_too_long_are_told() -> None:
    counts = [
        JobCount("exports.run", JobState.DEAD, 3, NOON),
        JobCount("usage.roll_up", JobState.QUEUED, 2, NOON - HOUR),
        JobCount("soon", JobState.QUEUED, 1, NOON - timedelta(minutes=1)),
        JobCount("later", JobState.QUEUED, 1, NOON + HOUR),
        JobCount("runs", JobState.RUNNING, 1, NOON - HOUR),
    ]
    items = of_work(WorkCensus(counts), now=NOON)
    assert _kinds(items) == [("jobs_dead", "exports.run"), ("jobs_late", "usage.roll_up")]
    assert [one.count for one in items] == [3, 2]


def test_webhooks_are_told_by_whether_they_were_disabled() -> None:
    failing = replace(ENDPOINT, failing_since=NOON, failures=4)
    disabled = failing.disable(now=NOON, reason="answered 500")
    assert [one.kind for one in of_webhooks([failing, disabled])] == [
        AttentionKind.WEBHOOK_FAILING,
        AttentionKind.WEBHOOK_DISABLED,
    ]
    assert failing.is_troubled
    assert disabled.is_troubled
    assert not failing.disable(now=NOON, reason="by user:1").is_troubled
    assert not ENDPOINT.is_troubled


def test_books_are_told_by_their_newest_comparison() -> None:
    older = replace(COMPARED, differences=7)
    theirs = replace(COMPARED, kind="upstream_log", differences=2)
    items = of_books([COMPARED, theirs, older], own_kind=OWN_BOOKS, now=NOON)
    assert [(one.kind, one.detail, one.count) for one in items] == [(AttentionKind.BOOKS_DIFFER, "upstream_log", 2)]
    late = of_books([COMPARED], own_kind=OWN_BOOKS, now=NOON + timedelta(days=3))
    assert _kinds(late) == [("books_stale", OWN_BOOKS)]
    assert of_books([], own_kind=OWN_BOOKS, now=NOON) == []


def test_the_ledger_is_told_by_its_last_audit() -> None:
    sound = replace(FACT, event_type=AUDITED, at=NOON, subject="ledger", payload={"sound": True, "findings": 0})
    unsound = replace(sound, payload={"sound": False, "findings": 7})
    assert AUDITED == LEDGER_AUDITED
    assert of_audit(None, now=NOON) == of_audit(sound, now=NOON) == []
    assert [(one.kind, one.count) for one in of_audit(unsound, now=NOON)] == [(AttentionKind.LEDGER_UNSOUND, 7)]
    assert _kinds(of_audit(sound, now=NOON + timedelta(days=3))) == [("ledger_unaudited", "ledger")]


def test_the_audit_trail_is_told_by_the_last_check_of_its_seals() -> None:
    sound = replace(FACT, event_type=VERIFIED, at=NOON, subject="audit", payload={"sound": True, "findings": 0})
    broken = replace(sound, payload={"sound": False, "findings": 2})
    assert VERIFIED == SEALS_VERIFIED
    assert of_seals(None, now=NOON) == of_seals(sound, now=NOON) == []
    assert [(one.kind, one.count) for one in of_seals(broken, now=NOON)] == [(AttentionKind.SEALS_BROKEN, 2)]
    assert _kinds(of_seals(sound, now=NOON + timedelta(days=3))) == [("seals_unverified", "audit")]


def test_models_without_a_price_are_told() -> None:
    assert [one.detail for one in of_models([SMOL], {})] == [SMOL.name]
    assert of_models([SMOL], {SMOL.id: 1}) == []
    assert of_models([replace(SMOL, enabled=False)], {}) == []


def test_what_is_worst_comes_first() -> None:
    warning = AttentionItem(AttentionKind.JOBS_DEAD, Severity.WARNING, "a")
    critical = AttentionItem(AttentionKind.JOBS_LATE, Severity.CRITICAL, "b")
    assert in_order([warning, critical]) == [critical, warning]
