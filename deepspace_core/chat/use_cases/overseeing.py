"""Looking after the live answers of a process: their leases are renewed, and those that shall end are ended."""

from dataclasses import dataclass
from datetime import timedelta

from deepspace_core.chat.live_answer import ANSWER_SECONDS_MAX, LiveAnswer, LiveAnswers
from deepspace_core.chat.ports import Messages
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import MessageId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

LOOK_SECONDS = 1.0
"""How soon a stop that was asked for at another process takes effect; one question for all live answers together."""
RENEWAL = timedelta(seconds=10)
"""How often what there is of an answer is stored, with a new lease; so much is lost when the process dies."""
LIFE_MAX = timedelta(seconds=ANSWER_SECONDS_MAX)


@dataclass(frozen=True, slots=True)
class Overseeing:
    """Looks after live answers for as long as there are any."""

    unit_of_work: UnitOfWork
    messages: Messages
    live: LiveAnswers
    tasks: Tasks
    clock: Clock

    def begin(self, answer: LiveAnswer) -> None:
        """Looks after this one too."""
        self.live.add(answer)
        if not self.live.is_overseen:
            self.tasks.detach(self._watch())
            self.live.is_overseen = True

    async def stop(self, answer: LiveAnswer) -> None:
        """Ends it now: no more words are told, what there is is stored; its cost follows."""
        if answer.transcript.stopped:
            return
        answer.transcript.stopped = True
        answer.transcript.listener.stopped()
        await self._renew(answer)

    async def look(self) -> None:
        """One look at all of them."""
        now = self.clock.now()
        wanted = await self._asked_to_stop()
        for answer in self.live.all():
            is_over = answer.id in wanted or answer.begun.created_at + LIFE_MAX <= now
            if is_over and not answer.transcript.stopped:
                await self.stop(answer)
            elif answer.renew_at <= now:
                await self._renew(answer)  # one that is stopped too: its bill may be long in coming

    async def _watch(self) -> None:
        try:
            while self.live.all():
                await self.tasks.pause(LOOK_SECONDS)
                await self.look()
        finally:
            self.live.is_overseen = False

    async def _asked_to_stop(self) -> frozenset[MessageId]:
        try:
            async with self.unit_of_work() as tx:
                return frozenset(await self.messages.asked_to_stop(tx, [one.id for one in self.live.all()]))
        except Unavailable:
            return frozenset()  # asked again at the next look

    async def _renew(self, answer: LiveAnswer) -> None:
        now = self.clock.now()
        answer.renew_at = now + RENEWAL
        try:
            async with self.unit_of_work() as tx:
                await self.messages.renew(tx, answer.so_far(now))
                await tx.commit()
        except Unavailable:
            return  # an answer goes on without its database; its end is stored when that is back
