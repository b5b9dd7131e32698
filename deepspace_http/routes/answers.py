"""Answers in conversations: asked for, followed, stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, HeaderParameter, JSONBody, SkipValidation

from deepspace_core.chat import Message as ChatMessage
from deepspace_core.chat.use_cases import Call
from deepspace_core.files import FileId
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ConversationId, MessageId, read_id
from deepspace_http.application import HttpSettings
from deepspace_http.chat import ChatUseCases
from deepspace_http.chat_answer import StreamedAnswer, begun_before
from deepspace_http.chat_call import Conversing
from deepspace_http.parameters import Caller, HttpRequest, optional_id
from deepspace_http.schemas.chat import (
    STREAM,
    EditMessageBody,
    MessageBody,
    RegenerateBody,
    SendMessageBody,
    show_message,
)

Chat: TypeAlias = NamedDependency[SkipValidation[ChatUseCases]]
Settings: TypeAlias = NamedDependency[SkipValidation[HttpSettings]]
Talk: TypeAlias = NamedDependency[SkipValidation[Conversing]]
LastEventId = Annotated[
    str | None,
    HeaderParameter(name="last-event-id", description="The `id` of the last event heard; absent: from the first on."),
]
EVENT_ID_DIGITS_MAX = 18


@dataclass
class AnswerOperation(Operation):
    """An operation that is answered by a model, with what its handler's types don't tell: the stream, and the refusals
    of the pipeline."""

    def __post_init__(self) -> None:
        self.responses = self.responses or {}
        answer = self.responses.get("200")
        if isinstance(answer, OpenAPIResponse) and answer.content is not None:
            answer.content["text/event-stream"] = _stream_media()
        for status in ("402", "429"):
            self.responses[status] = OpenAPIResponse(description="Described with every other")
        for status, description in (("502", "The model provider failed"), ("504", "It took too long")):
            error = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT), example=_upstream_error(description))
            self.responses[status] = OpenAPIResponse(description=description, content={"application/json": error})


@dataclass
class EventsOperation(Operation):
    """An operation that is nothing but the stream."""

    def __post_init__(self) -> None:
        content = {"text/event-stream": _stream_media()}
        self.responses = {**(self.responses or {}), "200": OpenAPIResponse("The answer's events", content=content)}


def provide_talk(request: HttpRequest, caller: Caller, chat: Chat, settings: Settings) -> Conversing:
    """What a handler that begins an answer needs."""
    return Conversing(request, caller, chat, settings)


@post("/", summary="Send a message", status_code=200, operation_class=AnswerOperation)
async def send_message(
    talk: Talk, conversation_id: FromPath[str], data: JSONBody[SendMessageBody]
) -> Response[MessageBody]:
    """Asks the conversation's model and streams its answer; both are stored. Held, metered and billed as any call.

    The answer goes on when its client hangs up: `…/events` follows it, `…/stop` ends it. The body is JSON instead of a
    stream where `stream` is false.
    """
    wanted = _conversation(conversation_id)
    parent = optional_id("message", data.parent_id, param="parent_id")
    files = _files(data.attachments)

    async def ask(call: Call) -> ChatMessage:
        return await talk.chat.send_message(
            principal=talk.caller,
            conversation_id=wanted,
            text=data.content,
            attachments=files,
            parent_id=None if parent is None else MessageId(parent),
            max_tokens=data.max_tokens,
            call=call,
        )

    return await talk.answered(ask, stream=data.stream)


@post("/{message_id:str}/edit", summary="Edit a question", status_code=200, operation_class=AnswerOperation)
async def edit_message(
    talk: Talk, conversation_id: FromPath[str], message_id: FromPath[str], data: JSONBody[EditMessageBody]
) -> Response[MessageBody]:
    """Asks in other words, on a branch of its own beside the first question, and streams the answer as sending does."""
    wanted, question = _conversation(conversation_id), _message(message_id)
    files = None if data.attachments is None else _files(data.attachments)

    async def ask(call: Call) -> ChatMessage:
        return await talk.chat.edit_message(
            principal=talk.caller,
            conversation_id=wanted,
            message_id=question,
            text=data.content,
            attachments=files,
            call=call,
        )

    return await talk.answered(ask, stream=data.stream)


@post(
    "/{message_id:str}/regenerate", summary="Ask for another answer", status_code=200, operation_class=AnswerOperation
)
async def regenerate_answer(
    talk: Talk, conversation_id: FromPath[str], message_id: FromPath[str], data: JSONBody[RegenerateBody]
) -> Response[MessageBody]:
    """Beside those that a question has; the message is the question or one of its answers. Streams as sending does."""
    wanted, message = _conversation(conversation_id), _message(message_id)

    async def ask(call: Call) -> ChatMessage:
        return await talk.chat.regenerate_answer(
            principal=talk.caller, conversation_id=wanted, message_id=message, model_name=data.model, call=call
        )

    return await talk.answered(ask, stream=data.stream)


@get("/{message_id:str}/events", summary="Follow an answer", operation_class=EventsOperation)
async def follow_answer(
    talk: Talk, conversation_id: FromPath[str], message_id: FromPath[str], last_event_id: LastEventId = None
) -> StreamedAnswer:
    """Its events from where one left off, to the end, whichever gateway process writes it. One that is over and no
    longer kept is told by `message.completed` alone."""
    leave = talk.chat.followers.take(talk.settings.streams_max)
    try:
        followed = await talk.chat.follow_answer(
            principal=talk.caller,
            conversation_id=_conversation(conversation_id),
            message_id=_message(message_id),
            after=_event_number(last_event_id),
        )
    except BaseException:
        leave()
        raise
    return StreamedAnswer(followed, begun=begun_before, on_end=leave)


@post("/{message_id:str}/stop", summary="Stop an answer", status_code=200)
async def stop_answer(
    caller: Caller, chat: Chat, conversation_id: FromPath[str], message_id: FromPath[str]
) -> MessageBody:
    """Keeps what there is of it. It may run for a moment still: at another process, and until its cost is known."""
    stopped = await chat.stop_answer(
        principal=caller, conversation_id=_conversation(conversation_id), message_id=_message(message_id)
    )
    return show_message(stopped)


def _conversation(text: str) -> ConversationId:
    return ConversationId(read_id("conversation", text, param="conversation_id"))


def _message(text: str) -> MessageId:
    return MessageId(read_id("message", text, param="message_id"))


def _files(texts: Sequence[str]) -> list[FileId]:
    return [FileId(read_id("file", text, param="attachments")) for text in texts]


def _event_number(text: str | None) -> int:
    if text is None:
        return 0
    if text.isascii() and text.isdecimal() and len(text) <= EVENT_ID_DIGITS_MAX:
        return int(text)
    raise InvalidInput("last-event-id must be the id of an event of this stream, a number", param="last-event-id")


def _stream_media() -> OpenAPIMediaType:
    shape = Schema(type=OpenAPIType.STRING, description=STREAM["description"])
    return OpenAPIMediaType(schema=shape, example=STREAM["example"])


def _upstream_error(description: str) -> dict[str, object]:
    error = {"message": description, "type": "server_error", "code": "upstream_error", "param": None, "trace_id": "…"}
    return {"error": error}


answers_router = Router(
    "/conversations/{conversation_id:str}/messages",
    route_handlers=[send_message, edit_message, regenerate_answer, follow_answer, stop_answer],
    dependencies={"talk": Provide(provide_talk, sync_to_thread=False)},
    tags=["Chat"],
)
