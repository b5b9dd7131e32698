"""The contract of idempotency keys, on memory and on PostgreSQL."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory import idempotency as memory
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.postgres import idempotency as postgres
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork, connection_of
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.pipeline import Answer, Claim, Claimed, ClaimState, IdempotencyKeys, KeptAnswer
from deepspace_core.pipeline.use_cases import PruneIdempotencyKeys
from tests.core.metering_values import ORG, OTHER_ORG
from tests.fakes import NOON, TRACE, FixedClock

ANSWER = Answer(status=200, content_type="text/event-stream", cost=None, sealed=bytes(range(256)))
PRICED = Answer(status=201, content_type="application/json", cost="0.000012", sealed=b'{"quoted": "\\\\ and ,"}')


@dataclass(frozen=True)
class Store:
    """One adapter's repository."""

    unit_of_work: UnitOfWork
    keys: IdempotencyKeys
    write: Callable[[Transaction, Sequence[KeptAnswer]], Awaitable[None]]

    async def claim(self, claim: Claim) -> Claimed | None:
        async with self.unit_of_work() as tx:
            found = await self.keys.claim(tx, claim)
            await tx.commit()
        return found

    async def free(self, claim: Claim) -> None:
        async with self.unit_of_work() as tx:
            await self.keys.free(tx, claim)
            await tx.commit()

    async def keep(self, *kept: KeptAnswer) -> None:
        async with self.unit_of_work() as tx:
            await self.write(tx, kept)
            await tx.commit()

    async def prune(self, now: datetime, *, bytes_max: int = 10**9) -> int:
        clock = FixedClock(now)
        return await PruneIdempotencyKeys(self.unit_of_work, self.keys, clock)(bytes_max=bytes_max)


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return Store(MemoryUnitOfWork(MemoryDatabase()), memory.MemoryIdempotencyKeys(), memory.write_kept_answers)
    unit_of_work: PostgresUnitOfWork = request.getfixturevalue("unit_of_work")
    return Store(unit_of_work, postgres.PostgresIdempotencyKeys(), _write_postgres)


async def _write_postgres(tx: Transaction, kept: Sequence[KeptAnswer]) -> None:
    await postgres.write_kept_answers(connection_of(tx), kept)


def _claim(number: int = 1, *, key: int = 1, **changes: object) -> Claim:
    claim = Claim(
        org_id=ORG,
        key_hash=bytes([key]) * 32,
        body_hash=b"b" * 32,
        call_id=UUID(int=number),
        trace_id=TRACE,
        claimed_at=NOON,
        lease_until=NOON + timedelta(minutes=1),
        expires_at=NOON + timedelta(hours=1),
    )
    return replace(claim, **changes)  # type: ignore[arg-type]


def _later(claim: Claim, step: timedelta) -> Claim:
    return replace(
        claim,
        claimed_at=claim.claimed_at + step,
        lease_until=claim.lease_until + step,
        expires_at=claim.expires_at + step,
    )


async def test_the_first_claim_is_granted_and_the_second_told_what_stands_there(store: Store) -> None:
    first, second = _claim(1), _claim(2, body_hash=b"c" * 32)
    assert await store.claim(first) is None
    assert await store.claim(second) == Claimed(
        ClaimState.RUNNING, first.body_hash, TRACE, first.lease_until, answer=None
    )


async def test_keys_and_organizations_do_not_touch(store: Store) -> None:
    for claim in (_claim(1), _claim(2, key=2), _claim(3, org_id=OTHER_ORG)):
        assert await store.claim(claim) is None


async def test_a_claim_that_is_rolled_back_was_never_made(store: Store) -> None:
    async with store.unit_of_work() as tx:
        await store.keys.claim(tx, _claim(1))
    assert await store.claim(_claim(2)) is None


async def test_a_freed_key_may_be_claimed_again(store: Store) -> None:
    await store.claim(_claim(1))
    await store.free(_claim(1))
    assert await store.claim(_claim(2)) is None


async def test_only_its_own_running_claim_is_freed(store: Store) -> None:
    await store.claim(_claim(1))
    await store.free(_claim(2))
    assert await store.claim(_claim(3)) is not None
    await store.keep(KeptAnswer(_claim(1), ANSWER))
    await store.free(_claim(1))
    assert await store.claim(_claim(3)) is not None


@pytest.mark.parametrize("answer", [ANSWER, PRICED])
async def test_an_answer_is_kept_byte_by_byte(store: Store, answer: Answer) -> None:
    await store.claim(_claim(1))
    await store.keep(KeptAnswer(_claim(1), answer))
    found = await store.claim(_claim(2))
    assert found is not None
    assert (found.state, found.answer) == (ClaimState.KEPT, answer)


async def test_an_answer_that_is_not_kept_leaves_its_key_taken(store: Store) -> None:
    await store.claim(_claim(1))
    await store.keep(KeptAnswer(_claim(1), None))
    found = await store.claim(_later(_claim(2), timedelta(minutes=30)))
    assert found is not None
    assert (found.state, found.answer) == (ClaimState.DROPPED, None)


async def test_answers_are_written_in_bulk_even_where_the_claim_is_gone(store: Store) -> None:
    await store.claim(_claim(1))
    await store.keep(KeptAnswer(_claim(1), ANSWER), KeptAnswer(_claim(2, key=2), PRICED))
    found = [await store.claim(_claim(9, key=key)) for key in (1, 2)]
    assert [one.answer if one else None for one in found] == [ANSWER, PRICED]


async def test_the_lease_of_a_running_claim_ends_and_that_of_an_answer_does_not(store: Store) -> None:
    await store.claim(_claim(1))
    await store.claim(_claim(2, key=2))
    await store.keep(KeptAnswer(_claim(2, key=2), ANSWER))
    just_before, then = timedelta(seconds=59), timedelta(seconds=60)
    assert await store.claim(_later(_claim(3), just_before)) is not None
    assert await store.claim(_later(_claim(3), then)) is None
    assert await store.claim(_later(_claim(4, key=2), then)) is not None


async def test_what_comes_late_does_not_touch_the_claim_of_another_call(store: Store) -> None:
    await store.claim(_claim(1))
    await store.claim(_later(_claim(2), timedelta(minutes=2)))
    await store.keep(KeptAnswer(_claim(1), ANSWER))
    found = await store.claim(_later(_claim(3), timedelta(minutes=2)))
    assert found is not None
    assert (found.state, found.answer) == (ClaimState.RUNNING, None)


async def test_a_key_whose_time_is_over_may_be_claimed_again_and_is_pruned(store: Store) -> None:
    await store.claim(_claim(1))
    await store.keep(KeptAnswer(_claim(1), ANSWER))
    await store.claim(_claim(2, key=2))
    over = NOON + timedelta(hours=1)
    assert await store.claim(_later(_claim(3), timedelta(hours=1))) is None
    assert await store.prune(over - timedelta(seconds=1)) == 0
    assert await store.prune(over) == 1
    assert await store.prune(over) == 0


async def test_the_oldest_answers_beyond_an_organizations_bound_are_dropped_and_their_keys_stay(store: Store) -> None:
    for number in (1, 2, 3):
        claim = _later(_claim(number, key=number), timedelta(seconds=number))
        await store.claim(claim)
        await store.keep(KeptAnswer(claim, replace(ANSWER, sealed=b"x" * 100)))
    foreign = _claim(4, org_id=OTHER_ORG)
    await store.claim(foreign)
    await store.keep(KeptAnswer(foreign, replace(ANSWER, sealed=b"x" * 200)))
    assert await store.prune(NOON, bytes_max=200) == 1
    found = [await store.claim(_claim(9, key=key)) for key in (1, 2, 3)]
    assert [one.state if one else None for one in found] == [ClaimState.DROPPED, ClaimState.KEPT, ClaimState.KEPT]
    kept = await store.claim(_claim(9, org_id=OTHER_ORG))
    assert kept is not None
    assert kept.state is ClaimState.KEPT
    assert await store.prune(NOON, bytes_max=200) == 0
