"""What a worker does over and over beside its jobs: relay, fire schedules, renew leases."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from deepspace_core.kernel.errors import DeepSpaceError

FAULT_PAUSE_SECONDS = 1.0

log = logging.getLogger(__name__)


async def repeat(name: str, step: Callable[[], Awaitable[float]], *, until: asyncio.Event) -> None:
    """Repeats `step`, which returns the seconds to rest before the next, until the event is set.

    A step's failure never ends the loop: it is logged once, and once more when it is over, not every second of it.
    """
    failing: str | None = None
    while not until.is_set():
        try:
            pause = await step()
        except Exception as fault:
            pause = FAULT_PAUSE_SECONDS
            if str(fault) != failing:
                failing = str(fault)
                unforeseen = not isinstance(fault, DeepSpaceError)
                log.warning("%s fails and goes on trying: %s", name, fault, exc_info=unforeseen)
        else:
            if failing is not None:
                failing = None
                log.info("%s works again", name)
        with suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), timeout=pause)
