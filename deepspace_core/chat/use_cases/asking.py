"""The first half of an answer: the question is stored, the answer's place is taken, and what to ask is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from deepspace_core.chat.attachment import ATTACHMENTS_MAX, Attachment, attached
from deepspace_core.chat.conversation import Conversation, title_from
from deepspace_core.chat.errors import AnswerRunning, AttachmentRefused, ConversationFull
from deepspace_core.chat.message import (
    LEASE,
    MESSAGES_MAX,
    AnswerFacts,
    Message,
    Role,
    checked_text,
    message_not_found,
)
from deepspace_core.chat.ports import Conversations, Messages
from deepspace_core.chat.request import HISTORY_MESSAGES_MAX
from deepspace_core.chat.use_cases.reach import locked_conversation
from deepspace_core.files import FileId, FileNotFound, Files
from deepspace_core.identity import Permission, Principal, ProjectArchived, Projects
from deepspace_core.kernel.ids import ConversationId, MessageId, TraceId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored question, the answer that has been begun to it, and who asks it where.

    The answer's id is made with the question's, so that an answer stands right after its question however long it took.
    """

    principal: Principal
    conversation: Conversation
    question: Message
    answer: Message
    history: Sequence[Message]
    """The last messages of the branch, oldest first; the question is the last of them."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where, and under which trace."""

    principal: Principal
    conversation_id: ConversationId
    trace_id: TraceId


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a question stands on: the asker as it calls the model, the locked conversation, the time."""

    principal: Principal
    conversation: Conversation
    trace_id: TraceId
    now: datetime


@dataclass(frozen=True, slots=True)
class Asking:
    """Stores questions, and takes the places of their answers."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages
    projects: Projects
    files: Files
    ids: IdSource
    clock: Clock

    async def ask(
        self, asker: Asker, *, text: str, file_ids: Sequence[FileId] = (), parent_id: MessageId | None = None
    ) -> Asked:
        """A new question, after `parent_id` or at the end of the branch that is shown.

        Raises PermissionMissing, ConversationNotFound, ConversationFull, MessageNotFound, AnswerRunning,
        ProjectArchived, InvalidInput, FileNotFound, AttachmentRefused.
        """
        text = checked_text(text)
        async with self.unit_of_work() as tx:
            ground = await self._ground(tx, asker)
            after = parent_id or ground.conversation.leaf_id
            if after is not None:
                self._require_whole(await self._message(tx, ground, after), ground)
            attachments = await self._attachments(tx, ground, file_ids)
            question = self._question(ground, text, attachments, after)
            return await self._begun(tx, ground, question, is_new=True)

    async def edit(
        self, asker: Asker, *, message_id: MessageId, text: str, file_ids: Sequence[FileId] | None = None
    ) -> Asked:
        """A question put in other words, beside the first one. `file_ids` None: with the attachments that it had.

        Raises what `ask` raises.
        """
        text = checked_text(text)
        async with self.unit_of_work() as tx:
            ground = await self._ground(tx, asker)
            first = await self._message(tx, ground, message_id)
            if first.role is not Role.USER:
                raise message_not_found()
            attachments = first.attachments if file_ids is None else await self._attachments(tx, ground, file_ids)
            question = self._question(ground, text, attachments, first.parent_id)
            return await self._begun(tx, ground, question, is_new=True)

    async def again(self, asker: Asker, *, message_id: MessageId, model_name: str | None = None) -> Asked:
        """Another answer, beside those that a question has; `message_id` names the question or one of its answers.

        Raises what `ask` raises.
        """
        async with self.unit_of_work() as tx:
            ground = await self._ground(tx, asker)
            question = await self._message(tx, ground, message_id)
            if question.role is Role.ASSISTANT:
                self._require_whole(question, ground)
                if question.parent_id is None:
                    raise message_not_found()
                question = await self._message(tx, ground, question.parent_id)
            if question.role is not Role.USER:
                raise message_not_found()
            return await self._begun(tx, ground, question, is_new=False, model_name=model_name)

    async def _ground(self, tx: Transaction, asker: Asker) -> _Ground:
        conversation = await locked_conversation(tx, self.conversations, asker.principal, asker.conversation_id)
        principal = await self._in_project(tx, asker.principal, conversation)
        if await self.messages.count(tx, conversation.org_id, conversation.id) + 2 > MESSAGES_MAX:
            raise ConversationFull(f"a conversation holds {MESSAGES_MAX} messages; begin another")
        return _Ground(principal, conversation, asker.trace_id, self.clock.now())

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

    async def _message(self, tx: Transaction, ground: _Ground, message_id: MessageId) -> Message:
        found = await self.messages.get(tx, ground.conversation.org_id, ground.conversation.id, message_id)
        return found.as_of(ground.now)

    def _require_whole(self, message: Message, ground: _Ground) -> None:
        if message.as_of(ground.now).is_open:
            raise AnswerRunning("the answer before is still being written; stop it, or wait for its end")

    async def _attachments(
        self, tx: Transaction, ground: _Ground, file_ids: Sequence[FileId]
    ) -> tuple[Attachment, ...]:
        if not file_ids:
            return ()
        ground.principal.require(Permission.READ_FILES)
        if len(file_ids) > ATTACHMENTS_MAX:
            raise AttachmentRefused(f"a message may carry {ATTACHMENTS_MAX} files at most", param="attachments")
        found = [await self.files.get(tx, ground.conversation.org_id, file_id) for file_id in file_ids]
        if any(file.project_id != ground.conversation.project_id for file in found):
            raise FileNotFound("there is no such file in the conversation's project", param="attachments")
        return tuple(attached(file) for file in found)

    def _question(
        self, ground: _Ground, text: str, attachments: tuple[Attachment, ...], parent_id: MessageId | None
    ) -> Message:
        return Message(
            id=MessageId(self.ids.uuid()),
            org_id=ground.conversation.org_id,
            conversation_id=ground.conversation.id,
            role=Role.USER,
            text=text,
            trace_id=ground.trace_id,
            created_at=ground.now,
            parent_id=parent_id,
            attachments=attachments,
        )

    async def _begun(
        self, tx: Transaction, ground: _Ground, question: Message, *, is_new: bool, model_name: str | None = None
    ) -> Asked:
        """Stores what is new, with the answer's place, and commits."""
        found = ground.conversation
        answer = Message(
            id=MessageId(self.ids.uuid()),
            org_id=found.org_id,
            conversation_id=found.id,
            role=Role.ASSISTANT,
            text="",
            trace_id=ground.trace_id,
            created_at=ground.now,
            parent_id=question.id,
            answer=AnswerFacts(model_name=model_name or found.model_name),
            leased_until=ground.now + LEASE,
        )
        for message in (question, answer) if is_new else (answer,):
            await self.messages.put(tx, message)
        conversation = replace(
            found,
            title=found.title or title_from(question.text),
            updated_at=ground.now,
            leaf_id=answer.id,
            latest_id=answer.id,
        )
        await self.conversations.save(tx, conversation)
        history = await self.messages.branch(tx, found.org_id, found.id, question.id, limit=HISTORY_MESSAGES_MAX)
        await tx.commit()
        return Asked(ground.principal, conversation, question, answer, [one.as_of(ground.now) for one in history])
