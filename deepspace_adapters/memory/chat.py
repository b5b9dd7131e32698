"""Conversations and messages in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.chat import Conversation, ConversationFilters, Message, PlacedMessage, Siblings
from deepspace_core.chat.conversation import not_found
from deepspace_core.chat.excerpt import Excerpt, excerpt_of
from deepspace_core.chat.message import message_not_found
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, UserId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction

CONVERSATIONS, MESSAGES, STOPS = "conversations", "messages", "message_stops"


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
            table_of(tx, CONVERSATIONS).values(), key=lambda one: one.latest_id, reverse=True
        )
        rows = [
            one
            for one in everybodys
            if (one.org_id, one.user_id, one.deleted_at) == (org_id, user_id, None)
            and filters.project_id in (None, one.project_id)
            and filters.pinned in (None, one.pinned)
            and (filters.text is None or _holds(tx, one, filters.text.lower()))
            and (page.after is None or one.latest_id < page.after)
        ]
        return page_of(rows, [one.latest_id for one in rows], limit=page.limit)

    async def excerpts(
        self, tx: Transaction, org_id: OrgId, conversation_ids: Collection[ConversationId], text: str
    ) -> Mapping[ConversationId, Excerpt]:
        found: dict[ConversationId, Excerpt] = {}
        for conversation_id in conversation_ids:
            for message in sorted(_of(tx, org_id, conversation_id), key=lambda one: one.id):
                if excerpt := excerpt_of(message.text, text):
                    found[conversation_id] = excerpt
        return found


class MemoryMessages:
    """The `Messages` port."""

    async def put(self, tx: Transaction, message: Message) -> None:
        table = table_of(tx, MESSAGES)
        old: Message | None = table.get(message.id)
        table[message.id] = (
            message if old is None else replace(message, created_at=old.created_at, parent_id=old.parent_id)
        )

    async def renew(self, tx: Transaction, message: Message) -> bool:
        old: Message | None = table_of(tx, MESSAGES).get(message.id)
        if old is None or not old.is_running:
            return False
        await self.put(tx, message)
        return True

    async def get(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, message_id: MessageId
    ) -> Message:
        found: Message | None = table_of(tx, MESSAGES).get(message_id)
        if found is None or (found.org_id, found.conversation_id) != (org_id, conversation_id):
            raise message_not_found()
        return found

    async def placed(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, leaf_id: MessageId, page: PageRequest
    ) -> Page[PlacedMessage]:
        upwards = _upwards(tx, org_id, conversation_id, leaf_id)
        if page.after is not None:
            seen: Message | None = table_of(tx, MESSAGES).get(page.after)
            above = None if seen is None else seen.parent_id
            upwards = _upwards(tx, org_id, conversation_id, above)
        everything = _of(tx, org_id, conversation_id)
        rows = [PlacedMessage(one, _siblings(one, everything)) for one in upwards]
        return page_of(rows[: page.limit + 1], [one.message.id for one in rows], limit=page.limit)

    async def branch(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, leaf_id: MessageId, *, limit: int
    ) -> Sequence[Message]:
        return _upwards(tx, org_id, conversation_id, leaf_id)[:limit][::-1]

    async def line(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, leaf_id: MessageId, *, limit: int
    ) -> Sequence[MessageId]:
        return [one.id for one in await self.branch(tx, org_id, conversation_id, leaf_id, limit=limit)]

    async def newest_leaf(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, message_id: MessageId
    ) -> MessageId:
        leaf = (await self.get(tx, org_id, conversation_id, message_id)).id
        everything = _of(tx, org_id, conversation_id)
        while following := [one.id for one in everything if one.parent_id == leaf]:
            leaf = following[-1]
        return leaf

    async def slab(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, *, after: UUID | None, limit: int
    ) -> Sequence[Message]:
        rows = [one for one in _of(tx, org_id, conversation_id) if after is None or one.id > after]
        return rows[:limit]

    async def count(self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId) -> int:
        return len(_of(tx, org_id, conversation_id))

    async def ask_stop(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, message_id: MessageId
    ) -> bool:
        found: Message | None = table_of(tx, MESSAGES).get(message_id)
        if found is None or (found.org_id, found.conversation_id) != (org_id, conversation_id) or not found.is_running:
            return False
        table_of(tx, STOPS)[message_id] = True
        return True

    async def asked_to_stop(self, tx: Transaction, message_ids: Collection[MessageId]) -> Sequence[MessageId]:
        stops, messages = table_of(tx, STOPS), table_of(tx, MESSAGES)
        return [one for one in sorted(message_ids) if one in stops and messages[one].is_running]


def _of(tx: Transaction, org_id: OrgId, conversation_id: ConversationId) -> Sequence[Message]:
    """Oldest first."""
    everybodys: Sequence[Message] = sorted(table_of(tx, MESSAGES).values(), key=lambda one: one.id)
    return [one for one in everybodys if (one.org_id, one.conversation_id) == (org_id, conversation_id)]


def _upwards(
    tx: Transaction, org_id: OrgId, conversation_id: ConversationId, leaf_id: MessageId | None
) -> list[Message]:
    """The leaf first."""
    by_id = {one.id: one for one in _of(tx, org_id, conversation_id)}
    line: list[Message] = []
    while leaf_id is not None and leaf_id in by_id:
        line.append(by_id[leaf_id])
        leaf_id = line[-1].parent_id
    return line


def _siblings(message: Message, everything: Sequence[Message]) -> Siblings:
    ids = [one.id for one in everything if (one.parent_id, one.role) == (message.parent_id, message.role)]
    at = ids.index(message.id)
    return Siblings(
        count=len(ids),
        nth=at + 1,
        previous_id=ids[at - 1] if at else None,
        next_id=ids[at + 1] if at + 1 < len(ids) else None,
    )


def _holds(tx: Transaction, conversation: Conversation, text: str) -> bool:
    """Whether its title or something said in it holds the text, which is in small letters."""
    said = (one.text.lower() for one in _of(tx, conversation.org_id, conversation.id))
    return text in conversation.title.lower() or any(text in one for one in said)
