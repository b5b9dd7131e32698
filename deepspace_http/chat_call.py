"""How a request becomes an answer: the call that the core makes of it, and what its client gets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from litestar import Response

from deepspace_core.chat import Listener
from deepspace_core.chat import Message as ChatMessage
from deepspace_core.chat.use_cases import Call
from deepspace_core.identity import Principal
from deepspace_http.address import client_address
from deepspace_http.application import HttpSettings
from deepspace_http.chat import ChatUseCases
from deepspace_http.chat_answer import AnswerTeller, StreamedAnswer
from deepspace_http.parameters import HttpRequest
from deepspace_http.schemas.chat import MessageBody, show_message
from deepspace_http.trace import RequestTrace


@dataclass(frozen=True, slots=True)
class Conversing:
    """A request that begins an answer, and what it is answered by."""

    request: HttpRequest
    caller: Principal
    chat: ChatUseCases
    settings: HttpSettings

    async def answered(self, ask: Callable[[Call], Awaitable[ChatMessage]], *, stream: bool) -> Response[MessageBody]:
        """Begins an answer by `ask` and follows it, or waits for its end. Raises what refuses it before it begins."""
        trace: RequestTrace = self.request.scope["state"]["trace"]
        teller = AnswerTeller(self.chat.event_streams, trace_id=trace.trace_id)
        leave = self.chat.followers.take(self.settings.streams_max)
        try:
            answer = await self._begun(ask, teller, trace)
            followed = await self.chat.follow_answer(
                principal=self.caller, conversation_id=answer.conversation_id, message_id=answer.id
            )
            if stream:
                return StreamedAnswer(followed, begun=teller.begun, on_end=leave)
            await teller.begun()
            async for _ in followed:
                pass
        except BaseException:
            leave()
            raise
        leave()
        return Response(show_message(teller.answer or answer))

    async def _begun(
        self, ask: Callable[[Call], Awaitable[ChatMessage]], teller: AnswerTeller, trace: RequestTrace
    ) -> ChatMessage:
        free = self.chat.under_way.take(self.settings.streams_max)
        try:
            return await ask(self._call(teller, trace, free))
        except BaseException:
            free()
            raise

    def _call(self, listener: Listener, trace: RequestTrace, on_end: Callable[[], None]) -> Call:
        peer = self.request.client.host if self.request.client else ""
        address = client_address(peer, self.request.scope["headers"], trusted=self.settings.trusted_proxies)
        return Call(
            trace_id=trace.trace_id,
            request_id=trace.request_id,
            traceparent=trace.traceparent,
            listener=listener,
            on_end=on_end,
            client_address=None if address is None else str(address),
            user_agent=self.request.headers.get("user-agent"),
        )
