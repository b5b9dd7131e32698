"""A bounded number of seeds on the memory ledger: for every one, all that happened is what the model says."""

import subprocess
import sys

import pytest

from tests.simulation.planning import plan_of
from tests.simulation.simulate import simulate_in_memory

SEEDS = 150
SEEDS_A_TEST = 15


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_A_TEST))
def test_whatever_goes_wrong_the_books_are_what_the_model_says(first: int) -> None:
    for seed in range(first, first + SEEDS_A_TEST):
        verdict = simulate_in_memory(plan_of(seed))
        assert verdict.clean, verdict.report()


def test_the_same_seed_is_the_same_run_even_in_another_process() -> None:
    # Another process hashes strings otherwise: whatever depended on the order of a set would differ.
    program = (
        "from tests.simulation.planning import plan_of; from tests.simulation.simulate import simulate_in_memory;"
        "print(simulate_in_memory(plan_of(7)).digest)"
    )
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == simulate_in_memory(plan_of(7)).digest


def test_another_seed_is_another_run() -> None:
    assert simulate_in_memory(plan_of(7)).digest != simulate_in_memory(plan_of(8)).digest
