"""Conversations and messages in PostgreSQL. A message's content is OpenAI's list of parts, its facts are metadata."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, run
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.chat import AnswerFacts, Conversation, ConversationFilters, Message, Role
from deepspace_core.chat.conversation import not_found
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, TraceId, UserId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import Ending, UsageSource


@dataclass(frozen=True, slots=True)
class _Statements:
    add_conversation: sql.Statement
    get_conversation: sql.Statement
    lock_conversation: sql.Statement
    save_conversation: sql.Statement
    list_conversations: sql.Statement
    put_message: sql.Statement
    list_messages: sql.Statement
    count_messages: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresConversations:
    """The `Conversations` port."""

    async def add(self, tx: Transaction, conversation: Conversation) -> None:
        await run(tx, SQL.add_conversation, asdict(conversation))

    async def get(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, conversation_id: ConversationId
    ) -> Conversation:
        values = {"org_id": org_id, "user_id": user_id, "id": conversation_id}
        return _found(await find_one(tx, Conversation, SQL.get_conversation, values))

    async def lock(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, conversation_id: ConversationId
    ) -> Conversation:
        values = {"org_id": org_id, "user_id": user_id, "id": conversation_id}
        return _found(await find_one(tx, Conversation, SQL.lock_conversation, values))

    async def save(self, tx: Transaction, conversation: Conversation) -> None:
        if not await run(tx, SQL.save_conversation, asdict(conversation)):
            raise not_found()

    async def list(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, page: PageRequest, filters: ConversationFilters
    ) -> Page[Conversation]:
        values = {
            "org_id": org_id,
            "user_id": user_id,
            "project_id": filters.project_id,
            "text": filters.text,
            "after": page.after,
            "limit": page.limit + 1,
        }
        found = await find_all(tx, Conversation, SQL.list_conversations, values)
        return page_of(found, [one.id for one in found], limit=page.limit)


class PostgresMessages:
    """The `Messages` port."""

    async def put(self, tx: Transaction, message: Message) -> None:
        values = {
            "id": message.id,
            "org_id": message.org_id,
            "conversation_id": message.conversation_id,
            "role": message.role.value,
            "content_json": Jsonb(_parts(message)),
            "metadata": Jsonb(_metadata(message.answer)),
            "trace_id": message.trace_id,
            "created_at": message.created_at,
        }
        await run(tx, SQL.put_message, values)

    async def list(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, page: PageRequest
    ) -> Page[Message]:
        found = await _newest(tx, org_id, conversation_id, after=page.after, limit=page.limit + 1)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def history(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, *, limit: int
    ) -> Sequence[Message]:
        return (await _newest(tx, org_id, conversation_id, after=None, limit=limit))[::-1]

    async def count(self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId) -> int:
        values = {"org_id": org_id, "conversation_id": conversation_id}
        row = await (await connection_of(tx).execute(SQL.count_messages, values)).fetchone()
        return int(row[0]) if row else 0


async def _newest(
    tx: Transaction, org_id: OrgId, conversation_id: ConversationId, *, after: UUID | None, limit: int
) -> Sequence[Message]:
    values = {"org_id": org_id, "conversation_id": conversation_id, "after": after, "limit": limit}
    return await find_all(tx, _message, SQL.list_messages, values)


def _found(conversation: Conversation | None) -> Conversation:
    if conversation is None:
        raise not_found()
    return conversation


def _parts(message: Message) -> Sequence[Mapping[str, str]]:
    thought = [{"type": "reasoning", "text": message.reasoning}] if message.reasoning else []
    return [*thought, {"type": "text", "text": message.text}]


def _metadata(answer: AnswerFacts | None) -> Mapping[str, object]:
    if answer is None:
        return {}
    facts = asdict(answer)
    facts["leaves"] = {leaf: count for leaf, count in facts["leaves"].items() if count}
    return {name: fact for name, fact in facts.items() if fact is not None}


def _message(
    *,
    id: MessageId,  # noqa: A002 - the column's name
    org_id: OrgId,
    conversation_id: ConversationId,
    role: str,
    content_json: Sequence[Mapping[str, str]],
    metadata: Mapping[str, Any],
    trace_id: TraceId,
    created_at: datetime,
) -> Message:
    return Message(
        id=id,
        org_id=org_id,
        conversation_id=conversation_id,
        role=Role(role),
        text=_joined(content_json, "text"),
        trace_id=trace_id,
        created_at=created_at,
        reasoning=_joined(content_json, "reasoning"),
        answer=_answer(metadata) if metadata else None,
    )


def _joined(parts: Sequence[Mapping[str, str]], kind: str) -> str:
    return "".join(part["text"] for part in parts if part["type"] == kind)


def _answer(metadata: Mapping[str, Any]) -> AnswerFacts:
    ending, source = metadata.get("ending"), metadata.get("usage_source")
    return AnswerFacts(
        model_name=metadata["model_name"],
        ending=None if ending is None else Ending(ending),
        usage_source=None if source is None else UsageSource(source),
        leaves=TokenLeaves(**metadata["leaves"]),
        cost_nanos=metadata["cost_nanos"],
        cost_picos=metadata["cost_picos"],
        currency=metadata.get("currency"),
        latency_ms=metadata["latency_ms"],
        error_code=metadata.get("error_code"),
        error_message=metadata.get("error_message"),
    )
