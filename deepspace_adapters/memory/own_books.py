"""Captures, usage records and roll-ups beside each other, in memory. Sums are none: memory adds the hours up."""

from collections.abc import Iterator
from datetime import datetime

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_adapters.memory.usage import NEVER, records_of
from deepspace_core.kernel.ids import OrgId, show_id
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType
from deepspace_core.usage import (
    Agreement,
    Disagreement,
    DisagreementKind,
    RollupKey,
    RollupState,
    Sums,
    UsageRecord,
    roll_up,
)

Hours = dict[tuple[datetime, OrgId], Sums]


class MemoryOwnBooks:
    """The `OwnBooks` port. What was stored after the last roll-up is not told apart: nothing is late in memory."""

    async def compare(self, tx: Transaction, *, since: datetime, until: datetime) -> Agreement:
        records = [record for record in records_of(tx) if since <= record.ended_at < until]
        captures = {(row.org_id, row.ref): row for row in _transactions(tx) if row.type is TransactionType.CAPTURE}
        found = [*_lonely_captures(tx, since, until)]
        found += [
            one for record in records if (one := _beside(record, captures.get((record.org_id, record.capture_ref))))
        ]
        found += _rollups(tx, records, since, until)
        return Agreement(len(records), found)


def _lonely_captures(tx: Transaction, since: datetime, until: datetime) -> Iterator[Disagreement]:
    told = {(record.org_id, record.capture_ref) for record in records_of(tx)}
    for row in _transactions(tx):
        hold: HoldAccount | None = table_of(tx, "holds").get(row.hold_id)
        metered = (
            row.type is TransactionType.CAPTURE and row.ends_hold and hold is not None and hold.price_id is not None
        )
        if metered and since <= row.at < until and (row.org_id, row.ref) not in told:
            about = {"org_id": show_id("org", row.org_id), "capture_ref": row.ref, "trace_id": row.trace_id}
            yield Disagreement(DisagreementKind.CAPTURE_WITHOUT_USAGE, about, str(row.amount_nanos), None)


def _beside(record: UsageRecord, capture: LedgerTransaction | None) -> Disagreement | None:
    about = {
        "org_id": show_id("org", record.org_id),
        "usage_id": show_id("usage_record", record.id),
        "capture_ref": record.capture_ref,
        "trace_id": record.trace_id,
    }
    here = str(record.cost_nanos)
    if capture is None:
        return Disagreement(DisagreementKind.USAGE_WITHOUT_CAPTURE, about, here, None)
    if capture.amount_nanos != record.cost_nanos:
        return Disagreement(DisagreementKind.AMOUNT_DIFFERS, about, here, str(capture.amount_nanos))
    return None


def _rollups(tx: Transaction, records: list[UsageRecord], since: datetime, until: datetime) -> Iterator[Disagreement]:
    state: RollupState = table_of(tx, "usage_rollup_state").get("only", NEVER)
    kept: dict[RollupKey, Sums] = table_of(tx, "usage_rollups")
    counted = _by_hour(roll_up(records))
    rolled = _by_hour({key: sums for key, sums in kept.items() if since <= key.hour < until})
    for hour, org_id in sorted(counted.keys() | rolled.keys()):
        here, there = counted.get((hour, org_id)), rolled.get((hour, org_id))
        if state.rolled_until is not None and hour < state.rolled_until and here != there:
            about = {"org_id": show_id("org", org_id), "hour": hour.isoformat()}
            yield Disagreement(DisagreementKind.ROLLUP_DIFFERS, about, _told(here), _told(there))


def _by_hour(rows: dict[RollupKey, Sums]) -> Hours:
    hours: Hours = {}
    for key, sums in rows.items():
        place = (key.hour, key.org_id)
        hours[place] = hours.get(place, Sums()) + sums
    return hours


def _told(sums: Sums | None) -> str | None:
    return None if sums is None else f"{sums.requests}/{sums.cost_nanos}"


def _transactions(tx: Transaction) -> Iterator[LedgerTransaction]:
    yield from table_of(tx, "transactions").values()
