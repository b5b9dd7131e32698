"""A bounded number of seeds on real PostgreSQL, with its own deadlocks, serialization failures and dying backends."""

from dataclasses import replace

import psycopg
import pytest

from deepspace_adapters.postgres.burst import Burst
from tests.simulation.plan import GATEWAYS, DatabaseTrouble
from tests.simulation.planning import plan_of
from tests.simulation.postgres_world import simulate_on_postgres

SEEDS = 6


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_whatever_goes_wrong_the_database_has_what_the_model_says(database_url: str, seed: int) -> None:
    verdict, mishaps = await simulate_on_postgres(plan_of(seed, calls=4), database_url)
    assert verdict.clean, verdict.report()
    assert mishaps, "nothing went wrong: then nothing was tried"


async def test_an_acknowledgement_without_a_commit_is_noticed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Burst.commit

    async def hopeful(burst: Burst) -> None:
        """Takes a connection that is lost at the commit for a commit."""
        try:
            await honest(burst)
        except psycopg.OperationalError:
            if not burst.connection.closed:
                raise

    monkeypatch.setattr(Burst, "commit", hopeful)
    often = (DatabaseTrouble.NONE, DatabaseTrouble.KILLED_AT_COMMIT) * 100
    plan = replace(plan_of(0), database_troubles=(often,) * GATEWAYS)
    verdict, _ = await simulate_on_postgres(plan, database_url)
    assert not verdict.clean
