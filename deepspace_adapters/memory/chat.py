"""Conversations and messages in memory."""

from collections.abc import Sequence
from dataclasses import replace

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.chat import Conversation, ConversationFilters, Message
from deepspace_core.chat.conversation import not_found
from deepspace_core.kernel.ids import ConversationId, OrgId, UserId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction

CONVERSATIONS, MESSAGES = "conversations", "messages"


class MemoryConversations:
    """The `Conversations` port."""

    async def add(self, tx: Transaction, conversation: Conversation) -> None:
        table_of(tx, CONVERSATIONS)[conversation.id] = conversation

    async def get(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, conversation_id: ConversationId
    ) -> Conversation:
        found: Conversation | None = table_of(tx, CONVERSATIONS).get(conversation_id)
        if found is None or (found.org_id, found.user_id, found.deleted_at) != (org_id, user_id, None):
            raise not_found()
        return found

    async def lock(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, conversation_id: ConversationId
    ) -> Conversation:
        # One memory transaction runs at a time.
        return await self.get(tx, org_id, user_id, conversation_id)

    async def save(self, tx: Transaction, conversation: Conversation) -> None:
        await self.get(tx, conversation.org_id, conversation.user_id, conversation.id)
        table_of(tx, CONVERSATIONS)[conversation.id] = conversation

    async def list(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, page: PageRequest, filters: ConversationFilters
    ) -> Page[Conversation]:
        everybodys: Sequence[Conversation] = sorted(
            table_of(tx, CONVERSATIONS).values(), key=lambda one: one.id, reverse=True
        )
        rows = [
            one
            for one in everybodys
            if (one.org_id, one.user_id, one.deleted_at) == (org_id, user_id, None)
            and filters.project_id in (None, one.project_id)
            and (filters.text is None or filters.text.lower() in one.title.lower())
            and (page.after is None or one.id < page.after)
        ]
        return page_of(rows, [one.id for one in rows], limit=page.limit)


class MemoryMessages:
    """The `Messages` port."""

    async def put(self, tx: Transaction, message: Message) -> None:
        table = table_of(tx, MESSAGES)
        old: Message | None = table.get(message.id)
        table[message.id] = message if old is None else replace(message, created_at=old.created_at)

    async def list(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, page: PageRequest
    ) -> Page[Message]:
        rows = [one for one in reversed(_of(tx, org_id, conversation_id)) if page.after is None or one.id < page.after]
        return page_of(rows, [one.id for one in rows], limit=page.limit)

    async def history(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, *, limit: int
    ) -> Sequence[Message]:
        return _of(tx, org_id, conversation_id)[-limit:]

    async def count(self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId) -> int:
        return len(_of(tx, org_id, conversation_id))


def _of(tx: Transaction, org_id: OrgId, conversation_id: ConversationId) -> Sequence[Message]:
    """Oldest first."""
    everybodys: Sequence[Message] = sorted(table_of(tx, MESSAGES).values(), key=lambda one: one.id)
    return [one for one in everybodys if (one.org_id, one.conversation_id) == (org_id, conversation_id)]
