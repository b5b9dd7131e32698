"""Following an answer, from wherever one left off; and stopping it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from deepspace_core.chat.event_stream import KeptEvent
from deepspace_core.chat.message import Message
from deepspace_core.chat.ports import Conversations, EventStreams, Messages
from deepspace_core.chat.use_cases.overseeing import Overseeing
from deepspace_core.chat.use_cases.reach import own_answer, own_conversation
from deepspace_core.identity import Principal
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import ConversationId, MessageId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

WAIT_SECONDS = 1.0
"""How long a follower waits for an event before it looks whether its client is still there."""
QUIET_LOOKS = 5
"""After so many waits without an event, a follower looks at what is stored: the writer may have died."""
FOLLOW_MAX = timedelta(hours=1)
"""A follower reconnects then, with the credentials that it has by then."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Events have been missed that nobody keeps: this is what the running answer says so far."""

    message: Message


@dataclass(frozen=True, slots=True)
class Stored:
    """The answer is over, and its events are no longer kept: this is what it says."""

    message: Message


Followed: TypeAlias = KeptEvent | Snapshot | Stored | None
"""What a follower is told. None: nothing new, a moment to look whether anybody listens."""


@dataclass(frozen=True, slots=True)
class FollowAnswer:
    """The events of an answer, to its end, in whichever process it is written."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages
    streams: EventStreams
    tasks: Tasks
    clock: Clock

    async def __call__(
        self, *, principal: Principal, conversation_id: ConversationId, message_id: MessageId, after: int = 0
    ) -> AsyncIterator[Followed]:
        """What follows the event `after`. Raises PermissionMissing, ConversationNotFound, MessageNotFound."""
        async with self.unit_of_work() as tx:
            conversation = await own_conversation(tx, self.conversations, principal, conversation_id)
            message = await own_answer(tx, self.messages, conversation, message_id)
        return self._followed(message.as_of(self.clock.now()), after)

    async def _followed(self, message: Message, after: int) -> AsyncIterator[Followed]:
        until = self.clock.now() + FOLLOW_MAX
        # The first look is at the store: the answer of a process that has died, or one whose events nobody keeps.
        heard, quiet, wait = after, QUIET_LOOKS, 0.0
        while self.clock.now() < until:
            events = await self.streams.read(message.id, after=heard, wait_seconds=wait)
            wait, quiet = WAIT_SECONDS, quiet + 1
            for event in _unbroken(events, heard):
                yield event
                heard, quiet = event.number, 0
                if event.is_last:
                    return
            if _is_gap(events, heard) or quiet > QUIET_LOOKS:
                quiet = 0
                found = await self._caught_up(message, heard)
                if found is not None:
                    yield found
                    heard = found.message.events_told
                if isinstance(found, Stored):
                    return
                if _is_gap(events, heard):
                    await self.tasks.pause(WAIT_SECONDS)
            yield None

    async def _caught_up(self, message: Message, heard: int) -> Snapshot | Stored | None:
        """What the store has beyond what was heard."""
        found = await self._stored(message)
        if not found.is_running:
            return Stored(found)
        return Snapshot(found) if found.events_told > heard else None

    async def _stored(self, message: Message) -> Message:
        """As it stands now; while that can't be asked for, as it stood."""
        try:
            async with self.unit_of_work() as tx:
                found = await self.messages.get(tx, message.org_id, message.conversation_id, message.id)
        except Unavailable:
            return message
        return found.as_of(self.clock.now())


def _unbroken(events: Sequence[KeptEvent], heard: int) -> Iterator[KeptEvent]:
    """Those that follow what was heard without a gap."""
    for event in events:
        if event.number != heard + 1:
            return
        yield event
        heard = event.number


def _is_gap(events: Sequence[KeptEvent], heard: int) -> bool:
    """Whether there are events that can't be told, because some before them are missing."""
    return bool(events) and events[-1].number > heard


@dataclass(frozen=True, slots=True)
class StopAnswer:
    """Ends a running answer: the model is cut off, and what there is of it is kept and paid for."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages
    overseeing: Overseeing
    clock: Clock

    async def __call__(
        self, *, principal: Principal, conversation_id: ConversationId, message_id: MessageId
    ) -> Message:
        """The answer as it stands: stopped, unless another process writes it, which takes a second; or whole already.

        Raises PermissionMissing, ConversationNotFound, MessageNotFound.
        """
        async with self.unit_of_work() as tx:
            conversation = await own_conversation(tx, self.conversations, principal, conversation_id)
            await own_answer(tx, self.messages, conversation, message_id)
            await self.messages.ask_stop(tx, conversation.org_id, conversation.id, message_id)
            await tx.commit()
        live = self.overseeing.live.find(message_id)
        if live is not None:
            await self.overseeing.stop(live)
        async with self.unit_of_work() as tx:
            found = await self.messages.get(tx, conversation.org_id, conversation.id, message_id)
        return found.as_of(self.clock.now())
