"""Reading what was said, and choosing which branch of it is shown."""

from dataclasses import dataclass, replace

from deepspace_core.chat.conversation import Conversation
from deepspace_core.chat.message import Message, PlacedMessage
from deepspace_core.chat.ports import Conversations, Messages
from deepspace_core.chat.use_cases.reach import locked_conversation, own_conversation
from deepspace_core.identity import Principal
from deepspace_core.kernel.ids import ConversationId, MessageId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ListMessages:
    """The branch of a conversation that is shown, newest first."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages
    clock: Clock

    async def __call__(
        self, *, principal: Principal, conversation_id: ConversationId, page: PageRequest
    ) -> Page[PlacedMessage]:
        """Raises PermissionMissing or ConversationNotFound."""
        async with self.unit_of_work() as tx:
            found = await own_conversation(tx, self.conversations, principal, conversation_id)
            if found.leaf_id is None:
                return Page(rows=[])
            rows = await self.messages.placed(tx, found.org_id, found.id, found.leaf_id, page)
        now = self.clock.now()
        return replace(rows, rows=[replace(one, message=one.message.as_of(now)) for one in rows.rows])


@dataclass(frozen=True, slots=True)
class GetMessage:
    """One message, of any branch."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages
    clock: Clock

    async def __call__(
        self, *, principal: Principal, conversation_id: ConversationId, message_id: MessageId
    ) -> Message:
        """Raises PermissionMissing, ConversationNotFound or MessageNotFound."""
        async with self.unit_of_work() as tx:
            conversation = await own_conversation(tx, self.conversations, principal, conversation_id)
            found = await self.messages.get(tx, conversation.org_id, conversation.id, message_id)
        return found.as_of(self.clock.now())


@dataclass(frozen=True, slots=True)
class ShowBranch:
    """Shows the branch that goes through a message, down to the newest that follows it."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages

    async def __call__(
        self, *, principal: Principal, conversation_id: ConversationId, message_id: MessageId
    ) -> Conversation:
        """Raises PermissionMissing, ConversationNotFound or MessageNotFound."""
        async with self.unit_of_work() as tx:
            found = await locked_conversation(tx, self.conversations, principal, conversation_id)
            leaf_id = await self.messages.newest_leaf(tx, found.org_id, found.id, message_id)
            shown = replace(found, leaf_id=leaf_id)
            await self.conversations.save(tx, shown)
            await tx.commit()
        return shown
