"""Conversations and messages in PostgreSQL. A message's content is OpenAI's list of parts, its facts are metadata."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.message_rows import message_of, parts_of, told_of
from deepspace_adapters.postgres.noun_rows import find_all, find_one, run
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.chat import (
    Conversation,
    ConversationFilters,
    Message,
    Parameters,
    PlacedMessage,
    ReasoningEffort,
    Siblings,
)
from deepspace_core.chat.conversation import not_found
from deepspace_core.chat.excerpt import AFTER_CHARACTERS, BEFORE_CHARACTERS, Excerpt, excerpt_of
from deepspace_core.chat.message import MESSAGES_MAX, message_not_found
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, UserId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    add_conversation: sql.Statement
    get_conversation: sql.Statement
    lock_conversation: sql.Statement
    save_conversation: sql.Statement
    list_conversations: sql.Statement
    list_excerpts: sql.Statement
    put_message: sql.Statement
    renew_message: sql.Statement
    get_message: sql.Statement
    list_placed: sql.Statement
    list_branch: sql.Statement
    list_line: sql.Statement
    find_newest_leaf: sql.Statement
    list_slab: sql.Statement
    count_messages: sql.Statement
    ask_stop: sql.Statement
    list_asked_to_stop: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresConversations:
    """The `Conversations` port."""

    async def add(self, tx: Transaction, conversation: Conversation) -> None:
        await run(tx, SQL.add_conversation, _values(conversation))

    async def get(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, conversation_id: ConversationId
    ) -> Conversation:
        values = {"org_id": org_id, "user_id": user_id, "id": conversation_id}
        return _found(await find_one(tx, _conversation, SQL.get_conversation, values))

    async def lock(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, conversation_id: ConversationId
    ) -> Conversation:
        values = {"org_id": org_id, "user_id": user_id, "id": conversation_id}
        return _found(await find_one(tx, _conversation, SQL.lock_conversation, values))

    async def save(self, tx: Transaction, conversation: Conversation) -> None:
        if not await run(tx, SQL.save_conversation, _values(conversation)):
            raise not_found()

    async def list(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, page: PageRequest, filters: ConversationFilters
    ) -> Page[Conversation]:
        values = {
            "org_id": org_id,
            "user_id": user_id,
            "project_id": filters.project_id,
            "text": filters.text,
            "pinned": filters.pinned,
            "after": page.after,
            "limit": page.limit + 1,
        }
        found = await find_all(tx, _conversation, SQL.list_conversations, values)
        return page_of(found, [one.latest_id for one in found], limit=page.limit)

    async def excerpts(
        self, tx: Transaction, org_id: OrgId, conversation_ids: Collection[ConversationId], text: str
    ) -> Mapping[ConversationId, Excerpt]:
        values = {
            "org_id": org_id,
            "ids": sorted(conversation_ids),
            "text": text,
            # One more on either side tells whether anything was cut off.
            "before": BEFORE_CHARACTERS + 1,
            "after": AFTER_CHARACTERS + 1,
        }
        cursor = await connection_of(tx).execute(SQL.list_excerpts, values)
        found = [(ConversationId(row[0]), excerpt_of(row[1], text)) for row in await cursor.fetchall()]
        return {conversation_id: excerpt for conversation_id, excerpt in found if excerpt is not None}


class PostgresMessages:
    """The `Messages` port."""

    async def put(self, tx: Transaction, message: Message) -> None:
        await run(tx, SQL.put_message, _row(message))

    async def renew(self, tx: Transaction, message: Message) -> bool:
        return await run(tx, SQL.renew_message, _row(message)) > 0

    async def get(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, message_id: MessageId
    ) -> Message:
        values = {"org_id": org_id, "conversation_id": conversation_id, "id": message_id}
        found = await find_one(tx, message_of, SQL.get_message, values)
        if found is None:
            raise message_not_found()
        return found

    async def placed(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, leaf_id: MessageId, page: PageRequest
    ) -> Page[PlacedMessage]:
        values = {
            "org_id": org_id,
            "conversation_id": conversation_id,
            "leaf_id": leaf_id,
            "after": page.after,
            "limit": page.limit + 1,
        }
        found = await find_all(tx, _placed, SQL.list_placed, values)
        return page_of(found, [one.message.id for one in found], limit=page.limit)

    async def branch(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, leaf_id: MessageId, *, limit: int
    ) -> Sequence[Message]:
        values = {"org_id": org_id, "conversation_id": conversation_id, "leaf_id": leaf_id, "limit": limit}
        return await find_all(tx, message_of, SQL.list_branch, values)

    async def line(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, leaf_id: MessageId, *, limit: int
    ) -> Sequence[MessageId]:
        values = {"org_id": org_id, "conversation_id": conversation_id, "leaf_id": leaf_id, "limit": limit}
        return await _ids(tx, SQL.list_line, values)

    async def newest_leaf(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, message_id: MessageId
    ) -> MessageId:
        values = {"org_id": org_id, "conversation_id": conversation_id, "id": message_id, "limit": MESSAGES_MAX}
        found = await _ids(tx, SQL.find_newest_leaf, values)
        if not found:
            raise message_not_found()
        return found[0]

    async def slab(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, *, after: UUID | None, limit: int
    ) -> Sequence[Message]:
        values = {"org_id": org_id, "conversation_id": conversation_id, "after": after, "limit": limit}
        return await find_all(tx, message_of, SQL.list_slab, values)

    async def count(self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId) -> int:
        values = {"org_id": org_id, "conversation_id": conversation_id}
        row = await (await connection_of(tx).execute(SQL.count_messages, values)).fetchone()
        return int(row[0]) if row else 0

    async def ask_stop(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, message_id: MessageId
    ) -> bool:
        values = {"org_id": org_id, "conversation_id": conversation_id, "id": message_id}
        return await run(tx, SQL.ask_stop, values) > 0

    async def asked_to_stop(self, tx: Transaction, message_ids: Collection[MessageId]) -> Sequence[MessageId]:
        return await _ids(tx, SQL.list_asked_to_stop, {"ids": sorted(message_ids)})


async def _ids(tx: Transaction, statement: sql.Statement, values: dict[str, object]) -> list[MessageId]:
    cursor = await connection_of(tx).execute(statement, values)
    return [MessageId(row[0]) for row in await cursor.fetchall()]


def _found(conversation: Conversation | None) -> Conversation:
    if conversation is None:
        raise not_found()
    return conversation


def _values(conversation: Conversation) -> dict[str, object]:
    return asdict(conversation) | {"parameters": Jsonb(conversation.parameters.told())}


def _conversation(*, parameters: dict[str, Any], **columns: Any) -> Conversation:
    effort = parameters.get("reasoning_effort")
    given = parameters | {"reasoning_effort": None if effort is None else ReasoningEffort(effort)}
    return Conversation(**columns, parameters=Parameters(**given))


def _row(message: Message) -> dict[str, object]:
    return {
        "id": message.id,
        "org_id": message.org_id,
        "conversation_id": message.conversation_id,
        "parent_id": message.parent_id,
        "role": message.role.value,
        "content_json": Jsonb(parts_of(message)),
        "metadata": Jsonb(told_of(message)),
        "trace_id": message.trace_id,
        "created_at": message.created_at,
        "leased_until": message.leased_until,
    }


def _placed(
    *, count: int, nth: int, previous_id: MessageId | None, next_id: MessageId | None, **columns: Any
) -> PlacedMessage:
    return PlacedMessage(message_of(**columns), Siblings(count, nth, previous_id, next_id))
