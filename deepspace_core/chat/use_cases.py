"""The verbs of chat. Everything is the caller's own: nobody reads another user's conversations."""

from dataclasses import dataclass, replace

from deepspace_core.chat.conversation import Conversation, checked, title_from
from deepspace_core.chat.errors import ConversationFull
from deepspace_core.chat.message import MESSAGES_MAX, AnswerFacts, Message, Role, checked_text
from deepspace_core.chat.ports import ConversationFilters, Conversations, Messages, RunPipeline
from deepspace_core.chat.request import HISTORY_MESSAGES_MAX, chat_body
from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.errors import DeepSpaceError, InvalidInput
from deepspace_core.kernel.ids import ConversationId, MessageId, ProjectId, TraceId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.pipeline import Client, ClientGone, Exchange, ModelRequest, Route

NANOS_PER_MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class CreateConversation:
    """Begins a conversation in the caller's project."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    ids: IdSource
    clock: Clock

    async def __call__(
        self, *, principal: Principal, model_name: str, title: str = "", system_prompt: str = ""
    ) -> Conversation:
        """Raises PermissionMissing or InvalidInput. The model is checked when it is called."""
        principal.require(Permission.USE_CHAT)
        now = self.clock.now()
        conversation = checked(
            Conversation(
                id=ConversationId(self.ids.uuid()),
                org_id=principal.org_id,
                project_id=_project_of(principal),
                user_id=principal.user_id,
                title=title.strip(),
                model_name=model_name,
                system_prompt=system_prompt,
                created_at=now,
                updated_at=now,
            )
        )
        async with self.unit_of_work() as tx:
            await self.conversations.add(tx, conversation)
            await tx.commit()
        return conversation


@dataclass(frozen=True, slots=True)
class ListConversations:
    """Lists the caller's conversations, newest first."""

    unit_of_work: UnitOfWork
    conversations: Conversations

    async def __call__(
        self, *, principal: Principal, page: PageRequest, filters: ConversationFilters
    ) -> Page[Conversation]:
        """Raises PermissionMissing."""
        principal.require(Permission.USE_CHAT)
        async with self.unit_of_work() as tx:
            return await self.conversations.list(tx, principal.org_id, principal.user_id, page, filters)


@dataclass(frozen=True, slots=True)
class GetConversation:
    """One of the caller's conversations."""

    unit_of_work: UnitOfWork
    conversations: Conversations

    async def __call__(self, *, principal: Principal, conversation_id: ConversationId) -> Conversation:
        """Raises PermissionMissing or ConversationNotFound."""
        principal.require(Permission.USE_CHAT)
        async with self.unit_of_work() as tx:
            return await self.conversations.get(tx, principal.org_id, principal.user_id, conversation_id)


@dataclass(frozen=True, slots=True)
class UpdateConversation:
    """Renames a conversation, or changes its model or system prompt. None keeps what is there."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    clock: Clock

    async def __call__(
        self,
        *,
        principal: Principal,
        conversation_id: ConversationId,
        title: str | None = None,
        model_name: str | None = None,
        system_prompt: str | None = None,
    ) -> Conversation:
        """Raises PermissionMissing, ConversationNotFound or InvalidInput."""
        principal.require(Permission.USE_CHAT)
        async with self.unit_of_work() as tx:
            old = await self.conversations.get(tx, principal.org_id, principal.user_id, conversation_id)
            new = checked(
                replace(
                    old,
                    title=old.title if title is None else title.strip(),
                    model_name=old.model_name if model_name is None else model_name,
                    system_prompt=old.system_prompt if system_prompt is None else system_prompt,
                    updated_at=self.clock.now(),
                )
            )
            await self.conversations.save(tx, new)
            await tx.commit()
        return new


@dataclass(frozen=True, slots=True)
class DeleteConversation:
    """Takes a conversation out of sight. Its calls stay in usage and audit, which tell of money."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    clock: Clock

    async def __call__(self, *, principal: Principal, conversation_id: ConversationId) -> None:
        """Raises PermissionMissing or ConversationNotFound."""
        principal.require(Permission.USE_CHAT)
        async with self.unit_of_work() as tx:
            old = await self.conversations.get(tx, principal.org_id, principal.user_id, conversation_id)
            await self.conversations.save(tx, replace(old, deleted_at=self.clock.now()))
            await tx.commit()


@dataclass(frozen=True, slots=True)
class ListMessages:
    """The messages of a conversation, newest first."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages

    async def __call__(
        self, *, principal: Principal, conversation_id: ConversationId, page: PageRequest
    ) -> Page[Message]:
        """Raises PermissionMissing or ConversationNotFound."""
        principal.require(Permission.USE_CHAT)
        async with self.unit_of_work() as tx:
            await self.conversations.get(tx, principal.org_id, principal.user_id, conversation_id)
            return await self.messages.list(tx, principal.org_id, conversation_id, page)


@dataclass(frozen=True, slots=True)
class Call:
    """What the shell knows of the request that sends a message."""

    trace_id: TraceId
    request_id: str
    traceparent: str
    client: Client
    client_address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Says something in a conversation and streams the answer to the client, through the same pipeline as any call.

    The question is stored before the call, the answer after it, however it ended: what was delivered before a client
    hung up or an upstream broke is kept and shown.
    """

    unit_of_work: UnitOfWork
    conversations: Conversations
    messages: Messages
    run_pipeline: RunPipeline
    tasks: Tasks
    ids: IdSource
    clock: Clock

    async def __call__(
        self,
        *,
        principal: Principal,
        conversation_id: ConversationId,
        text: str,
        call: Call,
        max_tokens: int | None = None,
    ) -> Message:
        """The stored answer.

        Raises PermissionMissing, ConversationNotFound, ConversationFull, InvalidInput, and what the pipeline raises
        when no answer came; the question is kept even then, and an empty answer says why.
        """
        principal.require(Permission.USE_CHAT)
        conversation, body = await self._asked(principal, conversation_id, checked_text(text), call, max_tokens)
        exchange = self._exchange(principal, conversation, body, call, max_tokens)
        fault: DeepSpaceError | None = None
        try:
            await self.run_pipeline(exchange)
        except DeepSpaceError as refused:
            fault = refused
            raise
        except ClientGone:
            pass  # what was delivered is kept; nobody is left to be told
        finally:
            answer = self._answer(conversation, exchange, fault or exchange.fault)
            await self.tasks.shield(self._keep(answer))
        return answer

    async def _asked(
        self,
        principal: Principal,
        conversation_id: ConversationId,
        text: str,
        call: Call,
        max_tokens: int | None,
    ) -> tuple[Conversation, bytes]:
        """Stores the question and makes the body of the call."""
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            found = await self.conversations.get(tx, principal.org_id, principal.user_id, conversation_id)
            if await self.messages.count(tx, principal.org_id, found.id) >= MESSAGES_MAX:
                raise ConversationFull(f"a conversation holds {MESSAGES_MAX} messages; begin another")
            question = Message(
                id=MessageId(self.ids.uuid()),
                org_id=principal.org_id,
                conversation_id=found.id,
                role=Role.USER,
                text=text,
                trace_id=call.trace_id,
                created_at=now,
            )
            await self.messages.add(tx, question)
            conversation = replace(found, title=found.title or title_from(text), updated_at=now)
            await self.conversations.save(tx, conversation)
            history = await self.messages.history(tx, principal.org_id, found.id, limit=HISTORY_MESSAGES_MAX)
            await tx.commit()
        body = chat_body(
            model_name=conversation.model_name,
            system_prompt=conversation.system_prompt,
            history=history,
            max_tokens=max_tokens,
        )
        return conversation, body

    def _exchange(
        self, principal: Principal, conversation: Conversation, body: bytes, call: Call, max_tokens: int | None
    ) -> Exchange:
        return Exchange(
            call_id=self.ids.uuid(),
            trace_id=call.trace_id,
            request_id=call.request_id,
            traceparent=call.traceparent,
            route=Route.CHAT_COMPLETIONS,
            received_at=self.clock.now(),
            began_nanos=self.clock.monotonic_nanos(),
            body=body,
            request=ModelRequest(
                model=conversation.model_name,
                stream=True,
                usage_wanted=True,
                output_tokens_max=max_tokens,
                choices=1,
            ),
            client=call.client,
            client_address=call.client_address,
            user_agent=call.user_agent,
            principal=replace(principal, project_id=conversation.project_id),
        )

    def _answer(self, conversation: Conversation, exchange: Exchange, fault: DeepSpaceError | None) -> Message:
        cost = exchange.cost
        return Message(
            id=MessageId(self.ids.uuid()),
            org_id=conversation.org_id,
            conversation_id=conversation.id,
            role=Role.ASSISTANT,
            text=exchange.tap.delivered_text() if exchange.tap else "",
            trace_id=exchange.trace_id,
            created_at=self.clock.now(),
            answer=AnswerFacts(
                model_name=conversation.model_name,
                ending=exchange.ending,
                usage_source=exchange.usage_source,
                leaves=exchange.leaves,
                cost_nanos=cost.amount_nanos if cost else 0,
                cost_picos=cost.picos if cost else 0,
                latency_ms=(self.clock.monotonic_nanos() - exchange.began_nanos) // NANOS_PER_MILLISECOND,
                error_code=fault.code if fault else None,
            ),
        )

    async def _keep(self, answer: Message) -> None:
        async with self.unit_of_work() as tx:
            await self.messages.add(tx, answer)
            await tx.commit()


def _project_of(principal: Principal) -> ProjectId:
    if principal.project_id is None:
        raise InvalidInput("name a project for the conversation", param="project_id")
    return principal.project_id
