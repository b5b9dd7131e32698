"""One conversation as a file: Markdown to be read, the branch that is shown; JSON to be kept, every branch.

Beside the export of all conversations (`deepspace_core.exports`), which is a job; this one is read while it is sent.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from deepspace_core.chat.conversation import Conversation
from deepspace_core.chat.message import MESSAGES_MAX, Message, Role
from deepspace_core.chat.ports import Conversations, Messages
from deepspace_core.chat.use_cases.reach import own_conversation
from deepspace_core.identity import Principal
from deepspace_core.kernel.ids import ConversationId, MessageId, show_id
from deepspace_core.kernel.money import decimal_from_picos
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

SLAB = 50
"""Messages that are held at once."""


class ConversationFormat(StrEnum):
    """In which form. The value is the file's ending."""

    MARKDOWN = "md"
    JSON = "json"


CONTENT_TYPES = {ConversationFormat.MARKDOWN: "text/markdown", ConversationFormat.JSON: "application/json"}


@dataclass(frozen=True, slots=True)
class ConversationFile:
    """What is downloaded; `pieces` reads the store as it is consumed."""

    name: str
    content_type: str
    pieces: AsyncIterator[str]


@dataclass(frozen=True, slots=True)
class ExportConversation:
    """One conversation as a file."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages
    clock: Clock

    async def __call__(
        self, *, principal: Principal, conversation_id: ConversationId, form: ConversationFormat
    ) -> ConversationFile:
        """Raises PermissionMissing or ConversationNotFound."""
        async with self.unit_of_work() as tx:
            found = await own_conversation(tx, self.conversations, principal, conversation_id)
        pieces = self._markdown(found) if form is ConversationFormat.MARKDOWN else self._json(found)
        return ConversationFile(f"{_file_name(found)}.{form.value}", CONTENT_TYPES[form], pieces)

    async def _markdown(self, conversation: Conversation) -> AsyncIterator[str]:
        shown = await self._shown(conversation)
        yield f"# {conversation.title or 'Conversation'}\n"
        if conversation.system_prompt:
            yield f"\n## System\n\n{conversation.system_prompt}\n"
        async for message in self._all(conversation):
            if message.id in shown:
                yield "".join(_told(message))

    async def _json(self, conversation: Conversation) -> AsyncIterator[str]:
        head = {
            "id": show_id("conversation", conversation.id),
            "title": conversation.title,
            "model": conversation.model_name,
            "system_prompt": conversation.system_prompt,
            "parameters": conversation.parameters.told(),
            "project_id": show_id("project", conversation.project_id),
            "created_at": conversation.created_at.isoformat(),
            "shown_until": _shown_id(conversation.leaf_id),
        }
        yield json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "messages": ['
        between = "\n"
        async for message in self._all(conversation):
            yield between + json.dumps(_fields(message), ensure_ascii=False)
            between = ",\n"
        yield "\n]}\n"

    async def _shown(self, conversation: Conversation) -> frozenset[MessageId]:
        if conversation.leaf_id is None:
            return frozenset()
        async with self.unit_of_work() as tx:
            return frozenset(
                await self.messages.line(
                    tx, conversation.org_id, conversation.id, conversation.leaf_id, limit=MESSAGES_MAX
                )
            )

    async def _all(self, conversation: Conversation) -> AsyncIterator[Message]:
        after: MessageId | None = None
        for _ in range(MESSAGES_MAX // SLAB + 1):
            async with self.unit_of_work() as tx:
                slab: Sequence[Message] = await self.messages.slab(
                    tx, conversation.org_id, conversation.id, after=after, limit=SLAB
                )
            for message in slab:
                yield message.as_of(self.clock.now())
            if len(slab) < SLAB:
                return
            after = slab[-1].id


def _told(message: Message) -> Iterator[str]:
    """A message in Markdown. What a model wrote is Markdown already and stays as it is."""
    facts = message.answer
    yield f"\n## {'User' if message.role is Role.USER else facts.model_name if facts else 'Assistant'}\n"
    yield f"\n_{message.created_at:%Y-%m-%d %H:%M:%S} UTC, trace {message.trace_id}"
    if facts is not None and facts.currency is not None:
        yield f", {decimal_from_picos(facts.cost_picos)} {facts.currency}"
    yield "_\n"
    for one in message.attachments:
        yield f"\n- attached: {one.name} ({one.content_type}, {one.size_bytes} bytes)\n"
    if message.reasoning:
        yield "\n" + "\n".join(f"> {line}" for line in message.reasoning.splitlines()) + "\n"
    if message.text:
        yield f"\n{message.text}\n"
    if facts is not None and facts.error_code is not None:
        yield f"\n**{facts.error_code}**: {facts.error_message or ''}\n"
    for nth, source in enumerate(message.sources, start=1):
        yield f"\n{nth}. {source.title or source.url}: <{source.url}>\n"


def _fields(message: Message) -> dict[str, object]:
    facts = message.answer
    told: dict[str, object] = {
        "id": show_id("message", message.id),
        "parent_id": _shown_id(message.parent_id),
        "role": message.role.value,
        "content": message.text,
        "reasoning": message.reasoning or None,
        "attachments": [
            {"name": one.name, "content_type": one.content_type, "size_bytes": one.size_bytes}
            for one in message.attachments
        ],
        "sources": [{"url": one.url, "title": one.title} for one in message.sources],
        "trace_id": message.trace_id,
        "created_at": message.created_at.isoformat(),
    }
    if facts is None:
        return told
    return told | {
        "model": facts.model_name,
        "ending": facts.ending,
        "tokens": {leaf: count for leaf, count in asdict(facts.leaves).items() if count},
        "cost": decimal_from_picos(facts.cost_picos),
        "currency": facts.currency,
        "error": facts.error_code,
    }


def _shown_id(message_id: MessageId | None) -> str | None:
    return None if message_id is None else show_id("message", message_id)


def _file_name(conversation: Conversation) -> str:
    """The title as far as every file system takes it."""
    plain = "".join(one if one.isalnum() or one in " -_" else " " for one in conversation.title)
    return " ".join(plain.split())[:80] or show_id("conversation", conversation.id)
