"""How the answer in a conversation reaches whoever asked: as a stream of events, or in one piece.

The stream stands outside Litestar's response machinery, so that each chunk leaves as it comes. Until something has been
sent, a refusal is an ordinary error with its status; afterwards it is an event of the stream.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from litestar import Litestar, Request, Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from deepspace_core.chat import Message as ChatMessage
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.kernel.ids import MessageId, show_id
from deepspace_core.pipeline import AnswerHead, ClientGone
from deepspace_http.errors import describe
from deepspace_http.gateway_client import GONE_STATUS, AsgiClient
from deepspace_http.schemas.chat import MessageBody, MessageStartedBody, encode_event, show_message

log = logging.getLogger(__name__)
DONE = b"data: [DONE]\n\n"


class StreamListener(AsgiClient):
    """The `Listener` port on an ASGI connection."""

    def __init__(self, receive: Receive, send: Send, *, trace_id: str) -> None:
        super().__init__(receive, send, stream=True)
        self._trace_id = trace_id
        self._opening = b""
        self.fault: Exception | None = None

    def asked(self, *, question_id: MessageId, answer_id: MessageId) -> None:
        body = MessageStartedBody(
            trace_id=self._trace_id,
            question_id=show_id("message", question_id),
            answer_id=show_id("message", answer_id),
        )
        self._opening = encode_event("message.started", body)

    def failed(self, fault: Exception) -> None:
        self.fault = fault
        if not self.started:
            self.status = describe(fault).status

    async def start(self, answer: AnswerHead) -> None:
        await super().start(answer)
        await self.send(self._opening)

    async def complete(self, answer: ChatMessage) -> None:
        """Tells what is stored, and why it broke off if it did."""
        if self.fault is not None:
            await self.send(self._error_event(self.fault))
        await self.send(encode_event("message.completed", show_message(answer)) + DONE)
        await self.finish()

    async def give_up(self, fault: Exception) -> None:
        """Tells of a refusal in a stream that a keep-alive comment has begun already."""
        await self.send(self._error_event(fault) + DONE)
        await self.finish()

    def _error_event(self, fault: Exception) -> bytes:
        return b"event: error\ndata: " + describe(fault).encode(self._trace_id) + b"\n\n"


class QuietListener:
    """The `Listener` port of somebody who wants the stored answer in one piece."""

    def __init__(self) -> None:
        self.status = GONE_STATUS

    def asked(self, *, question_id: MessageId, answer_id: MessageId) -> None:
        """The stored answer tells both."""

    def failed(self, fault: Exception) -> None:
        # What broke off after it had begun is stored and shown: that is a success with an error in it.
        if self.status == GONE_STATUS:
            self.status = describe(fault).status

    async def is_gone(self) -> bool:
        """Cannot be told: it waits for the stored answer, not for a socket."""
        return False

    async def start(self, answer: AnswerHead) -> None:
        self.status = 200

    async def send(self, piece: bytes) -> None:
        """Nobody reads along."""

    async def finish(self) -> None:
        """Nobody reads along."""


SendTo: TypeAlias = Callable[[StreamListener], Awaitable[ChatMessage]]


class AnswerStream(ASGIResponse):
    """Runs the call and streams it."""

    def __init__(self, send_to: SendTo, *, trace_id: str) -> None:
        super().__init__()
        self._send_to = send_to
        self._trace_id = trace_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        listener = StreamListener(receive, send, trace_id=self._trace_id)
        try:
            await listener.complete(await self._send_to(listener))
        except ClientGone:
            return  # what was heard is stored; nobody is left to be told
        except Exception as fault:
            if not listener.started:
                raise
            if not isinstance(fault, DeepSpaceError):
                log.exception("an answer broke off by a fault of ours")
            await _told(listener, fault)
        finally:
            listener.close()


class StreamedMessage(Response[MessageBody]):
    """What a Litestar handler returns to have the answer streamed."""

    def __init__(self, send_to: SendTo, *, trace_id: str) -> None:
        super().__init__(content=None)  # type: ignore[arg-type]  # the stream is the content
        self._stream = AnswerStream(send_to, trace_id=trace_id)

    def to_asgi_response(
        self, app: Litestar | None, request: Request[Any, Any, Any], **_: Any
    ) -> ASGIResponse:  # what the framework would add to a body does not concern a stream
        return self._stream


async def _told(listener: StreamListener, fault: Exception) -> None:
    try:
        await listener.give_up(fault)
    except ClientGone:
        return
