"""Sealing the audit trail, and checking what was sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deepspace_core.audit.chain import Seal, SealFault, fault_of, make_seal
from deepspace_core.audit.ports import SealRepository
from deepspace_core.identity import Actor, SystemActor, require_administrator
from deepspace_core.kernel.event import checked
from deepspace_core.kernel.ids import JobId, OrgId, TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

SEAL_LAG = timedelta(minutes=5)
"""Events stored more recently are left for the next seal: a transaction that began before may still commit one, and
none may last longer (its time-outs are a minute)."""
SEAL_ROWS_MAX = 10_000
SEALS_A_RUN_MAX = 1_000
SEALS_A_PAGE = 100
CHAINS_A_PAGE = 100
FAULTS_TOLD_MAX = 50
"""Of a check that found something; `deepspace audit verify` tells all of them."""
VERIFIED = "audit.verified"
"""The event of a finished check: the last one of that type is the last check."""
VERIFIER = SystemActor("audit")


@dataclass(frozen=True, slots=True)
class SealAudit:
    """The worker's job: seals what has been stored since the last seal, organization by organization."""

    unit_of_work: UnitOfWork
    seals: SealRepository

    async def __call__(self) -> int:
        """Returns how many seals were made; SEALS_A_RUN_MAX at most, the rest is the next run's."""
        async with self.unit_of_work() as tx:
            until = await self.seals.store_now(tx) - SEAL_LAG
            orgs = await self.seals.orgs_to_seal(tx, until=until, limit=SEALS_A_RUN_MAX)
        made = 0
        for org_id in orgs:
            while made < SEALS_A_RUN_MAX and await self._seal(org_id):
                made += 1
        return made

    async def _seal(self, org_id: OrgId | None) -> bool:
        async with self.unit_of_work() as tx:
            now = await self.seals.store_now(tx)
            last = await self.seals.find_last_seal(tx, org_id)
            until = now - SEAL_LAG
            events = await self.seals.events_stored(
                tx, org_id, since=None if last is None else last.until, until=until, limit=SEAL_ROWS_MAX + 1
            )
            if len(events) > SEAL_ROWS_MAX:
                # Cut where a moment ends: a seal covers all events of the moments in its range. When one moment
                # fills the whole seal there is nowhere to cut, and the seal takes it all.
                cut = events[-1].stored_at
                until = cut if cut > events[0].stored_at else cut + timedelta(microseconds=1)
                events = await self.seals.events_stored(
                    tx, org_id, since=None if last is None else last.until, until=until, limit=len(events) * 10
                )
            if not events:
                return False
            await self.seals.add_seal(tx, make_seal(org_id, events, last=last, until=until, now=now))
            await tx.commit()
        return True


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check looked at and found. No faults: every sealed event is as it was sealed."""

    seals: int
    rows: int
    faults: Sequence[SealFault]
    last_root: str | None


@dataclass(frozen=True, slots=True)
class VerifyAudit:
    """Recomputes every seal of an organization from what is stored, and tells where they differ."""

    unit_of_work: UnitOfWork
    seals: SealRepository

    async def __call__(self, *, actor: Actor, org_id: OrgId | None) -> Verification:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        last: Seal | None = None
        seals = rows = 0
        faults: list[SealFault] = []
        while chain := await self._next_seals(org_id, after_seq=0 if last is None else last.seq):
            for seal in chain:
                fault, stored = await self._check(seal, last)
                faults.extend([] if fault is None else [fault])
                seals, rows, last = seals + 1, rows + stored, seal
        return Verification(seals=seals, rows=rows, faults=faults, last_root=None if last is None else last.root)

    async def _next_seals(self, org_id: OrgId | None, *, after_seq: int) -> Sequence[Seal]:
        async with self.unit_of_work() as tx:
            return await self.seals.seals_of(tx, org_id, after_seq=after_seq, limit=SEALS_A_PAGE)

    async def _check(self, seal: Seal, last: Seal | None) -> tuple[SealFault | None, int]:
        async with self.unit_of_work() as tx:
            events = await self.seals.events_stored(
                tx, seal.org_id, since=seal.since, until=seal.until, limit=max(seal.rows * 2, SEAL_ROWS_MAX)
            )
        return fault_of(seal, events, last=last), len(events)


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A seal that does not match, and whose trail it is in (None: of no organization)."""

    org_id: OrgId | None
    fault: SealFault


@dataclass(frozen=True, slots=True)
class TrailReport:
    """What a check of all chains looked at and found."""

    chains: int
    seals: int
    rows: int
    faults: Sequence[ChainFault]

    @property
    def sound(self) -> bool:
        """Whether every sealed event is as it was sealed."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class VerifyTrail:
    """Checks the chain of every organization, and of what belongs to none."""

    verify_audit: VerifyAudit

    async def __call__(self, *, actor: Actor) -> TrailReport:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        whose: list[OrgId | None] = [None]
        after: OrgId | None = None
        while page := await self._next_orgs(after):
            whose += page
            after = page[-1]
        found = [(org_id, await self.verify_audit(actor=actor, org_id=org_id)) for org_id in whose]
        return TrailReport(
            chains=sum(one.seals > 0 for _, one in found),
            seals=sum(one.seals for _, one in found),
            rows=sum(one.rows for _, one in found),
            faults=[ChainFault(org_id, fault) for org_id, one in found for fault in one.faults],
        )

    async def _next_orgs(self, after: OrgId | None) -> Sequence[OrgId]:
        async with self.verify_audit.unit_of_work() as tx:
            return await self.verify_audit.seals.orgs_sealed(tx, after=after, limit=CHAINS_A_PAGE)


@dataclass(frozen=True, slots=True)
class RecordVerification:
    """The worker's job: checks all chains and writes what came of it into the trail, where everybody finds it."""

    verify_trail: VerifyTrail
    unit_of_work: UnitOfWork
    events: EventLog
    clock: Clock

    async def __call__(self, *, job_id: JobId, queued_at: datetime, trace_id: TraceId) -> TrailReport:
        report = await self.verify_trail(actor=VERIFIER)
        event = checked(
            "audit",
            told_report(report, faults_max=FAULTS_TOLD_MAX),
            event_type=VERIFIED,
            actor=VERIFIER.actor,
            job_id=job_id,
            queued_at=queued_at,
            finished_at=self.clock.now(),
            trace_id=trace_id,
        )
        async with self.unit_of_work() as tx:
            await self.events.append(tx, event)
            await tx.commit()
        return report


def told_report(report: TrailReport, *, faults_max: int | None = None) -> dict[str, object]:
    """A check JSON-safe, ids in edge form, with its first faults or all of them."""
    return {
        "sound": report.sound,
        "chains": report.chains,
        "seals": report.seals,
        "rows": report.rows,
        "findings": len(report.faults),
        "first_findings": [
            {
                "org_id": one.org_id and show_id("org", one.org_id),
                "seq": one.fault.seq,
                "kind": one.fault.kind.value,
                "message": one.fault.message,
            }
            for one in report.faults[:faults_max]
        ],
    }
