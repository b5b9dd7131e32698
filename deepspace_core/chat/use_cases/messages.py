"""Messages: read by the user whose conversation it is."""

from dataclasses import dataclass

from deepspace_core.chat.conversation import reached
from deepspace_core.chat.message import Message
from deepspace_core.chat.ports import Conversations, Messages
from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.ids import ConversationId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ListMessages:
    """The messages of a conversation, newest first."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages

    async def __call__(
        self, *, principal: Principal, conversation_id: ConversationId, page: PageRequest
    ) -> Page[Message]:
        """Raises PermissionMissing or ConversationNotFound."""
        principal.require(Permission.USE_CHAT)
        async with self.unit_of_work() as tx:
            found = await self.conversations.get(tx, principal.org_id, principal.user_id, conversation_id)
            reached(principal, found)
            return await self.messages.list(tx, principal.org_id, conversation_id, page)
