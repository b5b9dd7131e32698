"""Sending a message: the question, the call through the pipeline, the answer as far as it came."""

from dataclasses import dataclass

from deepspace_core.audit import RequestLogWriter
from deepspace_core.chat.message import AnswerFacts, Message, Role
from deepspace_core.chat.ports import Listener, Messages, RunPipeline
from deepspace_core.chat.request import chat_body, fitting
from deepspace_core.chat.transcript import Transcript
from deepspace_core.chat.use_cases.asking import Asked, Asking
from deepspace_core.identity import Principal
from deepspace_core.kernel.errors import DeepSpaceError, InvalidInput, Unavailable
from deepspace_core.kernel.ids import ConversationId, TraceId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.pipeline import CallLog, ClientGone, Directory, Exchange, ModelRequest, Route
from deepspace_core.pricing import TokenCounter
from deepspace_core.usage import Ending

NANOS_PER_MILLISECOND = 1_000_000
KEEP_ATTEMPTS_MAX = 40
KEEP_PAUSE_SECONDS_FIRST = 0.2
KEEP_PAUSE_SECONDS_MAX = 15.0
"""Forty attempts at these pauses span some eight and a half minutes. An answer is no money: then it is lost."""


@dataclass(frozen=True, slots=True)
class Call:
    """What the shell knows of the request that sends a message."""

    trace_id: TraceId
    request_id: str
    traceparent: str
    listener: Listener
    client_address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class Keeping:
    """Stores answers so that none is lost while the database is away."""

    unit_of_work: UnitOfWork
    messages: Messages
    tasks: Tasks

    async def keep(self, answer: Message) -> None:
        """Stores it now, or has it retried in the background."""
        if not await self.tried(answer):
            self.tasks.detach(self._kept_later(answer))

    async def tried(self, answer: Message) -> bool:
        """Whether it could be stored just now."""
        try:
            async with self.unit_of_work() as tx:
                await self.messages.put(tx, answer)
                await tx.commit()
        except Unavailable:
            return False
        return True

    async def _kept_later(self, answer: Message) -> None:
        pause = KEEP_PAUSE_SECONDS_FIRST
        for _ in range(KEEP_ATTEMPTS_MAX):
            await self.tasks.pause(pause)
            if await self.tried(answer):
                return
            pause = min(pause * 2, KEEP_PAUSE_SECONDS_MAX)


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Says something in a conversation and streams the answer, through the same pipeline as any call.

    The question is stored before the call, the answer after it, however it ended: what was delivered before a listener
    hung up or an upstream broke off is kept and shown.
    """

    asking: Asking
    keeping: Keeping
    run_pipeline: RunPipeline
    directory: Directory
    counter: TokenCounter
    call_log: CallLog
    request_logs: RequestLogWriter
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

        Raises PermissionMissing, ConversationNotFound, ConversationFull, ProjectArchived, InvalidInput, and what the
        pipeline raises when no answer came; the question is kept even then, and an empty answer says why.
        """
        if max_tokens is not None and max_tokens < 1:
            raise InvalidInput("max_tokens must be at least 1", param="max_tokens")
        asked = await self.asking.ask(
            principal=principal, conversation_id=conversation_id, text=text, trace_id=call.trace_id
        )
        call.listener.asked(question_id=asked.question.id, answer_id=asked.answer_id)
        exchange, transcript = await self._exchange(asked, call, max_tokens)
        fault: Exception | None = None
        try:
            await self._run(exchange)
        except Exception as refused:
            fault = refused
            raise
        finally:
            answer = await self.tasks.shield(self._ended(asked, exchange, transcript, fault or exchange.fault))
        return answer

    async def _run(self, exchange: Exchange) -> None:
        try:
            await self.run_pipeline(exchange)
        except ClientGone:
            exchange.ending = exchange.ending or Ending.CLIENT_ABORTED

    async def _exchange(self, asked: Asked, call: Call, max_tokens: int | None) -> tuple[Exchange, Transcript]:
        conversation = asked.conversation
        body = await self._body(asked, max_tokens)

        async def keep_what_was_heard(so_far: Transcript) -> None:
            # At once, not after the answer has been read on for its usage: whoever pressed "stop" looks for it now.
            # Tried once only, since a retry might overwrite the whole story that is stored at the end.
            facts = AnswerFacts(model_name=conversation.model_name, ending=Ending.CLIENT_ABORTED)
            await self.keeping.tried(self._message(asked, so_far, facts))

        transcript = Transcript(call.listener, on_gone=keep_what_was_heard)
        exchange = Exchange(
            call_id=self.ids.uuid(),
            trace_id=call.trace_id,
            request_id=call.request_id,
            traceparent=call.traceparent,
            route=Route.CHAT_COMPLETIONS,
            received_at=asked.question.created_at,
            began_nanos=self.clock.monotonic_nanos(),
            body=body,
            request=ModelRequest(
                model=conversation.model_name,
                stream=True,
                usage_wanted=True,
                output_tokens_max=max_tokens,
                choices=1,
            ),
            client=transcript,
            client_address=call.client_address,
            user_agent=call.user_agent,
            principal=asked.principal,
        )
        return exchange, transcript

    async def _body(self, asked: Asked, max_tokens: int | None) -> bytes:
        conversation = asked.conversation
        history = fitting(
            asked.history,
            model=await self.directory.find_model(conversation.model_name),
            system_prompt=conversation.system_prompt,
            max_tokens=max_tokens,
            counter=self.counter,
        )
        return chat_body(
            model_name=conversation.model_name,
            system_prompt=conversation.system_prompt,
            history=history,
            max_tokens=max_tokens,
        )

    async def _ended(
        self, asked: Asked, exchange: Exchange, transcript: Transcript, fault: Exception | None
    ) -> Message:
        if fault is not None:
            transcript.listener.failed(fault)
        if not exchange.logged:
            error = fault if isinstance(fault, DeepSpaceError) else None
            self.request_logs.write(self.call_log.log(exchange, status=transcript.status, error=error))
        answer = self._message(asked, transcript, self._facts(exchange, fault))
        await self.keeping.keep(answer)
        return answer

    def _message(self, asked: Asked, transcript: Transcript, facts: AnswerFacts) -> Message:
        return Message(
            id=asked.answer_id,
            org_id=asked.question.org_id,
            conversation_id=asked.question.conversation_id,
            role=Role.ASSISTANT,
            text=transcript.text,
            trace_id=asked.question.trace_id,
            created_at=self.clock.now(),
            reasoning=transcript.reasoning,
            answer=facts,
        )

    def _facts(self, exchange: Exchange, fault: Exception | None) -> AnswerFacts:
        cost = exchange.cost
        told = fault if isinstance(fault, DeepSpaceError) else None
        return AnswerFacts(
            model_name=exchange.request.model,
            ending=exchange.ending,
            usage_source=exchange.usage_source,
            leaves=exchange.leaves,
            cost_nanos=cost.amount_nanos if cost else 0,
            cost_picos=cost.picos if cost else 0,
            currency=exchange.rate_card.currency if exchange.rate_card else None,
            latency_ms=(self.clock.monotonic_nanos() - exchange.began_nanos) // NANOS_PER_MILLISECOND,
            error_code=told.code if told else "internal_error" if fault else None,
            error_message=told.message if told else None,
        )
