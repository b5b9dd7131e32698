"""A bounded number of seeds on real PostgreSQL, with its own deadlocks, serialization failures and dying backends."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import psycopg
import pytest

from deepspace_adapters.postgres import ledger_write
from deepspace_adapters.postgres.burst import Burst
from tests.core.ledger.asking import ORG, OTHER_WALLET, WALLET, Caller
from tests.simulation.plan import (
    GATEWAYS,
    Action,
    ChangeTerms,
    DatabaseTrouble,
    Memory,
    Plan,
    PlannedWallet,
    Send,
    Step,
    StepClock,
)
from tests.simulation.planning import plan_of
from tests.simulation.postgres_world import simulate_on_postgres
from tests.simulation.unreliable_connection import FROM_MEMORY, OVERLAPPING, STOOD

SEEDS = 6


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_whatever_goes_wrong_the_database_has_what_the_model_says(database_url: str, seed: int) -> None:
    verdict, mishaps = await simulate_on_postgres(plan_of(seed, calls=4), database_url)
    assert verdict.clean, verdict.report()
    assert mishaps, "nothing went wrong: then nothing was tried"


async def test_a_wallet_that_somebody_else_changed_is_not_written_from_memory(database_url: str) -> None:
    verdict, seen = await simulate_on_postgres(_changed_behind_its_back(), database_url)
    assert verdict.clean, verdict.report()
    assert seen["SerializationFailure"], "memory was never wrong: then nothing was tried"


async def test_batches_overlap_and_stand_as_they_were_decided(database_url: str) -> None:
    verdict, seen = await simulate_on_postgres(_a_crowd_at_one_gateway(), database_url)
    assert verdict.clean, verdict.report()
    assert min(seen[FROM_MEMORY], seen[OVERLAPPING], seen[STOOD]) > 0, seen


@pytest.mark.parametrize(
    ("check", "instead"),
    [
        (b"w.version = n.version_before AND w.root = n.root_before AND ", b""),
        (b"AND w.terms = n.terms", b""),
        (b"AND h.version = n.version_before", b""),
    ],
    ids=["rows", "terms", "holds"],
)
async def test_writing_from_memory_without_looking_is_noticed(
    database_url: str, monkeypatch: pytest.MonkeyPatch, check: bytes, instead: bytes
) -> None:
    careless = ledger_write.SQL.write_batch.replace(check, instead)
    assert careless != ledger_write.SQL.write_batch
    monkeypatch.setattr(ledger_write, "SQL", replace(ledger_write.SQL, write_batch=careless))
    verdict, _ = await simulate_on_postgres(_changed_behind_its_back(), database_url)
    assert not verdict.clean


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


def _changed_behind_its_back() -> Plan:
    """One client, one thing after the other. A gateway comes to remember two wallets; then the terms of one are
    changed, another gateway writes to the other, and takes something of a hold there."""
    mine, ours = Caller(), Caller(wallet_id=OTHER_WALLET)
    actions: Sequence[Action] = (
        Send((mine.top_up("mine", 100),), gateway=0),
        Send((mine.hold("a", 1),), gateway=0),
        ChangeTerms(mine.wallet_id, 0, closed=True),
        Send((mine.hold("b", 1),), gateway=0),
        Send((ours.top_up("ours", 100),), gateway=0),
        Send((ours.hold("c", 1),), gateway=0),
        Send((ours.hold("d", 1),), gateway=1),
        StepClock(None, 1),
        Send((ours.hold("e", 4),), gateway=0),
        Send((ours.capture("part", "e", 1, final=False),), gateway=1),
        Send((ours.capture("cost", "e", 2),), gateway=0),
    )
    return _calm_plan((Step("client", action) for action in actions), Memory.WARY)


def _a_crowd_at_one_gateway() -> Plan:
    """Many clients, each with calls of its own, at a wallet that nobody else comes to."""
    me = Caller()
    steps = []
    for client in range(12):
        for call in range(6):
            name = f"{client}/{call}"
            steps.append(Step(f"client-{client}", Send((me.hold(f"{name}/hold", 2),), gateway=0)))
            steps.append(Step(f"client-{client}", Send((me.capture(f"{name}/cost", f"{name}/hold", 1),), gateway=0)))
    return _calm_plan(steps, Memory.EAGER, credit_limit=10_000)


def _calm_plan(steps: Iterable[Step], memory: Memory, *, credit_limit: int = 0) -> Plan:
    """In which nothing goes wrong by itself."""
    wallets = tuple(PlannedWallet(ORG, wallet_id, "USD", credit_limit) for wallet_id in (WALLET, OTHER_WALLET))
    return Plan(0, wallets, (), tuple(steps), ((),) * GATEWAYS, memory)
