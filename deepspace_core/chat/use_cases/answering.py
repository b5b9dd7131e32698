"""The second half of an answer: the call through the pipeline, apart from whoever asked, and what is kept of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from deepspace_core.audit import RequestLogWriter
from deepspace_core.chat.errors import AnswerInterrupted
from deepspace_core.chat.live_answer import LiveAnswer
from deepspace_core.chat.message import INTERRUPTED, AnswerFacts, Message
from deepspace_core.chat.ports import Listener, RunPipeline
from deepspace_core.chat.request import chat_body, fitting
from deepspace_core.chat.transcript import Transcript
from deepspace_core.chat.use_cases.asking import Asked
from deepspace_core.chat.use_cases.enclosing import Enclosing
from deepspace_core.chat.use_cases.keeping import Keeping
from deepspace_core.chat.use_cases.overseeing import RENEWAL, Overseeing
from deepspace_core.kernel.errors import DeepSpaceError, Unavailable
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.pipeline import CallLog, ClientGone, Directory, Exchange, ModelRequest, Route
from deepspace_core.pricing import TokenCounter
from deepspace_core.usage import Ending

NANOS_PER_MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Call:
    """What the shell knows of the request that asks. `on_end` is called once, when the answer is over."""

    trace_id: TraceId
    request_id: str
    traceparent: str
    listener: Listener
    on_end: Callable[[], None]
    client_address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class Answering:
    """Writes answers: detached from the request, so that a client may hang up and come back.

    What was delivered before its user stopped it or an upstream broke off is kept and shown.
    """

    keeping: Keeping
    overseeing: Overseeing
    enclosing: Enclosing
    run_pipeline: RunPipeline
    directory: Directory
    counter: TokenCounter
    call_log: CallLog
    request_logs: RequestLogWriter
    tasks: Tasks
    ids: IdSource
    clock: Clock

    async def begin(self, asked: Asked, call: Call) -> Message:
        """The answer as it begins: running, without words. Raises Unavailable when the process has too much to do."""
        live = LiveAnswer(asked.answer, Transcript(call.listener), renew_at=self.clock.now() + RENEWAL)
        call.listener.asked(question_id=asked.question.id, answer_id=asked.answer.id)
        try:
            self.tasks.detach(self._written(live, asked, call))
        except Unavailable as full:
            facts = AnswerFacts(_model_of(asked), error_code=full.code, error_message=full.message)
            await self.keeping.keep(replace(asked.answer, answer=facts, leased_until=None))
            raise
        self.overseeing.begin(live)
        return asked.answer

    async def _written(self, live: LiveAnswer, asked: Asked, call: Call) -> None:
        """All of it. A fault is told and stored; only a bug is raised again, to be logged."""
        exchange = self._exchange(live, asked, call)
        fault: Exception | None = AnswerInterrupted(INTERRUPTED)  # unless it comes to an end of any other kind
        try:
            exchange.body = await self._body(asked)
            await self._run(exchange)
            fault = exchange.fault
        except Exception as refused:
            fault = refused
            if not isinstance(refused, DeepSpaceError):
                raise
        finally:
            await self.tasks.shield(self._ended(live, exchange, fault))
            self.overseeing.live.remove(live.id)
            call.on_end()

    async def _run(self, exchange: Exchange) -> None:
        try:
            await self.run_pipeline(exchange)
        except ClientGone:
            exchange.ending = exchange.ending or Ending.CLIENT_ABORTED

    def _exchange(self, live: LiveAnswer, asked: Asked, call: Call) -> Exchange:
        return Exchange(
            call_id=self.ids.uuid(),
            trace_id=call.trace_id,
            request_id=call.request_id,
            traceparent=call.traceparent,
            route=Route.CHAT_COMPLETIONS,
            received_at=asked.answer.created_at,
            began_nanos=self.clock.monotonic_nanos(),
            body=b"",
            request=ModelRequest(
                model=_model_of(asked),
                stream=True,
                usage_wanted=True,
                output_tokens_max=asked.conversation.parameters.max_tokens,
                choices=1,
            ),
            client=live.transcript,
            client_address=call.client_address,
            user_agent=call.user_agent,
            principal=asked.principal,
        )

    async def _body(self, asked: Asked) -> bytes:
        conversation = asked.conversation
        model = await self.directory.find_model(_model_of(asked))
        history = fitting(
            await self.enclosing.enclosed(asked.history, model),
            model=model,
            system_prompt=conversation.system_prompt,
            max_tokens=conversation.parameters.max_tokens,
            counter=self.counter,
        )
        return chat_body(
            model_name=_model_of(asked),
            system_prompt=conversation.system_prompt,
            history=history,
            parameters=conversation.parameters,
        )

    async def _ended(self, live: LiveAnswer, exchange: Exchange, fault: Exception | None) -> None:
        transcript = live.transcript
        if fault is not None:
            transcript.listener.failed(fault)
        if not exchange.logged:
            error = fault if isinstance(fault, DeepSpaceError) else None
            self.request_logs.write(self.call_log.log(exchange, status=transcript.status, error=error))
        answer = replace(
            live.begun,
            text=transcript.text,
            reasoning=transcript.reasoning,
            sources=transcript.sources,
            answer=self._facts(exchange, fault),
            leased_until=None,
        )
        await self.keeping.keep(answer)
        transcript.listener.complete(answer)

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


def _model_of(asked: Asked) -> str:
    """The conversation's, unless another was asked for."""
    return asked.answer.answer.model_name if asked.answer.answer else asked.conversation.model_name
