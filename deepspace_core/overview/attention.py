"""What an operator should look at now: one list out of what the contexts know of their own troubles.

Each item says what it is, how bad, of what, since when, and how many; the front end knows where each kind is mended. An
empty list means that nothing known is wrong, which is why what could not be asked is an item too.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from deepspace_core.catalogue import Model
from deepspace_core.channels import Channel, ChannelHealth
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import ModelId, show_id
from deepspace_core.usage import Reconciliation
from deepspace_core.webhooks import WebhookEndpoint
from deepspace_core.work import JobState, WorkCensus

JOB_LATE = timedelta(minutes=5)
"""A job that is due and not begun after so long waits for a worker that is behind, or that is not there."""
CHECK_STALE = timedelta(minutes=10)
"""Channels are looked at every minute; a finding older than this says that nobody looks."""
COMPARISON_STALE = timedelta(days=2)
"""Our own books are compared every night, the ledger is audited, and the audit trail's seals are checked."""
LEDGER_AUDITED = "ledger.audited"
"""The event of a finished audit of the ledger."""
SEALS_VERIFIED = "audit.verified"
"""The event of a finished check of the audit trail's seals."""
DETAIL_CHARACTERS_MAX = 300


class Severity(StrEnum):
    """CRITICAL: calls or money are affected now. WARNING: they may be, or somebody else waits for it."""

    CRITICAL = "critical"
    WARNING = "warning"


class AttentionKind(StrEnum):
    """What is wrong. A closed list: the front end has a sentence and a place to go for each."""

    DEPENDENCY_AWAY = "dependency_away"
    CHANNEL_FAILING = "channel_failing"
    CHANNEL_UNCHECKED = "channel_unchecked"
    JOBS_DEAD = "jobs_dead"
    JOBS_LATE = "jobs_late"
    WEBHOOK_FAILING = "webhook_failing"
    WEBHOOK_DISABLED = "webhook_disabled"
    LEDGER_UNSOUND = "ledger_unsound"
    LEDGER_UNAUDITED = "ledger_unaudited"
    SEALS_BROKEN = "seals_broken"
    SEALS_UNVERIFIED = "seals_unverified"
    BOOKS_DIFFER = "books_differ"
    BOOKS_STALE = "books_stale"
    MODEL_UNPRICED = "model_unpriced"


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """One thing to look at. `subject`: a name, or an id in edge form, whichever its page goes by."""

    kind: AttentionKind
    severity: Severity
    subject: str
    count: int = 1
    since: datetime | None = None
    detail: str = ""
    org_id: str | None = None


def of_channels(
    channels: Iterable[Channel], findings: Iterable[ChannelHealth], *, now: datetime
) -> list[AttentionItem]:
    """Enabled channels that were found failing, and those that nobody has looked at lately."""
    known = {one.channel_id: one for one in findings}
    items: list[AttentionItem] = []
    for channel in channels:
        health = known.get(channel.id)
        if not channel.enabled:
            continue
        if health is None or now - health.checked_at > CHECK_STALE:
            since = None if health is None else health.checked_at
            items.append(AttentionItem(AttentionKind.CHANNEL_UNCHECKED, Severity.WARNING, channel.name, since=since))
        elif not health.healthy:
            items.append(
                AttentionItem(
                    AttentionKind.CHANNEL_FAILING,
                    Severity.CRITICAL,
                    channel.name,
                    detail=health.detail[:DETAIL_CHARACTERS_MAX],
                )
            )
    return items


def of_work(census: WorkCensus, *, now: datetime) -> list[AttentionItem]:
    """Jobs that were given up, by name; and jobs that should have begun."""
    items = [
        AttentionItem(AttentionKind.JOBS_DEAD, Severity.WARNING, one.name, count=one.count, since=one.oldest_due_at)
        for one in census.counts
        if one.state is JobState.DEAD
    ]
    late = [one for one in census.counts if one.state is JobState.QUEUED and now - one.oldest_due_at > JOB_LATE]
    return items + [
        AttentionItem(AttentionKind.JOBS_LATE, Severity.CRITICAL, one.name, count=one.count, since=one.oldest_due_at)
        for one in late
    ]


def of_webhooks(endpoints: Iterable[WebhookEndpoint]) -> list[AttentionItem]:
    """Endpoints that refuse what they are sent, and those that were disabled for it."""
    return [
        AttentionItem(
            AttentionKind.WEBHOOK_FAILING if one.enabled else AttentionKind.WEBHOOK_DISABLED,
            Severity.WARNING,
            show_id("webhook", one.id),
            count=max(1, one.failures),
            since=one.failing_since if one.enabled else one.disabled_at,
            detail=(one.disabled_reason or one.url)[:DETAIL_CHARACTERS_MAX],
            org_id=show_id("org", one.org_id),
        )
        for one in endpoints
    ]


def of_books(comparisons: Sequence[Reconciliation], *, own_kind: str, now: datetime) -> list[AttentionItem]:
    """The newest comparison of each kind, where it found something; and our own books, where nobody compares them.

    `comparisons` newest first.
    """
    newest: dict[str, Reconciliation] = {}
    for one in comparisons:
        newest.setdefault(one.kind, one)
    items = [
        AttentionItem(
            AttentionKind.BOOKS_DIFFER,
            Severity.CRITICAL,
            show_id("reconciliation", one.id),
            count=one.differences,
            since=one.finished_at,
            detail=one.kind,
        )
        for one in newest.values()
        if one.differences
    ]
    own = newest.get(own_kind)
    if own is not None and now - own.finished_at > COMPARISON_STALE:
        items.append(AttentionItem(AttentionKind.BOOKS_STALE, Severity.WARNING, own_kind, since=own.finished_at))
    return items


def of_audit(last: Event | None, *, now: datetime) -> list[AttentionItem]:
    """The last audit of the ledger (its event), where it found something or is too long ago. None: none yet."""
    return _of_check(last, AttentionKind.LEDGER_UNSOUND, AttentionKind.LEDGER_UNAUDITED, now=now)


def of_seals(last: Event | None, *, now: datetime) -> list[AttentionItem]:
    """The same of the last check of the audit trail's seals."""
    return _of_check(last, AttentionKind.SEALS_BROKEN, AttentionKind.SEALS_UNVERIFIED, now=now)


def _of_check(last: Event | None, wrong: AttentionKind, stale: AttentionKind, *, now: datetime) -> list[AttentionItem]:
    if last is None:
        return []
    if last.payload.get("sound") is not True:
        found = last.payload.get("findings")
        count = found if isinstance(found, int) else 1
        return [AttentionItem(wrong, Severity.CRITICAL, last.subject, count=count, since=last.at)]
    if now - last.at > COMPARISON_STALE:
        return [AttentionItem(stale, Severity.WARNING, last.subject, since=last.at)]
    return []


def of_models(models: Iterable[Model], priced: Container[ModelId]) -> list[AttentionItem]:
    """Models that are offered and have no price: every call of them is refused."""
    return [
        AttentionItem(
            AttentionKind.MODEL_UNPRICED,
            Severity.WARNING,
            show_id("model", one.id),
            since=one.created_at,
            detail=one.name,
        )
        for one in models
        if one.enabled and one.id not in priced
    ]


def in_order(items: Iterable[AttentionItem]) -> list[AttentionItem]:
    """What is worst first, then by kind and subject, so that a list that is asked for again does not jump."""
    return sorted(items, key=lambda one: (one.severity is not Severity.CRITICAL, one.kind, one.subject))
