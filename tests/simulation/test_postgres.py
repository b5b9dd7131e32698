"""A bounded number of seeds on real PostgreSQL, with its own deadlocks, serialization failures and dying backends."""

import pytest

from tests.simulation.plan import plan_of
from tests.simulation.postgres_world import simulate_on_postgres

SEEDS = 6


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_whatever_goes_wrong_the_database_has_what_the_model_says(database_url: str, seed: int) -> None:
    verdict, mishaps = await simulate_on_postgres(plan_of(seed, calls=4), database_url)
    assert verdict.clean, verdict.report()
    assert mishaps, "nothing went wrong: then nothing was tried"
