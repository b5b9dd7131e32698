"""Storing what an answer has come to, so that none is lost while the database is away."""

from dataclasses import dataclass

from deepspace_core.chat.message import Message
from deepspace_core.chat.ports import Messages
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

KEEP_ATTEMPTS_MAX = 40
KEEP_PAUSE_SECONDS_FIRST = 0.2
KEEP_PAUSE_SECONDS_MAX = 15.0
"""Forty attempts at these pauses span some eight and a half minutes. An answer is no money: then it is lost."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Stores answers, now or as soon as it can be done."""

    unit_of_work: UnitOfWork
    messages: Messages
    tasks: Tasks

    async def keep(self, answer: Message) -> None:
        """Stores it now, or has it retried in the background."""
        if not await self._tried(answer):
            self.tasks.detach(self._kept_later(answer))

    async def _tried(self, answer: Message) -> bool:
        try:
            async with self.unit_of_work() as tx:
                await self.messages.put(tx, answer)
                await tx.commit()
        except Unavailable:
            return False
        return True

    async def _kept_later(self, answer: Message) -> None:
        pause = KEEP_PAUSE_SECONDS_FIRST
        for _ in range(KEEP_ATTEMPTS_MAX):
            await self.tasks.pause(pause)
            if await self._tried(answer):
                return
            pause = min(pause * 2, KEEP_PAUSE_SECONDS_MAX)
