"""What chat needs from outside: its two tables and the pipeline's clients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from deepspace_core.chat.conversation import Conversation
from deepspace_core.chat.message import Message
from deepspace_core.kernel.ids import ConversationId, OrgId, ProjectId, UserId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pipeline import Exchange


@dataclass(frozen=True, slots=True)
class ConversationFilters:
    """Which conversations; None does not filter. `text` is searched in titles, letters' case aside."""

    project_id: ProjectId | None = None
    text: str | None = None


class Conversations(Protocol):
    """The conversations of a user in an organization; deleted ones are not found."""

    async def add(self, tx: Transaction, conversation: Conversation) -> None: ...

    async def get(
        self, tx: Transaction, org_id: OrgId, user_id: UserId, conversation_id: ConversationId
    ) -> Conversation:
        """Raises ConversationNotFound."""
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
    """The messages of conversations; added, never changed."""

    async def add(self, tx: Transaction, message: Message) -> None: ...

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


class RunPipeline(Protocol):
    """Takes an exchange through the gateway's pipeline. Raises what the pipeline raises."""

    async def __call__(self, exchange: Exchange) -> None: ...
