"""A message: what one side said, and for an answer what it cost and where its trace is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deepspace_core.chat.errors import MessageTooLong
from deepspace_core.chat.text import storable
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, TraceId
from deepspace_core.kernel.token_leaves import NO_TOKENS, TokenLeaves
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

    `ending` None: no answer came, and `error_code` and `error_message` say why. Both are also set when an answer broke
    off. While an answer whose reader has left is still being read to its usage, it is stored without tokens and cost.
    """

    model_name: str
    ending: Ending | None = None
    usage_source: UsageSource | None = None
    leaves: TokenLeaves = NO_TOKENS
    cost_nanos: int = 0
    cost_picos: int = 0
    currency: str | None = None
    latency_ms: int = 0
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `answer` is None for what a user said; `reasoning` is what a model thought before it spoke."""

    id: MessageId
    org_id: OrgId
    conversation_id: ConversationId
    role: Role
    text: str
    trace_id: TraceId
    created_at: datetime
    reasoning: str = ""
    answer: AnswerFacts | None = None


def checked_text(text: str) -> str:
    """The text of a user's message. Raises InvalidInput when it can't be used, MessageTooLong when it is too long."""
    if not text.strip():
        raise InvalidInput("content must say something", param="content")
    if len(text) > TEXT_CHARACTERS_MAX:
        raise MessageTooLong(f"content may have {TEXT_CHARACTERS_MAX} characters at most", param="content")
    return storable(text, param="content")
