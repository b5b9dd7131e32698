"""How an answer in a conversation reaches whoever asked: told once into its event stream, followed from there.

`AnswerTeller` is what the answer is told to, `AnswerStream` what a client follows; they know each other by the event
stream only, so the client may hang up, come back, or be another. Until something has been told, a refusal is an
ordinary error with its status; afterwards it is an event of the stream.

The stream stands outside Litestar's response machinery, so that each event leaves as it comes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

from litestar import Litestar, Request, Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from deepspace_core.chat import EventStreams, KeptEvent
from deepspace_core.chat import Message as ChatMessage
from deepspace_core.chat.use_cases import Followed, Snapshot, Stored
from deepspace_core.kernel.ids import MessageId, show_id
from deepspace_core.pipeline import AnswerHead, ClientGone
from deepspace_http.errors import describe
from deepspace_http.gateway_client import GONE_STATUS, AsgiClient
from deepspace_http.schemas.chat import (
    DONE,
    MessageBody,
    MessageStartedBody,
    encode_event,
    show_message,
    show_snapshot,
)

END_OF_EVENT = b"\n\n"

Begun: TypeAlias = Callable[[], Awaitable[AnswerHead]]


class AnswerTeller:
    """The `Listener` port: numbers what it is told and puts it into the event stream."""

    def __init__(self, streams: EventStreams, *, trace_id: str) -> None:
        self._streams = streams
        self._trace_id = trace_id
        self._answer_id: MessageId | None = None
        self._begun = asyncio.Event()
        self.status = GONE_STATUS
        self.events_told = 0
        self.head: AnswerHead | None = None
        self.fault: Exception | None = None
        self.answer: ChatMessage | None = None

    async def begun(self) -> AnswerHead:
        """How the answer begins, once it does. Raises what refused it."""
        await self._begun.wait()
        if self.head is None and self.fault is not None:
            raise self.fault
        return self.head or FOLLOWED

    def asked(self, *, question_id: MessageId, answer_id: MessageId) -> None:
        self._answer_id = answer_id
        body = MessageStartedBody(
            trace_id=self._trace_id,
            question_id=show_id("message", question_id),
            answer_id=show_id("message", answer_id),
        )
        self._tell(encode_event("message.started", body))

    def failed(self, fault: Exception) -> None:
        self.fault = fault
        if self.head is None:
            self.status = describe(fault).status

    def start(self, answer: AnswerHead) -> None:
        self.head, self.status = answer, answer.status
        self._begun.set()

    def send(self, piece: bytes) -> None:
        for event in piece.split(END_OF_EVENT):
            if event and not event.startswith(b":"):
                self._tell(event + END_OF_EVENT)

    def stopped(self) -> None:
        """Told by an event of its own, as its cost may be long in coming."""
        self._tell(b"event: message.stopped\ndata: {}\n\n")

    def complete(self, answer: ChatMessage) -> None:
        self.answer = answer
        if self.fault is not None:
            self._tell(b"event: error\ndata: " + describe(self.fault).encode(self._trace_id) + END_OF_EVENT)
        self._tell(encode_event("message.completed", show_message(answer)))
        self._tell(DONE, is_last=True)
        self._begun.set()

    def _tell(self, event: bytes, *, is_last: bool = False) -> None:
        if self._answer_id is not None:
            self.events_told += 1
            data = b"id: %d\n%s" % (self.events_told, event)
            self._streams.append(self._answer_id, KeptEvent(self.events_told, data, is_last=is_last))


FOLLOWED = AnswerHead(content_type="text/event-stream", stream=True, verdict=None, elapsed_nanos=0, cost=None)
"""How a stream begins of an answer that was begun before."""


async def begun_before() -> AnswerHead:
    """The head of such a stream, at once."""
    return FOLLOWED


class AnswerStream(ASGIResponse):
    """Follows an answer for a client. `begun` waits for its head; `on_end` is called once, whatever happened."""

    def __init__(self, followed: AsyncIterator[Followed], *, begun: Begun, on_end: Callable[[], None]) -> None:
        super().__init__()
        self._followed = followed
        self._begun = begun
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = AsgiClient(receive, send, stream=True)
        try:
            await client.start(await self._head(client))
            async for told in self._followed:
                if told is not None:
                    await client.send(_encoded(told))
                elif await client.is_gone():
                    return
            await client.finish()
        except ClientGone:
            return  # the answer goes on; whoever comes back finds it
        finally:
            client.close()
            self._on_end()

    async def _head(self, client: AsgiClient) -> AnswerHead:
        """Raises what refused the answer, unless a keep-alive comment has begun the stream: then it is an event."""
        try:
            return await self._begun()
        except Exception:
            if not client.started:
                raise
            return FOLLOWED


class StreamedAnswer(Response[MessageBody]):
    """What a Litestar handler returns to have an answer followed."""

    def __init__(self, followed: AsyncIterator[Followed], *, begun: Begun, on_end: Callable[[], None]) -> None:
        super().__init__(content=None)  # type: ignore[arg-type]  # the stream is the content
        self._stream = AnswerStream(followed, begun=begun, on_end=on_end)

    def to_asgi_response(
        self, app: Litestar | None, request: Request[Any, Any, Any], **_: Any
    ) -> ASGIResponse:  # what the framework would add to a body does not concern a stream
        return self._stream


def _encoded(told: KeptEvent | Snapshot | Stored) -> bytes:
    match told:
        case KeptEvent():
            return told.data
        case Snapshot():
            event = encode_event("message.snapshot", show_snapshot(told.message))
            return b"id: %d\n%s" % (told.message.events_told, event)
        case Stored():
            return encode_event("message.completed", show_message(told.message)) + DONE
