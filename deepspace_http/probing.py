"""Asking the dependencies whether they are there, each within a bounded time."""

import asyncio
import logging
from collections.abc import Sequence

from deepspace_http.application import Probe, Probes
from deepspace_http.schemas.health import DependencyBody

PROBE_TIMEOUT_SECONDS = 2.0
log = logging.getLogger(__name__)


async def ask_all(probes: Probes) -> Sequence[DependencyBody]:
    """What each of them says, all asked at once."""
    return await asyncio.gather(*(_ask(name, probe) for name, probe in probes.items()))


async def _ask(name: str, probe: Probe) -> DependencyBody:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
            await probe.check()
    except TimeoutError:
        return DependencyBody(name=name, status="slow", required=probe.required)
    except Exception as fault:
        log.warning("%s is not ready", name, exc_info=fault)
        return DependencyBody(name=name, status="away", required=probe.required)
    return DependencyBody(name=name, status="ok", required=probe.required)
