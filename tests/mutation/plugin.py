"""What pytest must know when it hunts mutants: the same examples each time, no search for smaller ones, and an end.

A verdict must not depend on chance, and whoever asks whether a mutant is noticed needs no prettier counter-example.
"""

import os
import resource

from hypothesis import Phase, settings

CPU_SECONDS_MAX = 30
"""Twice what all the tests take. Of the processor, not of the clock: a busy machine makes no mutant endless."""

EXAMPLES_MAX = 50


def pytest_configure() -> None:
    """After tests/conftest.py has loaded its own profile, before any test module makes its settings from it."""
    settings.register_profile(
        "mutation",
        deadline=None,
        derandomize=True,
        database=None,
        max_examples=EXAMPLES_MAX,
        phases=[Phase.explicit, Phase.generate],
    )
    settings.load_profile("mutation")
    if "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", ""):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, hard))
