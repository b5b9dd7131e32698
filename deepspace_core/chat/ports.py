"""What chat needs from outside: its two tables, kept events, whoever tells of an answer, and the pipeline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from deepspace_core.chat.conversation import Conversation
from deepspace_core.chat.event_stream import KeptEvent
from deepspace_core.chat.excerpt import Excerpt
from deepspace_core.chat.message import Message, PlacedMessage
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, ProjectId, UserId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pipeline import AnswerHead, Exchange


@dataclass(frozen=True, slots=True)
class ConversationFilters:
    """Which conversations; None does not filter. `text` is searched in titles and messages, letters' case aside."""

    project_id: ProjectId | None = None
    text: str | None = None
    pinned: bool | None = None


class Conversations(Protocol):
    """The conversations of a user in an organization; deleted ones, and everybody else's, are not found."""

    async def add(self, tx: Transaction, conversation: Conversation) -> None: ...

    async def get(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, conversation_id: ConversationId
    ) -> Conversation:
        """Raises ConversationNotFound."""
        ...

    async def lock(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, conversation_id: ConversationId
    ) -> Conversation:
        """As `get`, and keeps others from changing it until the transaction ends."""
        ...

    async def save(self, tx: Transaction, conversation: Conversation) -> None:
        """Replaces the stored one. Raises ConversationNotFound."""
        ...

    async def list(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, page: PageRequest, filters: ConversationFilters
    ) -> Page[Conversation]:
        """The one used last first. The cursor is a `latest_id`."""
        ...

    async def excerpts(
        self, tx: Transaction, org_id: OrgId, conversation_ids: Collection[ConversationId], text: str
    ) -> Mapping[ConversationId, Excerpt]:
        """Where the text stands in the newest message that holds it, by conversation; absent where nowhere."""
        ...


class Messages(Protocol):
    """The messages of conversations, in the order of their ids."""

    async def put(self, tx: Transaction, message: Message) -> None:
        """Stores it; what it says replaces what an earlier message of the same id said."""
        ...

    async def renew(self, tx: Transaction, message: Message) -> bool:
        """Replaces what a running answer says, and its lease. Whether it was running still: one that is whole stays."""
        ...

    async def get(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, message_id: MessageId
    ) -> Message:
        """Raises MessageNotFound."""
        ...

    async def placed(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, leaf_id: MessageId, page: PageRequest
    ) -> Page[PlacedMessage]:
        """The branch that ends with the leaf, from there up. The cursor is the id of the last message seen."""
        ...

    async def branch(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, leaf_id: MessageId, *, limit: int
    ) -> Sequence[Message]:
        """The last `limit` messages of the branch that ends with the leaf, oldest first."""
        ...

    async def line(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, leaf_id: MessageId, *, limit: int
    ) -> Sequence[MessageId]:
        """As `branch`, the ids only."""
        ...

    async def newest_leaf(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, message_id: MessageId
    ) -> MessageId:
        """Where one comes from that message by always taking the newest that follows. Raises MessageNotFound."""
        ...

    async def slab(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, *, after: UUID | None, limit: int
    ) -> Sequence[Message]:
        """Messages of every branch, oldest first, from the one after `after` on."""
        ...

    async def count(self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId) -> int: ...

    async def ask_stop(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, message_id: MessageId
    ) -> bool:
        """Notes that a running answer shall end, for the process that writes it. Whether it is running."""
        ...

    async def asked_to_stop(self, tx: Transaction, message_ids: Collection[MessageId]) -> Sequence[MessageId]:
        """Those of the ids, whosever, whose end has been asked for; for the process that writes them."""
        ...


class EventStreams(Protocol):
    """The event streams of answers."""

    def append(self, answer_id: MessageId, event: KeptEvent) -> None:
        """Neither waits nor fails: what can't be kept is what a later follower does without."""
        ...

    async def read(self, answer_id: MessageId, *, after: int, wait_seconds: float) -> Sequence[KeptEvent]:
        """What is kept behind the event `after`, READ_MAX at most; waits for the next one if there is none.

        Nothing when none came in that time, or when they can't be asked for now.
        """
        ...


class Listener(Protocol):
    """Whoever tells the world of an answer: what comes is told here first, and followed from the event stream."""

    @property
    def status(self) -> int: ...

    @property
    def events_told(self) -> int:
        """How many events have been told so far; the last one's number."""
        ...

    def asked(self, *, question_id: MessageId, answer_id: MessageId) -> None:
        """The question is stored; the answer will be under `answer_id`. Told before the pipeline runs."""
        ...

    def failed(self, fault: Exception) -> None:
        """No answer came, or it broke off. Told before the call is logged, so that `status` can say it."""
        ...

    def start(self, answer: AnswerHead) -> None: ...

    def send(self, piece: bytes) -> None: ...

    def stopped(self) -> None:
        """Its user has ended it: no more words will come, only what it cost."""
        ...

    def complete(self, answer: Message) -> None:
        """It is stored as it will stay; the last thing that is told."""
        ...


class RunPipeline(Protocol):
    """Takes an exchange through the gateway's pipeline. Raises what the pipeline raises."""

    async def __call__(self, exchange: Exchange) -> None: ...
