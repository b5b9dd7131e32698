"""The repositories of chat on each adapter, with somebody to own what is in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from deepspace_adapters.memory.chat import MemoryConversations, MemoryMessages
from deepspace_adapters.postgres.chat import PostgresConversations, PostgresMessages
from deepspace_core.chat import (
    AnswerFacts,
    Conversation,
    ConversationFilters,
    Conversations,
    Message,
    Messages,
    Role,
)
from deepspace_core.identity import Principal
from deepspace_core.kernel.ids import ConversationId, MessageId, ProjectId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from tests.contract.identity_stores import ADAPTERS, world_on
from tests.core.identity.world import World
from tests.fakes import NOON, TRACE

EVERY = ConversationFilters()
ANYWHERE = PageRequest()


@dataclass
class Store:
    """Both repositories, and an organization with a user to own what is in them."""

    world: World
    conversations: Conversations
    messages: Messages

    @property
    def unit_of_work(self) -> UnitOfWork:
        return self.world.stores.unit_of_work

    async def begun(self, owner: Principal, title: str = "", *, project_id: ProjectId | None = None) -> Conversation:
        project = project_id or owner.project_id
        assert project
        conversation_id = ConversationId(self.world.ids.uuid())
        conversation = Conversation(
            id=conversation_id,
            org_id=owner.org_id,
            project_id=project,
            user_id=owner.user_id,
            title=title,
            model_name="small",
            system_prompt="be brief",
            created_at=NOON,
            updated_at=NOON,
            latest_id=conversation_id,
        )
        async with self.unit_of_work() as tx:
            await self.conversations.add(tx, conversation)
            await tx.commit()
        return conversation

    async def said(
        self,
        conversation: Conversation,
        text: str,
        answer: AnswerFacts | None = None,
        *,
        after: Message | None = None,
        leased_until: datetime | None = None,
    ) -> Message:
        message = Message(
            id=MessageId(self.world.ids.uuid()),
            org_id=conversation.org_id,
            conversation_id=conversation.id,
            role=Role.USER if answer is None else Role.ASSISTANT,
            text=text,
            trace_id=TRACE,
            created_at=NOON,
            parent_id=None if after is None else after.id,
            answer=answer,
            leased_until=leased_until,
        )
        await self.put(message)
        return message

    async def put(self, message: Message) -> None:
        async with self.unit_of_work() as tx:
            await self.messages.put(tx, message)
            await tx.commit()

    async def titles(self, owner: Principal, filters: ConversationFilters = EVERY) -> list[str]:
        async with self.unit_of_work() as tx:
            page = await self.conversations.list(tx, owner.org_id, owner.user_id, ANYWHERE, filters)
        return [one.title for one in page.rows]

    async def texts(self, conversation: Conversation) -> list[str]:
        async with self.unit_of_work() as tx:
            found = await self.messages.slab(tx, conversation.org_id, conversation.id, after=None, limit=100)
        return [one.text for one in found]


@pytest.fixture(params=ADAPTERS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    yield from _store_on(request.param, request)


@pytest.fixture
def postgres_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    yield from _store_on("postgres", request)


def _store_on(adapter: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    world = world_on(adapter, request)
    if adapter == "memory":
        yield Store(world, MemoryConversations(), MemoryMessages())
    else:
        yield Store(world, PostgresConversations(), PostgresMessages())
    world.tasks.drop()


@pytest.fixture
async def ada(store: Store) -> Principal:
    return await store.world.person("ada")
