"""Claims that race, from connections of their own as gateways have them: one is granted, the others are told."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.postgres.idempotency import PostgresIdempotencyKeys
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_core.pipeline import Claim, Claimed, ClaimState
from tests.core.metering_values import ORG
from tests.fakes import NOON, TRACE

RACERS, ROUNDS = 8, 10
KEYS = PostgresIdempotencyKeys()


def _claim(number: int, *, key: int = 1, minutes: int = 0) -> Claim:
    at = NOON + timedelta(minutes=minutes)
    return Claim(
        org_id=ORG,
        key_hash=bytes([key]) * 32,
        body_hash=bytes(32),
        call_id=UUID(int=number + 1),
        trace_id=TRACE,
        claimed_at=at,
        lease_until=at + timedelta(minutes=1),
        expires_at=at + timedelta(hours=1),
    )


async def _claimed(unit_of_work: PostgresUnitOfWork, claim: Claim) -> Claimed | None:
    async with unit_of_work() as tx:
        found = await KEYS.claim(tx, claim)
        await asyncio.sleep(0)  # others ask while this one has not committed
        await tx.commit()
    return found


@pytest.mark.parametrize("minutes", [0, 2])
async def test_of_claims_that_race_exactly_one_is_granted(unit_of_work: PostgresUnitOfWork, minutes: int) -> None:
    """With `minutes`: the key of a gateway that died is raced for when its lease is over."""
    for key in range(ROUNDS):
        if minutes:
            assert await _claimed(unit_of_work, _claim(99, key=key)) is None
        claims = [_claim(number, key=key, minutes=minutes) for number in range(RACERS)]
        found = await asyncio.gather(*(_claimed(unit_of_work, claim) for claim in claims))
        assert found.count(None) == 1
        assert {one.state for one in found if one is not None} == {ClaimState.RUNNING}


async def test_a_claim_waits_for_one_that_is_not_committed_and_takes_over_where_it_never_is(
    unit_of_work: PostgresUnitOfWork,
) -> None:
    async with unit_of_work() as first:
        assert await KEYS.claim(first, _claim(0)) is None
        waiting = asyncio.create_task(_claimed(unit_of_work, _claim(1)))
        await asyncio.sleep(0.05)
        assert not waiting.done()
    assert await waiting is None
