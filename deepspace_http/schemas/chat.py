"""Wire types of chat: conversations, messages, and the events of an answer's stream."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from deepspace_core.chat import (
    AnswerFacts,
    Attachment,
    Conversation,
    Message,
    Parameters,
    PlacedMessage,
    ReasoningEffort,
    Role,
    Siblings,
    Source,
)
from deepspace_core.chat.attachment import ATTACHMENTS_MAX
from deepspace_core.chat.conversation import SYSTEM_PROMPT_CHARACTERS_MAX, TITLE_CHARACTERS_MAX
from deepspace_core.chat.excerpt import Excerpt
from deepspace_core.chat.message import TEXT_CHARACTERS_MAX
from deepspace_core.chat.parameters import OUTPUT_TOKENS_MAX, TEMPERATURE_MAX
from deepspace_core.kernel.ids import MessageId, show_id
from deepspace_core.kernel.money import decimal_from_nanos, decimal_from_picos
from deepspace_core.usage import Ending, UsageSource
from deepspace_http.schemas.catalogue import ModelName
from deepspace_http.schemas.files import ContentType, FileIdText, FileName
from deepspace_http.schemas.pricing import Currency
from deepspace_http.schemas.usage import Milliseconds, TokensBody, show_tokens
from deepspace_http.schemas.wire import (
    Count,
    DecimalText,
    NanosNumber,
    OrgIdText,
    ProjectIdText,
    RequestBody,
    ResponseBody,
    Time,
    TraceIdText,
)

_HEX = "0198c0ffee007abc8def0123456789ab"

ConversationIdText = Annotated[str, Meta(examples=[f"conv_{_HEX}"])]
MessageIdText = Annotated[str, Meta(examples=[f"msg_{_HEX}"])]
Title = Annotated[str, Meta(max_length=TITLE_CHARACTERS_MAX, examples=["What a wallet ledger is"])]
SystemPrompt = Annotated[str, Meta(max_length=SYSTEM_PROMPT_CHARACTERS_MAX, examples=["Answer in one sentence."])]
Said = Annotated[str, Meta(examples=["An append-only book of movements."])]
Content = Annotated[str, Meta(min_length=1, max_length=TEXT_CHARACTERS_MAX, examples=["What is a wallet ledger?"])]
MaxTokens = Annotated[int, Meta(ge=1, le=OUTPUT_TOKENS_MAX, examples=[512])]
Temperature = Annotated[float, Meta(ge=0, le=TEMPERATURE_MAX, examples=[0.7])]
TopP = Annotated[float, Meta(gt=0, le=1, examples=[0.9])]
AttachmentIds = Annotated[list[FileIdText], Meta(max_length=ATTACHMENTS_MAX, examples=[[f"file_{_HEX}"]])]
Url = Annotated[str, Meta(examples=["https://example.org/ledgers"])]
EventId = Annotated[int, Meta(ge=1, examples=[17])]
Reasoning = Annotated[str, Meta(examples=["The user asks for a definition."])]


class MessageState(StrEnum):
    """`running`: words or the cost are still to come; follow its events."""

    RUNNING = "running"
    DONE = "done"


class ParametersBody(RequestBody, frozen=True, kw_only=True):
    """How the model is to write. What is absent or null is not sent, so that the model's own default holds."""

    temperature: Temperature | None = None
    top_p: TopP | None = None
    max_tokens: MaxTokens | None = None
    reasoning_effort: ReasoningEffort | None = None

    def read(self) -> Parameters:
        """As the core has them."""
        return Parameters(self.temperature, self.top_p, self.max_tokens, self.reasoning_effort)


class CreateConversationBody(RequestBody, frozen=True, kw_only=True):
    """A new conversation. `project_id` absent: the project that the caller acts in."""

    model: ModelName
    title: Title = ""
    system_prompt: SystemPrompt = ""
    parameters: ParametersBody | None = None
    project_id: ProjectIdText | None = None


class UpdateConversationBody(RequestBody, frozen=True, kw_only=True):
    """What is to change; absent fields stay. `parameters` replace all that were there; `project_id` moves it."""

    title: Title | None = None
    model: ModelName | None = None
    system_prompt: SystemPrompt | None = None
    parameters: ParametersBody | None = None
    project_id: ProjectIdText | None = None
    pinned: bool | None = None


class ExcerptBody(ResponseBody, frozen=True, kw_only=True):
    """Where a searched text stands in the newest message that holds it."""

    before: Annotated[str, Meta(examples=["…is called a "])]
    hit: Annotated[str, Meta(examples=["wallet"])]
    after: Annotated[str, Meta(examples=[" of nano-units"])]


class ConversationBody(ResponseBody, frozen=True, kw_only=True):
    """A conversation. `title` is empty until it is named or its first message comes; `leaf_id` ends what is shown."""

    id: ConversationIdText
    org_id: OrgIdText
    project_id: ProjectIdText
    title: Title
    model: ModelName
    system_prompt: SystemPrompt
    parameters: ParametersBody
    leaf_id: MessageIdText | None
    pinned: bool
    excerpt: Annotated[ExcerptBody | None, Meta(description="Of a search; null where the title alone holds the text.")]
    created_at: Time
    updated_at: Time


class SendMessageBody(RequestBody, frozen=True, kw_only=True):
    """What to say. `parent_id` absent: at the end of the branch that is shown. `attachments` are files of the
    conversation's project. `stream` false: the stored answer comes as one JSON body when it is whole."""

    content: Content
    attachments: AttachmentIds = msgspec.field(default_factory=list)
    parent_id: MessageIdText | None = None
    max_tokens: MaxTokens | None = None
    stream: bool = True


class EditMessageBody(RequestBody, frozen=True, kw_only=True):
    """The question in other words. `attachments` absent: those that it had."""

    content: Content
    attachments: AttachmentIds | None = None
    stream: bool = True


class RegenerateBody(RequestBody, frozen=True, kw_only=True):
    """`model` absent: the conversation's."""

    model: ModelName | None = None
    stream: bool = True


class ShowBranchBody(RequestBody, frozen=True, kw_only=True):
    """The message that the branch shall go through."""

    message_id: MessageIdText


class AnswerErrorBody(ResponseBody, frozen=True, kw_only=True):
    """Why there is no answer, or why it broke off."""

    code: Annotated[str, Meta(examples=["upstream_cut"])]
    message: Annotated[str, Meta(examples=["the model provider ended the answer before its end"])] | None


class AnswerBody(ResponseBody, frozen=True, kw_only=True):
    """What is known of an answer. `ending` null: none came. `cost` is rounded to nanos, `cost_exact` is not."""

    model: ModelName
    ending: Ending | None
    usage_source: UsageSource | None
    tokens: TokensBody
    cost_nanos: NanosNumber
    cost: DecimalText
    cost_exact: DecimalText
    currency: Currency | None
    latency_ms: Milliseconds
    error: AnswerErrorBody | None


class AttachmentBody(ResponseBody, frozen=True, kw_only=True):
    """A file that a message carries; it may have been deleted since."""

    file_id: FileIdText
    name: FileName
    content_type: ContentType
    size_bytes: Count


class SourceBody(ResponseBody, frozen=True, kw_only=True):
    """A page that an answer says it rests on."""

    url: Url
    title: Title


class MessageBody(ResponseBody, frozen=True, kw_only=True):
    """A message. `answer` is null for what the user said. `last_event_id` of a running answer: its content holds the
    events up to there; follow it from there."""

    id: MessageIdText
    conversation_id: ConversationIdText
    parent_id: MessageIdText | None
    role: Role
    state: MessageState
    content: Said
    reasoning: Reasoning | None
    attachments: list[AttachmentBody]
    sources: list[SourceBody]
    trace_id: TraceIdText
    created_at: Time
    last_event_id: EventId | None
    answer: AnswerBody | None


class SiblingsBody(ResponseBody, frozen=True, kw_only=True):
    """Where a message stands among those that follow the same one."""

    count: Count
    nth: Count
    previous_id: MessageIdText | None
    next_id: MessageIdText | None


class PlacedMessageBody(MessageBody, frozen=True, kw_only=True):
    """A message in the branch that is shown."""

    siblings: SiblingsBody


class MessageStartedBody(ResponseBody, frozen=True, kw_only=True):
    """The data of `event: message.started`: what the answer will be found under."""

    trace_id: TraceIdText
    question_id: MessageIdText
    answer_id: MessageIdText


class SnapshotBody(ResponseBody, frozen=True, kw_only=True):
    """The data of `event: message.snapshot`: everything that was said so far, in place of what was heard."""

    answer_id: MessageIdText
    content: Said
    reasoning: Reasoning | None


def show_conversation(conversation: Conversation, excerpt: Excerpt | None = None) -> ConversationBody:
    """The wire form."""
    return ConversationBody(
        id=show_id("conversation", conversation.id),
        org_id=show_id("org", conversation.org_id),
        project_id=show_id("project", conversation.project_id),
        title=conversation.title,
        model=conversation.model_name,
        system_prompt=conversation.system_prompt,
        parameters=_show_parameters(conversation.parameters),
        leaf_id=_show_id(conversation.leaf_id),
        pinned=conversation.pinned,
        excerpt=None if excerpt is None else ExcerptBody(before=excerpt.before, hit=excerpt.hit, after=excerpt.after),
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )


def show_message(message: Message) -> MessageBody:
    """The wire form."""
    return MessageBody(
        id=show_id("message", message.id),
        conversation_id=show_id("conversation", message.conversation_id),
        parent_id=_show_id(message.parent_id),
        role=message.role,
        state=MessageState.RUNNING if message.is_running else MessageState.DONE,
        content=message.text,
        reasoning=message.reasoning or None,
        attachments=[_show_attachment(one) for one in message.attachments],
        sources=[_show_source(one) for one in message.sources],
        trace_id=message.trace_id,
        created_at=message.created_at,
        last_event_id=message.events_told or None,
        answer=None if message.answer is None else _show_answer(message.answer),
    )


def show_placed(placed: PlacedMessage) -> PlacedMessageBody:
    """The wire form."""
    shown = msgspec.structs.asdict(show_message(placed.message))
    return PlacedMessageBody(**shown, siblings=_show_siblings(placed.siblings))


def show_snapshot(message: Message) -> SnapshotBody:
    """The wire form."""
    return SnapshotBody(
        answer_id=show_id("message", message.id), content=message.text, reasoning=message.reasoning or None
    )


def encode_event(name: str, body: ResponseBody) -> bytes:
    """A named server-sent event."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(body) + b"\n\n"


def _show_id(message_id: MessageId | None) -> str | None:
    return None if message_id is None else show_id("message", message_id)


def _show_parameters(parameters: Parameters) -> ParametersBody:
    return ParametersBody(
        temperature=parameters.temperature,
        top_p=parameters.top_p,
        max_tokens=parameters.max_tokens,
        reasoning_effort=parameters.reasoning_effort,
    )


def _show_siblings(siblings: Siblings) -> SiblingsBody:
    return SiblingsBody(
        count=siblings.count,
        nth=siblings.nth,
        previous_id=_show_id(siblings.previous_id),
        next_id=_show_id(siblings.next_id),
    )


def _show_attachment(attachment: Attachment) -> AttachmentBody:
    return AttachmentBody(
        file_id=show_id("file", attachment.file_id),
        name=attachment.name,
        content_type=attachment.content_type,
        size_bytes=attachment.size_bytes,
    )


def _show_source(source: Source) -> SourceBody:
    return SourceBody(url=source.url, title=source.title)


def _show_answer(facts: AnswerFacts) -> AnswerBody:
    return AnswerBody(
        model=facts.model_name,
        ending=facts.ending,
        usage_source=facts.usage_source,
        tokens=show_tokens(facts.leaves),
        cost_nanos=facts.cost_nanos,
        cost=decimal_from_nanos(facts.cost_nanos),
        cost_exact=decimal_from_picos(facts.cost_picos),
        currency=facts.currency,
        latency_ms=facts.latency_ms,
        error=None if facts.error_code is None else AnswerErrorBody(code=facts.error_code, message=facts.error_message),
    )


DONE = b"data: [DONE]\n\n"
STREAM: dict[str, Any] = {
    "description": (
        "Server-sent events, each with an id: `message.started` with the ids; the model's chunks as OpenAI writes "
        "them, the last one with `usage` and its `cost`; `message.stopped` if its user ended it; `error` if it "
        "broke off; `message.completed` with the stored answer, as in the JSON form; `data: [DONE]`. The answer "
        "goes on when its client hangs up: `GET …/messages/{answer_id}/events` with `Last-Event-ID` follows it from "
        "there. A follower that missed what nobody keeps gets `message.snapshot`, everything said so far. Comments "
        "keep a silent stream open."
    ),
    "example": (
        f'id: 1\nevent: message.started\ndata: {{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",'
        f'"question_id":"msg_{_HEX}","answer_id":"msg_{_HEX}"}}\n\n'
        'id: 2\ndata: {"choices":[{"index":0,"delta":{"content":"An"}}]}\n\n'
        f'id: 3\nevent: message.completed\ndata: {{"id":"msg_{_HEX}","role":"assistant","content":"An"}}\n\n'
        "id: 4\ndata: [DONE]\n\n"
    ),
}
