"""Conversations: the caller's own chats, whose answers come through the gateway's pipeline."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from litestar import Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation

from deepspace_core.chat import ConversationFilters, Listener
from deepspace_core.chat import Message as ChatMessage
from deepspace_core.chat.conversation import TITLE_CHARACTERS_MAX
from deepspace_core.chat.use_cases import Call
from deepspace_core.kernel.ids import ConversationId, ProjectId, read_id
from deepspace_http.address import client_address
from deepspace_http.application import ChatUseCases, HttpSettings
from deepspace_http.chat_answer import QuietListener, StreamedMessage
from deepspace_http.parameters import Caller, HttpRequest, WantedPage, optional_id
from deepspace_http.schemas.chat import (
    STREAM,
    ConversationBody,
    CreateConversationBody,
    MessageBody,
    SendMessageBody,
    UpdateConversationBody,
    show_conversation,
    show_message,
)
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import RequestTrace, current_trace_id

Chat: TypeAlias = NamedDependency[SkipValidation[ChatUseCases]]
Settings: TypeAlias = NamedDependency[SkipValidation[HttpSettings]]
Search = Annotated[
    str | None,
    QueryParameter(name="q", max_length=TITLE_CHARACTERS_MAX, description="Text in the title, letters' case aside."),
]


@dataclass
class SendMessageOperation(Operation):
    """The operation with what its handler's types don't tell: the stream, and the refusals of the pipeline."""

    def __post_init__(self) -> None:
        self.responses = self.responses or {}
        answer = self.responses.get("200")
        if isinstance(answer, OpenAPIResponse) and answer.content is not None:
            shape = Schema(type=OpenAPIType.STRING, description=STREAM["description"])
            answer.content["text/event-stream"] = OpenAPIMediaType(schema=shape, example=STREAM["example"])
        for status in ("402", "429"):
            self.responses[status] = OpenAPIResponse(description="Described with every other")
        for status, description in (("502", "The model provider failed"), ("504", "It took too long")):
            error = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT), example=_upstream_error(description))
            self.responses[status] = OpenAPIResponse(description=description, content={"application/json": error})


@get("/", summary="List conversations")
async def list_conversations(
    *, caller: Caller, chat: Chat, page: WantedPage, project_id: FromQuery[str | None] = None, q: Search = None
) -> PageBody[ConversationBody]:
    """The caller's own, newest first; of one project or with a text in their title on request."""
    project = optional_id("project", project_id, param="project_id")
    filters = ConversationFilters(project_id=None if project is None else ProjectId(project), text=q or None)
    return page_body(await chat.list_conversations(principal=caller, page=page, filters=filters), show_conversation)


@post("/", summary="Begin a conversation")
async def create_conversation(caller: Caller, chat: Chat, data: JSONBody[CreateConversationBody]) -> ConversationBody:
    """With a model, in a project. Without a title, the first message becomes it."""
    project = optional_id("project", data.project_id, param="project_id")
    conversation = await chat.create_conversation(
        principal=caller,
        model_name=data.model,
        title=data.title,
        system_prompt=data.system_prompt,
        project_id=None if project is None else ProjectId(project),
    )
    return show_conversation(conversation)


@get("/{conversation_id:str}", summary="Show a conversation")
async def get_conversation(caller: Caller, chat: Chat, conversation_id: FromPath[str]) -> ConversationBody:
    """One conversation, without its messages."""
    found = await chat.get_conversation(principal=caller, conversation_id=_conversation(conversation_id))
    return show_conversation(found)


@patch("/{conversation_id:str}", summary="Change a conversation")
async def update_conversation(
    caller: Caller, chat: Chat, conversation_id: FromPath[str], data: JSONBody[UpdateConversationBody]
) -> ConversationBody:
    """Absent fields stay as they are. A new model answers from the next message on."""
    conversation = await chat.update_conversation(
        principal=caller,
        conversation_id=_conversation(conversation_id),
        title=data.title,
        model_name=data.model,
        system_prompt=data.system_prompt,
    )
    return show_conversation(conversation)


@delete("/{conversation_id:str}", summary="Delete a conversation")
async def delete_conversation(caller: Caller, chat: Chat, conversation_id: FromPath[str]) -> None:
    """With its messages. What its calls cost stays in usage and audit."""
    await chat.delete_conversation(
        principal=caller, conversation_id=_conversation(conversation_id), trace_id=current_trace_id()
    )


@get("/{conversation_id:str}/messages", summary="List messages")
async def list_messages(
    caller: Caller, chat: Chat, page: WantedPage, conversation_id: FromPath[str]
) -> PageBody[MessageBody]:
    """Of a conversation, newest first. A question that got no answer is followed by an empty one that says why."""
    found = await chat.list_messages(principal=caller, conversation_id=_conversation(conversation_id), page=page)
    return page_body(found, show_message)


@post(
    "/{conversation_id:str}/messages",
    summary="Send a message",
    status_code=200,
    operation_class=SendMessageOperation,
)
async def send_message(
    *,
    request: HttpRequest,
    caller: Caller,
    chat: Chat,
    settings: Settings,
    conversation_id: FromPath[str],
    data: JSONBody[SendMessageBody],
) -> Response[MessageBody]:
    """Asks the conversation's model and streams its answer; both are stored. Held, metered and billed as any call.

    A client that hangs up keeps what it has heard. The body is JSON instead of a stream where `stream` is false.
    """
    trace: RequestTrace = request.scope["state"]["trace"]
    wanted = _conversation(conversation_id)

    async def send_to(listener: Listener) -> ChatMessage:
        with chat.under_way.one_more(settings.streams_max):
            return await chat.send_message(
                principal=caller,
                conversation_id=wanted,
                text=data.content,
                max_tokens=data.max_tokens,
                call=_call(request, settings, trace, listener),
            )

    if data.stream:
        return StreamedMessage(send_to, trace_id=trace.trace_id)
    return Response(show_message(await send_to(QuietListener())))


def _call(request: HttpRequest, settings: HttpSettings, trace: RequestTrace, listener: Listener) -> Call:
    peer = request.client.host if request.client else ""
    address = client_address(peer, request.scope["headers"], trusted=settings.trusted_proxies)
    return Call(
        trace_id=trace.trace_id,
        request_id=trace.request_id,
        traceparent=trace.traceparent,
        listener=listener,
        client_address=None if address is None else str(address),
        user_agent=request.headers.get("user-agent"),
    )


def _conversation(text: str) -> ConversationId:
    return ConversationId(read_id("conversation", text, param="conversation_id"))


def _upstream_error(description: str) -> dict[str, object]:
    error = {"message": description, "type": "server_error", "code": "upstream_error", "param": None, "trace_id": "…"}
    return {"error": error}


chat_router = Router(
    "/conversations",
    route_handlers=[
        list_conversations,
        create_conversation,
        get_conversation,
        update_conversation,
        delete_conversation,
        list_messages,
        send_message,
    ],
    tags=["Chat"],
)
