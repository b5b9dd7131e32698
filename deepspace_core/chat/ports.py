"""What chat needs from outside: its two tables, whoever listens to an answer, and the pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from deepspace_core.chat.conversation import Conversation
from deepspace_core.chat.message import Message
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, ProjectId, UserId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pipeline import AnswerHead, Exchange


@dataclass(frozen=True, slots=True)
class ConversationFilters:
    """Which conversations; None does not filter. `text` is searched in titles, letters' case aside."""

    project_id: ProjectId | None = None
    text: str | None = None


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
        """Newest first."""
        ...


class Messages(Protocol):
    """The messages of conversations, in the order of their ids."""

    async def put(self, tx: Transaction, message: Message) -> None:
        """Stores it; what it says replaces what an earlier message of the same id said."""
        ...

    async def list(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, page: PageRequest
    ) -> Page[Message]:
        """Newest first."""
        ...

    async def history(
        self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId, *, limit: int
    ) -> Sequence[Message]:
        """The last `limit` messages, oldest first."""
        ...

    async def count(self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId) -> int: ...


class Listener(Protocol):
    """Whoever waits for an answer in a conversation: the pipeline's `Client`, told a little more.

    `start`, `send` and `finish` raise ClientGone once it has hung up.
    """

    @property
    def status(self) -> int: ...

    def asked(self, *, question_id: MessageId, answer_id: MessageId) -> None:
        """The question is stored; the answer will be under `answer_id`. Told before the pipeline runs."""
        ...

    def failed(self, fault: Exception) -> None:
        """No answer came, or it broke off. Told before the call is logged, so that `status` can say it."""
        ...

    async def is_gone(self) -> bool: ...

    async def start(self, answer: AnswerHead) -> None: ...

    async def send(self, piece: bytes) -> None: ...

    async def finish(self) -> None: ...


class RunPipeline(Protocol):
    """Takes an exchange through the gateway's pipeline. Raises what the pipeline raises."""

    async def __call__(self, exchange: Exchange) -> None: ...
