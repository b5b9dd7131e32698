"""Waiting for what another process does: by looking again until a bound, never by hoping that it is done."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

LOOK_AGAIN_SECONDS = 0.1
SETTLED_SECONDS = 20.0
"""Far longer than anything that is waited for takes, on a machine that does three other things."""


def eventually(look: Callable[[], Found | None], *, seconds: float = SETTLED_SECONDS, what: str) -> Found:
    """The first thing that `look` finds; None and False are nothing. Fails, saying `what` never came."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        if time.monotonic() >= deadline:
            raise AssertionError(f"waited {seconds:g} seconds in vain for {what}")
        time.sleep(LOOK_AGAIN_SECONDS)
