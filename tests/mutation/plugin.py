"""What pytest must know when it hunts mutants: the same examples each time, no search for smaller ones, and an end.

A verdict must not depend on chance, and whoever asks whether a mutant is noticed needs no prettier counter-example.
"""

import gc
import os
import resource
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import Phase, settings

Remembering = type(lru_cache(len))
CACHES: list[Any] = []
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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish() -> None:
    """When everything is imported, and before tests/conftest.py freezes it: what is frozen is not found any more."""
    found = (one for one in gc.get_objects() if type(one) is Remembering)
    CACHES.extend(one for one in found if str(getattr(one, "__module__", "")).startswith("deepspace_core"))


def pytest_runtest_setup() -> None:
    """Forgets: what another test has made the code remember, or what it did before the fork, is to be done anew."""
    for one in CACHES:
        one.cache_clear()
