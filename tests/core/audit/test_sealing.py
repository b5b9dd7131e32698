"""The nightly check of the audit trail's seals: what it finds is written into the trail, once."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.audit import EVENTS, MemoryEventLog, MemorySeals
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork, table_of
from deepspace_core.audit import StoredEvent, sealing_use_cases
from deepspace_core.audit.sealing_use_cases import (
    SEAL_LAG,
    VERIFIED,
    RecordVerification,
    SealAudit,
    TrailReport,
    VerifyAudit,
    VerifyTrail,
)
from deepspace_core.kernel.ids import EventId, JobId, TraceId, show_id
from tests.core.metering_values import FACT, ORG
from tests.fakes import NOON, FixedClock

JOB, TRACE_OF_JOB = JobId(UUID(int=9)), TraceId("9" * 32)


class Archive:
    """Three sealed events of an organization, in memory."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOON)
        self.unit_of_work = MemoryUnitOfWork(MemoryDatabase())
        self.events = MemoryEventLog(self.clock)
        self.seals = MemorySeals(self.clock)

    async def seal(self, numbers: range) -> None:
        async with self.unit_of_work() as tx:
            for number in numbers:
                await self.events.append(tx, replace(FACT, id=EventId(UUID(int=number))))
            await tx.commit()
        self.clock.advance(SEAL_LAG + timedelta(seconds=1))
        assert await SealAudit(self.unit_of_work, self.seals)() == 1

    async def forge(self, number: int) -> None:
        """Changes who did it, as somebody with the database's password could."""
        async with self.unit_of_work() as tx:
            table = table_of(tx, EVENTS)
            stored: StoredEvent = table[UUID(int=number)]
            table[UUID(int=number)] = replace(stored, event=replace(stored.event, actor="user:somebody-else"))
            await tx.commit()

    async def record(self) -> TrailReport:
        check = VerifyTrail(VerifyAudit(self.unit_of_work, self.seals))
        record = RecordVerification(check, self.unit_of_work, self.events, self.clock)
        return await record(job_id=JOB, queued_at=NOON, trace_id=TRACE_OF_JOB)

    async def told(self) -> list[StoredEvent]:
        async with self.unit_of_work() as tx:
            rows: list[StoredEvent] = [*table_of(tx, EVENTS).values()]
        return [one for one in rows if one.event.event_type == VERIFIED]


async def test_a_sound_trail_is_written_down_as_such_once() -> None:
    archive = Archive()
    await archive.seal(range(1, 4))
    for _ in range(2):  # as of a worker that was killed after it told
        assert (await archive.record()).sound
    [stored] = await archive.told()
    event = stored.event
    assert (event.id, event.at, event.trace_id) == (EventId(JOB), NOON, TRACE_OF_JOB)
    assert (event.org_id, event.actor, event.subject) == (None, "system:audit", "audit")
    assert event.payload == {
        "sound": True,
        "chains": 1,
        "seals": 1,
        "rows": 3,
        "findings": 0,
        "first_findings": [],
        "finished_at": archive.clock.now().isoformat(),
    }


async def test_a_forged_trail_is_written_down_with_the_first_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing_use_cases, "FAULTS_TOLD_MAX", 1)
    archive = Archive()
    for start in (1, 4):
        await archive.seal(range(start, start + 3))
        await archive.forge(start)
    report = await archive.record()
    assert len(report.faults) == 2
    [stored] = await archive.told()
    assert (stored.event.payload["sound"], stored.event.payload["findings"]) == (False, 2)
    assert stored.event.payload["first_findings"] == [
        {
            "org_id": show_id("org", ORG),
            "seq": 1,
            "kind": "rows_changed",
            "message": "an event under seal 1 was changed or moved",
        }
    ]
