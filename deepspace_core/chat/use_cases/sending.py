"""Asking: something new, the same in other words, or the same once more. Each begins an answer and returns at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deepspace_core.chat.message import Message
from deepspace_core.chat.parameters import checked_max_tokens
from deepspace_core.chat.use_cases.answering import Answering, Call
from deepspace_core.chat.use_cases.asking import Asked, Asker, Asking
from deepspace_core.files import FileId
from deepspace_core.identity import Principal
from deepspace_core.kernel.ids import ConversationId, MessageId


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Says something in a conversation; the answer comes through the same pipeline as any call."""

    asking: Asking
    answering: Answering

    async def __call__(
        self,
        *,
        principal: Principal,
        conversation_id: ConversationId,
        text: str,
        call: Call,
        attachments: Sequence[FileId] = (),
        parent_id: MessageId | None = None,
        max_tokens: int | None = None,
    ) -> Message:
        """The answer as it begins; `call.listener` is told the rest, what refuses it included. The question is stored.

        Raises PermissionMissing, ConversationNotFound, ConversationFull, MessageNotFound, AnswerRunning,
        ProjectArchived, InvalidInput, FileNotFound, AttachmentRefused, Unavailable.
        """
        checked_max_tokens(max_tokens, param="max_tokens")
        asker = Asker(principal, conversation_id, call.trace_id)
        asked = await self.asking.ask(asker, text=text, file_ids=attachments, parent_id=parent_id)
        return await self.answering.begin(_bounded(asked, max_tokens), call)


@dataclass(frozen=True, slots=True)
class EditMessage:
    """Puts a question in other words, on a branch of its own beside the first."""

    asking: Asking
    answering: Answering

    async def __call__(
        self,
        *,
        principal: Principal,
        conversation_id: ConversationId,
        message_id: MessageId,
        text: str,
        call: Call,
        attachments: Sequence[FileId] | None = None,
    ) -> Message:
        """As SendMessage. `attachments` None: those that the question had."""
        asker = Asker(principal, conversation_id, call.trace_id)
        asked = await self.asking.edit(asker, message_id=message_id, text=text, file_ids=attachments)
        return await self.answering.begin(asked, call)


@dataclass(frozen=True, slots=True)
class RegenerateAnswer:
    """Asks a question once more, of another model on request; the answer stands beside those that it has."""

    asking: Asking
    answering: Answering

    async def __call__(
        self,
        *,
        principal: Principal,
        conversation_id: ConversationId,
        message_id: MessageId,
        call: Call,
        model_name: str | None = None,
    ) -> Message:
        """As SendMessage. `message_id` is the question's, or one of its answers'."""
        asker = Asker(principal, conversation_id, call.trace_id)
        asked = await self.asking.again(asker, message_id=message_id, model_name=model_name)
        return await self.answering.begin(asked, call)


def _bounded(asked: Asked, max_tokens: int | None) -> Asked:
    """Of the conversation's parameters and the message's own, the message's."""
    if max_tokens is None:
        return asked
    parameters = replace(asked.conversation.parameters, max_tokens=max_tokens)
    return replace(asked, conversation=replace(asked.conversation, parameters=parameters))
