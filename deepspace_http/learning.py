"""Keeps what a gateway process goes by learned: how much models write."""

import asyncio
import logging

from deepspace_core.kernel.errors import Unavailable
from deepspace_core.pipeline.use_cases import LearnOutputs

LEARN_SECONDS = 30.0
"""How old what one gateway has metered may be before the others know of it."""

log = logging.getLogger(__name__)


async def learn(learn_outputs: LearnOutputs) -> None:
    """Learns for ever; cancel it. Without a database it goes by what it knew, or by the models' ceilings."""
    while True:
        try:
            await learn_outputs()
        except Unavailable:
            log.debug("the database is away; estimates stay as they are")
        except Exception:
            log.exception("estimates of outputs could not be learned")
        await asyncio.sleep(LEARN_SECONDS)
