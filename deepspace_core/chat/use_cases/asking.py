"""The first half of sending a message: the question is stored, and what is to be asked of the model is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deepspace_core.chat.conversation import Conversation, reached, title_from
from deepspace_core.chat.errors import ConversationFull
from deepspace_core.chat.message import MESSAGES_MAX, Message, Role, checked_text
from deepspace_core.chat.ports import Conversations, Messages
from deepspace_core.chat.request import HISTORY_MESSAGES_MAX
from deepspace_core.identity import Permission, Principal, ProjectArchived, Projects
from deepspace_core.kernel.ids import ConversationId, MessageId, TraceId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored question, and who asks it where.

    The answer's id is made with the question's, so that an answer stands right after its question however long it took.
    """

    principal: Principal
    conversation: Conversation
    question: Message
    answer_id: MessageId
    history: Sequence[Message]
    """The last messages, oldest first; the question is the last of them."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Stores questions."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages
    projects: Projects
    ids: IdSource
    clock: Clock

    async def ask(
        self, *, principal: Principal, conversation_id: ConversationId, text: str, trace_id: TraceId
    ) -> Asked:
        """Raises PermissionMissing, ConversationNotFound, ConversationFull, ProjectArchived, InvalidInput."""
        principal.require(Permission.USE_CHAT)
        text, now = checked_text(text), self.clock.now()
        async with self.unit_of_work() as tx:
            found = await self.conversations.lock(tx, principal.org_id, principal.user_id, conversation_id)
            asker = await self._in_project(tx, principal, reached(principal, found))
            await self._require_room(tx, found)
            question = Message(
                id=MessageId(self.ids.uuid()),
                org_id=found.org_id,
                conversation_id=found.id,
                role=Role.USER,
                text=text,
                trace_id=trace_id,
                created_at=now,
            )
            await self.messages.put(tx, question)
            conversation = replace(found, title=found.title or title_from(text), updated_at=now)
            await self.conversations.save(tx, conversation)
            history = await self.messages.history(tx, found.org_id, found.id, limit=HISTORY_MESSAGES_MAX)
            await tx.commit()
        return Asked(asker, conversation, question, MessageId(self.ids.uuid()), history)

    async def _in_project(self, tx: Transaction, principal: Principal, conversation: Conversation) -> Principal:
        """The principal as it calls the model: counted in the conversation's project, wherever else it acts.

        Who may chat may use models for it; no scope beside chat:use is needed.
        """
        project = await self.projects.get(tx, conversation.org_id, conversation.project_id)
        if project.archived_at is not None:
            raise ProjectArchived(f"the project {project.name!r} is archived; its conversations can only be read")
        return replace(
            principal,
            project_id=project.id,
            workspace_id=project.workspace_id,
            permissions=principal.permissions | {Permission.USE_MODELS},
        )

    async def _require_room(self, tx: Transaction, conversation: Conversation) -> None:
        if await self.messages.count(tx, conversation.org_id, conversation.id) + 2 > MESSAGES_MAX:
            raise ConversationFull(f"a conversation holds {MESSAGES_MAX} messages; begin another")
