"""Publishing: each happening once to each endpoint that wants it, none lost, nobody else's."""

from datetime import timedelta
from uuid import UUID

from deepspace_core.kernel.ids import OrgId
from deepspace_core.webhooks import HappeningType
from deepspace_core.webhooks.use_cases.publishing import BATCH, OVERLAP
from tests.core.webhooks.world import World


async def _types(world: World) -> list[str]:
    return [one.event_type.value for one in await world.messages()]


async def test_what_happens_is_published_once_however_often_it_is_looked_for() -> None:
    world = World()
    await world.endpoint()
    await world.happen()
    assert await world.publish() == 1
    assert await world.publish() == 0
    world.clock.advance(seconds=30)
    await world.happen("wallet.topped_up")
    assert await world.publish() == 1
    assert await _types(world) == ["api_key.created", "wallet.topped_up"]
    (first, _) = await world.messages()
    assert first.payload == {"actor": "user:1", "subject": "key_1", "name": "laptop"}
    assert first.job_id is not None


async def test_what_became_visible_late_is_still_published() -> None:
    """A transaction that began before the last look and was committed after it."""
    world = World()
    await world.endpoint()
    world.clock.advance(timedelta(minutes=5))
    await world.publish()
    world.clock.advance(-OVERLAP + timedelta(seconds=1))
    await world.happen()
    world.clock.advance(OVERLAP)
    assert await world.publish() == 1


async def test_only_what_is_wanted_goes_to_an_endpoint() -> None:
    world = World()
    await world.endpoint(event_types=frozenset({HappeningType.WALLET_TOPPED_UP}))
    await world.endpoint(url="https://all.example.org/")
    for event_type in ("api_key.created", "wallet.topped_up", "project.created"):
        await world.happen(event_type)
    assert await world.publish() == 3
    assert sorted(await _types(world)) == ["api_key.created", "wallet.topped_up", "wallet.topped_up"]


async def test_another_organizations_happenings_stay_its_own() -> None:
    world = World()
    await world.endpoint()
    await world.happen(org_id=OrgId(UUID(int=99)))
    assert await world.publish() == 0


async def test_what_happened_before_an_endpoint_is_not_told_to_it() -> None:
    world = World()
    await world.happen()
    world.clock.advance(seconds=1)
    await world.endpoint()
    assert await world.publish() == 0


async def test_more_than_a_batch_is_published_in_one_run() -> None:
    world = World()
    await world.endpoint()
    for _ in range(BATCH + 7):
        await world.happen()
        world.clock.advance(timedelta(milliseconds=1))
    assert await world.publish() == BATCH + 7
    assert await world.publish() == 0


async def test_the_jobs_that_deliver_are_nobodys_own_or_they_would_tell_of_themselves_for_ever() -> None:
    world = World()
    await world.endpoint()
    await world.happen()
    await world.publish()
    (message,) = await world.messages()
    assert message.job_id is not None
    async with world.unit_of_work() as tx:
        assert (await world.jobs.get(tx, message.job_id, org_id=None)).org_id is None
