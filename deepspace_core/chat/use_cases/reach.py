"""How every verb of chat comes to the conversation that it is about."""

from deepspace_core.chat.conversation import Conversation, reached
from deepspace_core.chat.message import Message, Role, message_not_found
from deepspace_core.chat.ports import Conversations, Messages
from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.ids import ConversationId, MessageId
from deepspace_core.kernel.ports.unit_of_work import Transaction


async def own_conversation(
    tx: Transaction, conversations: Conversations, principal: Principal, conversation_id: ConversationId
) -> Conversation:
    """The caller's conversation. Raises PermissionMissing or ConversationNotFound."""
    principal.require(Permission.USE_CHAT)
    found = await conversations.get(tx, principal.org_id, principal.user_id, conversation_id)
    return reached(principal, found)


async def locked_conversation(
    tx: Transaction, conversations: Conversations, principal: Principal, conversation_id: ConversationId
) -> Conversation:
    """As `own_conversation`, kept from others until the transaction ends."""
    principal.require(Permission.USE_CHAT)
    found = await conversations.lock(tx, principal.org_id, principal.user_id, conversation_id)
    return reached(principal, found)


async def own_answer(tx: Transaction, messages: Messages, conversation: Conversation, message_id: MessageId) -> Message:
    """An answer in the conversation. Raises MessageNotFound, for a question too."""
    found = await messages.get(tx, conversation.org_id, conversation.id, message_id)
    if found.role is not Role.ASSISTANT:
        raise message_not_found()
    return found
