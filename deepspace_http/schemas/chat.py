"""Wire types of chat: conversations, messages, and the events of an answer's stream."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from deepspace_core.chat import AnswerFacts, Conversation, Message, Role
from deepspace_core.chat.conversation import SYSTEM_PROMPT_CHARACTERS_MAX, TITLE_CHARACTERS_MAX
from deepspace_core.chat.message import TEXT_CHARACTERS_MAX
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_nanos, decimal_from_picos
from deepspace_core.usage import Ending, UsageSource
from deepspace_http.schemas.catalogue import ModelName
from deepspace_http.schemas.pricing import Currency
from deepspace_http.schemas.usage import Milliseconds, TokensBody, show_tokens
from deepspace_http.schemas.wire import (
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
MAX_TOKENS_MAX = 10_000_000

ConversationIdText = Annotated[str, Meta(examples=[f"conv_{_HEX}"])]
MessageIdText = Annotated[str, Meta(examples=[f"msg_{_HEX}"])]
Title = Annotated[str, Meta(max_length=TITLE_CHARACTERS_MAX, examples=["What a wallet ledger is"])]
SystemPrompt = Annotated[str, Meta(max_length=SYSTEM_PROMPT_CHARACTERS_MAX, examples=["Answer in one sentence."])]
Said = Annotated[str, Meta(examples=["An append-only book of movements."])]
Content = Annotated[str, Meta(min_length=1, max_length=TEXT_CHARACTERS_MAX, examples=["What is a wallet ledger?"])]
MaxTokens = Annotated[int, Meta(ge=1, le=MAX_TOKENS_MAX, examples=[512])]
Reasoning = Annotated[str, Meta(examples=["The user asks for a definition."])]


class CreateConversationBody(RequestBody, frozen=True, kw_only=True):
    """A new conversation. `project_id` absent: the project that the caller acts in."""

    model: ModelName
    title: Title = ""
    system_prompt: SystemPrompt = ""
    project_id: ProjectIdText | None = None


class UpdateConversationBody(RequestBody, frozen=True, kw_only=True):
    """What is to change; absent fields stay."""

    title: Title | None = None
    model: ModelName | None = None
    system_prompt: SystemPrompt | None = None


class ConversationBody(ResponseBody, frozen=True, kw_only=True):
    """A conversation. `title` is empty until it is named or its first message comes."""

    id: ConversationIdText
    org_id: OrgIdText
    project_id: ProjectIdText
    title: Title
    model: ModelName
    system_prompt: SystemPrompt
    created_at: Time
    updated_at: Time


class SendMessageBody(RequestBody, frozen=True, kw_only=True):
    """What to say. `stream` false: the stored answer comes as one JSON body when it is whole."""

    content: Content
    max_tokens: MaxTokens | None = None
    stream: bool = True


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


class MessageBody(ResponseBody, frozen=True, kw_only=True):
    """A message. `answer` is null for what the user said."""

    id: MessageIdText
    conversation_id: ConversationIdText
    role: Role
    content: Said
    reasoning: Reasoning | None
    trace_id: TraceIdText
    created_at: Time
    answer: AnswerBody | None


class MessageStartedBody(ResponseBody, frozen=True, kw_only=True):
    """The data of `event: message.started`: what the answer will be found under."""

    trace_id: TraceIdText
    question_id: MessageIdText
    answer_id: MessageIdText


def show_conversation(conversation: Conversation) -> ConversationBody:
    """The wire form."""
    return ConversationBody(
        id=show_id("conversation", conversation.id),
        org_id=show_id("org", conversation.org_id),
        project_id=show_id("project", conversation.project_id),
        title=conversation.title,
        model=conversation.model_name,
        system_prompt=conversation.system_prompt,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )


def show_message(message: Message) -> MessageBody:
    """The wire form."""
    return MessageBody(
        id=show_id("message", message.id),
        conversation_id=show_id("conversation", message.conversation_id),
        role=message.role,
        content=message.text,
        reasoning=message.reasoning or None,
        trace_id=message.trace_id,
        created_at=message.created_at,
        answer=None if message.answer is None else _show_answer(message.answer),
    )


def encode_event(name: str, body: ResponseBody) -> bytes:
    """A named server-sent event."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(body) + b"\n\n"


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


STREAM: dict[str, Any] = {
    "description": (
        "Server-sent events: `message.started` with the ids; the model's chunks as OpenAI writes them, the last one "
        "with `usage` and its `cost`; `error` if the answer broke off; `message.completed` with the stored answer, as "
        "in the JSON form; `data: [DONE]`. Comments keep a silent stream open."
    ),
    "example": (
        f'event: message.started\ndata: {{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","question_id":"msg_{_HEX}",'
        f'"answer_id":"msg_{_HEX}"}}\n\n'
        'data: {"choices":[{"index":0,"delta":{"content":"An"}}]}\n\n'
        f'event: message.completed\ndata: {{"id":"msg_{_HEX}","role":"assistant","content":"An"}}\n\n'
        "data: [DONE]\n\n"
    ),
}
