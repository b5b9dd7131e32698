"""Conversations: the caller's own chats, whose answers come through the gateway's pipeline."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from litestar import Router, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation
from litestar.response import Stream

from deepspace_core.chat import ConversationFilters
from deepspace_core.chat.conversation import TITLE_CHARACTERS_MAX
from deepspace_core.chat.parameters import NO_PARAMETERS
from deepspace_core.chat.use_cases import ConversationChanges, ConversationFile, ConversationFormat
from deepspace_core.kernel.ids import ConversationId, MessageId, ProjectId, read_id
from deepspace_http.chat import ChatUseCases
from deepspace_http.downloads import attachment
from deepspace_http.parameters import Caller, WantedPage, optional_id
from deepspace_http.schemas.chat import (
    ConversationBody,
    CreateConversationBody,
    MessageBody,
    PlacedMessageBody,
    ShowBranchBody,
    UpdateConversationBody,
    show_conversation,
    show_message,
    show_placed,
)
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

Chat: TypeAlias = NamedDependency[SkipValidation[ChatUseCases]]
MARKDOWN, JSON = "text/markdown", "application/json"
EXAMPLES = {
    MARKDOWN: "# What a wallet ledger is\n\n## User\n\nWhat is a wallet ledger?\n",
    JSON: {"title": "What a wallet ledger is", "messages": [{"role": "user", "content": "What is a wallet ledger?"}]},
}
Search = Annotated[
    str | None,
    QueryParameter(
        name="q", max_length=TITLE_CHARACTERS_MAX, description="Text in the title or in a message, letters' case aside."
    ),
]


@dataclass
class DownloadOperation(Operation):
    """How the OpenAPI document tells of an answer that is a file to be read."""

    def __post_init__(self) -> None:
        answer = (self.responses or {}).get("200")
        if isinstance(answer, OpenAPIResponse):
            answer.content = {
                media: OpenAPIMediaType(schema=_schema_of(media), example=EXAMPLES[media])
                for media in answer.content or {}
            }


def _schema_of(media: str) -> Schema:
    return Schema(type=OpenAPIType.STRING if media == MARKDOWN else OpenAPIType.OBJECT)


@get("/", summary="List conversations")
async def list_conversations(
    *,
    caller: Caller,
    chat: Chat,
    page: WantedPage,
    project_id: FromQuery[str | None] = None,
    q: Search = None,
    pinned: FromQuery[bool | None] = None,
) -> PageBody[ConversationBody]:
    """The caller's own, the one used last first; of one project, pinned ones, or with a text in them, on request."""
    project = optional_id("project", project_id, param="project_id")
    wanted = None if project is None else ProjectId(project)
    filters = ConversationFilters(project_id=wanted, text=q or None, pinned=pinned)
    found = await chat.list_conversations(principal=caller, page=page, filters=filters)
    excerpts = await chat.find_excerpts(principal=caller, found=found.rows, text=q) if q else {}
    return page_body(found, lambda one: show_conversation(one, excerpts.get(one.id)))


@post("/", summary="Begin a conversation")
async def create_conversation(caller: Caller, chat: Chat, data: JSONBody[CreateConversationBody]) -> ConversationBody:
    """With a model, in a project. Without a title, the first message becomes it."""
    project = optional_id("project", data.project_id, param="project_id")
    conversation = await chat.create_conversation(
        principal=caller,
        model_name=data.model,
        title=data.title,
        system_prompt=data.system_prompt,
        parameters=NO_PARAMETERS if data.parameters is None else data.parameters.read(),
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
    """Absent fields stay as they are. A new model answers from the next message on; what was paid for answers stays
    with the project where they were given."""
    project = optional_id("project", data.project_id, param="project_id")
    changes = ConversationChanges(
        title=data.title,
        model_name=data.model,
        system_prompt=data.system_prompt,
        parameters=None if data.parameters is None else data.parameters.read(),
        project_id=None if project is None else ProjectId(project),
        pinned=data.pinned,
    )
    conversation = await chat.update_conversation(
        principal=caller, conversation_id=_conversation(conversation_id), changes=changes
    )
    return show_conversation(conversation)


@delete("/{conversation_id:str}", summary="Delete a conversation")
async def delete_conversation(caller: Caller, chat: Chat, conversation_id: FromPath[str]) -> None:
    """With its messages. What its calls cost stays in usage and audit."""
    await chat.delete_conversation(
        principal=caller, conversation_id=_conversation(conversation_id), trace_id=current_trace_id()
    )


@get(
    "/{conversation_id:str}/export.md",
    summary="Download a conversation as Markdown",
    media_type=MARKDOWN,
    operation_class=DownloadOperation,
)
async def export_markdown(caller: Caller, chat: Chat, conversation_id: FromPath[str]) -> Stream:
    """The branch that is shown, to be read."""
    return _download(
        await chat.export_conversation(
            principal=caller, conversation_id=_conversation(conversation_id), form=ConversationFormat.MARKDOWN
        )
    )


@get(
    "/{conversation_id:str}/export.json",
    summary="Download a conversation as JSON",
    media_type=JSON,
    operation_class=DownloadOperation,
)
async def export_json(caller: Caller, chat: Chat, conversation_id: FromPath[str]) -> Stream:
    """Every branch, oldest message first, to be kept."""
    return _download(
        await chat.export_conversation(
            principal=caller, conversation_id=_conversation(conversation_id), form=ConversationFormat.JSON
        )
    )


@put("/{conversation_id:str}/branch", summary="Show another branch")
async def show_branch(
    caller: Caller, chat: Chat, conversation_id: FromPath[str], data: JSONBody[ShowBranchBody]
) -> ConversationBody:
    """The one that goes through a message, down to the newest that follows it."""
    shown = await chat.show_branch(
        principal=caller,
        conversation_id=_conversation(conversation_id),
        message_id=MessageId(read_id("message", data.message_id, param="message_id")),
    )
    return show_conversation(shown)


@get("/{conversation_id:str}/messages", summary="List messages")
async def list_messages(
    caller: Caller, chat: Chat, page: WantedPage, conversation_id: FromPath[str]
) -> PageBody[PlacedMessageBody]:
    """Of the branch that is shown, newest first. A question that got no answer is followed by an empty one that says
    why."""
    found = await chat.list_messages(principal=caller, conversation_id=_conversation(conversation_id), page=page)
    return page_body(found, show_placed)


@get("/{conversation_id:str}/messages/{message_id:str}", summary="Show a message")
async def get_message(
    caller: Caller, chat: Chat, conversation_id: FromPath[str], message_id: FromPath[str]
) -> MessageBody:
    """Of any branch."""
    found = await chat.get_message(
        principal=caller,
        conversation_id=_conversation(conversation_id),
        message_id=MessageId(read_id("message", message_id, param="message_id")),
    )
    return show_message(found)


def _conversation(text: str) -> ConversationId:
    return ConversationId(read_id("conversation", text, param="conversation_id"))


def _download(file: ConversationFile) -> Stream:
    headers = {"content-disposition": attachment(file.name)}
    return Stream(file.pieces, headers=headers, media_type=file.content_type)


chat_router = Router(
    "/conversations",
    route_handlers=[
        list_conversations,
        create_conversation,
        get_conversation,
        update_conversation,
        delete_conversation,
        export_markdown,
        export_json,
        show_branch,
        list_messages,
        get_message,
    ],
    tags=["Chat"],
)
