"""The seal over the audit trail: what was written can't be changed, removed, added to or reordered unnoticed.

Theory. For each organization, seal n covers the events stored in [from, to) and keeps
`root_n = SHA-256(root_{n-1} ‖ leaf_1 ‖ … ‖ leaf_k)` with `leaf = SHA-256(canonical JSON of the event and the moment it
was stored)`, in the order (stored_at, id). Seals join end to end (`from_{n+1} = to_n`, numbers without a gap), so
whoever wants to change one event must also replace every later seal; keeping any later root elsewhere (a printout, a
customer's mail) is then enough to prove it. Cutting off the newest seals together with their events can't be seen
from inside; that is what the root kept elsewhere is for.

The store's clock orders events, not the gateways': an event written late belongs to a later seal, not to a lie.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId

GENESIS_ROOT = "0" * 64


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event and the moment the store took it in."""

    event: Event
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Seal:
    """One link: `rows` events stored in [since, until), chained on the seal before (GENESIS_ROOT for the first)."""

    org_id: OrgId | None
    seq: int
    since: datetime | None
    until: datetime
    rows: int
    root: str
    previous_root: str
    sealed_at: datetime


class FaultKind(StrEnum):
    """What a check can find."""

    ROWS_MISSING = "rows_missing"
    ROWS_ADDED = "rows_added"
    ROWS_CHANGED = "rows_changed"
    CHAIN_BROKEN = "chain_broken"


@dataclass(frozen=True, slots=True)
class SealFault:
    """One seal that does not match what is stored."""

    seq: int
    kind: FaultKind
    message: str


def root_of(events: Iterable[StoredEvent], previous_root: str) -> str:
    """The root over events in the given order, chained on `previous_root`; 64 hex digits."""
    root = hashlib.sha256(bytes.fromhex(previous_root))
    for stored in events:
        root.update(hashlib.sha256(canonical(stored)).digest())
    return root.hexdigest()


def canonical(stored: StoredEvent) -> bytes:
    """One event as bytes: JSON with sorted keys, no spaces, UTC times with microseconds."""
    event = stored.event
    return json.dumps(
        {
            "id": str(event.id),
            "at": _utc(event.at),
            "stored_at": _utc(stored.stored_at),
            "event_type": event.event_type,
            "org_id": None if event.org_id is None else str(event.org_id),
            "actor": event.actor,
            "subject": event.subject,
            "trace_id": event.trace_id,
            "payload": event.payload,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()


def make_seal(
    org_id: OrgId | None, events: Sequence[StoredEvent], *, last: Seal | None, until: datetime, now: datetime
) -> Seal:
    """The next seal of the organization, over `events` in their order."""
    previous_root = GENESIS_ROOT if last is None else last.root
    return Seal(
        org_id=org_id,
        seq=1 if last is None else last.seq + 1,
        since=None if last is None else last.until,
        until=until,
        rows=len(events),
        root=root_of(events, previous_root),
        previous_root=previous_root,
        sealed_at=now,
    )


def fault_of(seal: Seal, events: Sequence[StoredEvent], *, last: Seal | None) -> SealFault | None:
    """What is wrong with a seal, given what is stored in its range and the seal before it."""
    expected = (1, None, GENESIS_ROOT) if last is None else (last.seq + 1, last.until, last.root)
    if (seal.seq, seal.since, seal.previous_root) != expected:
        return SealFault(seal.seq, FaultKind.CHAIN_BROKEN, f"seal {seal.seq} does not follow the seal before it")
    if len(events) != seal.rows:
        kind = FaultKind.ROWS_MISSING if len(events) < seal.rows else FaultKind.ROWS_ADDED
        return SealFault(seal.seq, kind, f"seal {seal.seq} covers {seal.rows} events, {len(events)} are stored")
    if root_of(events, seal.previous_root) != seal.root:
        return SealFault(seal.seq, FaultKind.ROWS_CHANGED, f"an event under seal {seal.seq} was changed or moved")
    return None


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
