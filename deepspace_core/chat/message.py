"""A message: what one side said, and for an answer what it cost and where its trace is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deepspace_core.chat.errors import MessageTooLong
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, TraceId
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import Ending, UsageSource

TEXT_CHARACTERS_MAX = 400_000
MESSAGES_MAX = 5_000
"""What one conversation holds; beyond it every call would cost more than it says."""


class Role(StrEnum):
    """Who said it."""

    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What is known of an answer: the model's name, how it ended, what was used and what it cost.

    `error_code` is set when no answer came at all; the message's text is then empty.
    """

    model_name: str
    ending: Ending | None
    usage_source: UsageSource | None
    leaves: TokenLeaves
    cost_nanos: int
    cost_picos: int
    latency_ms: int
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message, never changed. `answer` is None for what a user said."""

    id: MessageId
    org_id: OrgId
    conversation_id: ConversationId
    role: Role
    text: str
    trace_id: TraceId
    created_at: datetime
    answer: AnswerFacts | None = None


def checked_text(text: str) -> str:
    """The text of a user's message. Raises InvalidInput when it is empty, MessageTooLong when it is too long."""
    if not text.strip():
        raise InvalidInput("content must say something", param="content")
    if len(text) > TEXT_CHARACTERS_MAX:
        raise MessageTooLong(f"content may have {TEXT_CHARACTERS_MAX} characters at most", param="content")
    return text
