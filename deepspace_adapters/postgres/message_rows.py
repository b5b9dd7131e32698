"""How a message stands in its row: its content as OpenAI's list of parts, everything else that is known as metadata."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from deepspace_core.chat import AnswerFacts, Attachment, Message, Role, Source
from deepspace_core.files import FileId
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, TraceId
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import Ending, UsageSource

SOURCES, EVENTS_TOLD = "sources", "events_told"


def parts_of(message: Message) -> Sequence[Mapping[str, object]]:
    """Thought, text and files, in this order."""
    thought = [{"type": "reasoning", "text": message.reasoning}] if message.reasoning else []
    files = [{"type": "file", "file": asdict(one) | {"file_id": one.file_id.hex}} for one in message.attachments]
    return [*thought, {"type": "text", "text": message.text}, *files]


def told_of(message: Message) -> Mapping[str, object]:
    """The metadata of an answer; of a question, nothing."""
    if message.answer is None:
        return {}
    facts = asdict(message.answer)
    facts["leaves"] = {leaf: count for leaf, count in facts["leaves"].items() if count}
    told = {name: fact for name, fact in facts.items() if fact is not None}
    if message.sources:
        told[SOURCES] = [asdict(one) for one in message.sources]
    if message.events_told:
        told[EVENTS_TOLD] = message.events_told
    return told


def message_of(
    *,
    id: MessageId,  # noqa: A002 - the column's name
    org_id: OrgId,
    conversation_id: ConversationId,
    parent_id: MessageId | None,
    role: str,
    content_json: Sequence[Mapping[str, Any]],
    metadata: Mapping[str, Any],
    trace_id: TraceId,
    created_at: datetime,
    leased_until: datetime | None,
) -> Message:
    """The message of a row."""
    return Message(
        id=id,
        org_id=org_id,
        conversation_id=conversation_id,
        role=Role(role),
        text=_joined(content_json, "text"),
        trace_id=trace_id,
        created_at=created_at,
        parent_id=parent_id,
        reasoning=_joined(content_json, "reasoning"),
        answer=_answer(metadata) if metadata else None,
        attachments=tuple(_attachment(part["file"]) for part in content_json if part["type"] == "file"),
        sources=tuple(Source(**one) for one in metadata.get(SOURCES, ())),
        leased_until=leased_until,
        events_told=metadata.get(EVENTS_TOLD, 0),
    )


def _joined(parts: Sequence[Mapping[str, Any]], kind: str) -> str:
    return "".join(part["text"] for part in parts if part["type"] == kind)


def _attachment(file: Mapping[str, Any]) -> Attachment:
    return Attachment(FileId(UUID(file["file_id"])), file["name"], file["content_type"], file["size_bytes"])


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
