"""What pytest must know when it hunts mutants: the same examples each time, no search for smaller ones, and an end.

A verdict must not depend on chance, and whoever asks whether a mutant is noticed needs no prettier counter-example.
"""

import gc
import os
import resource
from functools import lru_cache

from hypothesis import Phase, settings

Remembering = type(lru_cache(len))
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
        _forget()
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, hard))


def _forget() -> None:
    """Clears what the unchanged code has remembered, in the process that this one was forked from."""
    for one in gc.get_objects():
        if type(one) is Remembering and str(getattr(one, "__module__", "")).startswith("deepspace_core"):
            one.cache_clear()
