"""A message: what one side said, what it answers, and for an answer what it cost and where its trace is.

Messages form a tree: a question that is edited, and an answer that is asked for anew, stand beside the first one. The
conversation names the leaf of the branch that is shown.

An answer is *running* while a process has a lease on it. The process renews the lease for as long as it writes; when it
dies the lease runs out, and the answer reads as interrupted without anybody having to say so.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from deepspace_core.chat.attachment import Attachment
from deepspace_core.chat.errors import AnswerInterrupted, MessageNotFound, MessageTooLong
from deepspace_core.chat.source import Source
from deepspace_core.chat.text import storable
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, TraceId
from deepspace_core.kernel.token_leaves import NO_TOKENS, TokenLeaves
from deepspace_core.usage import Ending, UsageSource

TEXT_CHARACTERS_MAX = 400_000
MESSAGES_MAX = 5_000
"""What one conversation holds; beyond it every call would cost more than it says."""
LEASE = timedelta(seconds=30)
"""Three times as long as the pause between two renewals: a clock may be wrong by the rest."""
INTERRUPTED = "the gateway that wrote this answer ended before the answer did; what had come is kept, ask again"


class Role(StrEnum):
    """Who said it."""

    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What is known of an answer: the model's name, how it ended, what was used and what it cost.

    `ending` None: it is running, or no answer came, and `error_code` and `error_message` say why. Both are also set
    when an answer broke off. While an answer that was stopped is still being read to its usage, it is stored without
    tokens and cost.
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
    parent_id: MessageId | None = None
    """The message that it follows; None for the first of a branch that begins with it."""
    reasoning: str = ""
    answer: AnswerFacts | None = None
    attachments: tuple[Attachment, ...] = ()
    sources: tuple[Source, ...] = ()
    leased_until: datetime | None = None
    """None once it is whole. Until then it is being written, or was when its process died."""
    events_told: int = 0
    """How many events of its stream the text of a running answer holds."""

    @property
    def is_running(self) -> bool:
        """Whether more of it, or its cost, is to come; of a message as of now."""
        return self.leased_until is not None

    @property
    def is_open(self) -> bool:
        """Whether words are still to come: it runs, and nobody has stopped it."""
        return self.is_running and self.answer is not None and self.answer.ending is None

    def as_of(self, now: datetime) -> "Message":
        """The message as it is to be read now: one whose lease is over was interrupted."""
        if self.leased_until is None or self.leased_until > now or self.answer is None:
            return self
        facts = self.answer
        if facts.ending is None and facts.error_code is None:
            facts = replace(facts, error_code=AnswerInterrupted.code, error_message=INTERRUPTED)
        return replace(self, leased_until=None, events_told=0, answer=facts)


@dataclass(frozen=True, slots=True)
class Siblings:
    """Where a message stands among those that follow the same one: the nth of so many, and its neighbours."""

    count: int = 1
    nth: int = 1
    previous_id: MessageId | None = None
    next_id: MessageId | None = None


ALONE = Siblings()


@dataclass(frozen=True, slots=True)
class PlacedMessage:
    """A message in the branch that is shown."""

    message: Message
    siblings: Siblings = field(default=ALONE)


def checked_text(text: str) -> str:
    """The text of a user's message. Raises InvalidInput when it can't be used, MessageTooLong when it is too long."""
    if not text.strip():
        raise InvalidInput("content must say something", param="content")
    if len(text) > TEXT_CHARACTERS_MAX:
        raise MessageTooLong(f"content may have {TEXT_CHARACTERS_MAX} characters at most", param="content")
    return storable(text, param="content")


def message_not_found() -> MessageNotFound:
    """The one thing to say of a message that is absent, or of the other kind, or in another conversation."""
    return MessageNotFound("there is no such message in this conversation", param="message_id")
