"""Conversations and messages behave alike in memory and in PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

import psycopg
import pytest

from deepspace_adapters.memory.chat import MemoryConversations, MemoryMessages
from deepspace_adapters.postgres.chat import PostgresConversations, PostgresMessages
from deepspace_core.chat import (
    AnswerFacts,
    Conversation,
    ConversationFilters,
    ConversationNotFound,
    Conversations,
    Message,
    Messages,
    Role,
)
from deepspace_core.identity import Principal
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, ProjectId, UserId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import Ending, UsageSource
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
        conversation = Conversation(
            id=ConversationId(self.world.ids.uuid()),
            org_id=owner.org_id,
            project_id=project,
            user_id=owner.user_id,
            title=title,
            model_name="small",
            system_prompt="be brief",
            created_at=NOON,
            updated_at=NOON,
        )
        async with self.unit_of_work() as tx:
            await self.conversations.add(tx, conversation)
            await tx.commit()
        return conversation

    async def said(self, conversation: Conversation, text: str, answer: AnswerFacts | None = None) -> Message:
        message = Message(
            id=MessageId(self.world.ids.uuid()),
            org_id=conversation.org_id,
            conversation_id=conversation.id,
            role=Role.USER if answer is None else Role.ASSISTANT,
            text=text,
            trace_id=TRACE,
            created_at=NOON,
            answer=answer,
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
            page = await self.messages.list(tx, conversation.org_id, conversation.id, ANYWHERE)
        return [one.text for one in page.rows]


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


async def test_a_conversation_comes_back_as_it_was(store: Store, ada: Principal) -> None:
    begun = await store.begun(ada, "Étude 50% off_now")
    async with store.unit_of_work() as tx:
        assert await store.conversations.get(tx, ada.org_id, ada.user_id, begun.id) == begun
        assert await store.conversations.lock(tx, ada.org_id, ada.user_id, begun.id) == begun


async def test_a_conversation_is_its_users_alone(store: Store, ada: Principal) -> None:
    eva = await store.world.person("eva")
    begun = await store.begun(ada, "mine")
    for org_id, user_id in (
        (eva.org_id, eva.user_id),
        (ada.org_id, eva.user_id),
        (eva.org_id, ada.user_id),
        (OrgId(UUID(int=1)), UserId(UUID(int=1))),
    ):
        async with store.unit_of_work() as tx:
            with pytest.raises(ConversationNotFound):
                await store.conversations.get(tx, org_id, user_id, begun.id)
            with pytest.raises(ConversationNotFound):
                await store.conversations.lock(tx, org_id, user_id, begun.id)
            with pytest.raises(ConversationNotFound):
                await store.conversations.save(tx, replace(begun, org_id=org_id, user_id=user_id, title="stolen"))
            page = await store.conversations.list(tx, org_id, user_id, ANYWHERE, EVERY)
            assert not page.rows
    assert await store.titles(ada) == ["mine"]


async def test_what_is_saved_replaces_what_was_there(store: Store, ada: Principal) -> None:
    begun = await store.begun(ada)
    changed = replace(begun, title="new", model_name="large", system_prompt="", updated_at=NOON.replace(hour=13))
    async with store.unit_of_work() as tx:
        await store.conversations.save(tx, changed)
        await tx.commit()
    async with store.unit_of_work() as tx:
        assert await store.conversations.get(tx, ada.org_id, ada.user_id, begun.id) == changed


async def test_a_deleted_conversation_is_gone_for_everything(store: Store, ada: Principal) -> None:
    begun = await store.begun(ada)
    async with store.unit_of_work() as tx:
        await store.conversations.save(tx, replace(begun, deleted_at=NOON))
        await tx.commit()
    async with store.unit_of_work() as tx:
        with pytest.raises(ConversationNotFound):
            await store.conversations.get(tx, ada.org_id, ada.user_id, begun.id)
        with pytest.raises(ConversationNotFound):
            await store.conversations.save(tx, begun)
    assert await store.titles(ada) == []


async def test_conversations_are_paged_newest_first(store: Store, ada: Principal) -> None:
    for number in range(5):
        await store.begun(ada, str(number))
    seen: list[str] = []
    cursor: str | None = None
    async with store.unit_of_work() as tx:
        for _ in range(3):
            page = await store.conversations.list(
                tx, ada.org_id, ada.user_id, PageRequest.read(limit=2, cursor=cursor), EVERY
            )
            seen += [one.title for one in page.rows]
            cursor = page.next_cursor
    assert (seen, cursor) == (["4", "3", "2", "1", "0"], None)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("cat", ["Cats", "concatenate"]),
        ("50%", ["50% off"]),
        ("%", ["50% off"]),
        ("_", ["a_b"]),
        ("\\", []),
        ("猫", ["猫"]),
        ("étude", ["ÉTUDE"]),
    ],
)
async def test_titles_are_searched_for_text_not_for_patterns(
    store: Store, ada: Principal, wanted: str, found: list[str]
) -> None:
    for title in ("猫", "a_b", "50% off", "concatenate", "Cats", "axb", "ÉTUDE"):
        await store.begun(ada, title)
    assert await store.titles(ada, ConversationFilters(text=wanted)) == found


async def test_conversations_are_told_apart_by_project(store: Store, ada: Principal) -> None:
    lab = await store.world.create_project(principal=ada, name="Lab", trace_id=TRACE)
    await store.begun(ada, "at home")
    await store.begun(ada, "in the lab", project_id=lab.id)
    assert await store.titles(ada, ConversationFilters(project_id=lab.id)) == ["in the lab"]
    assert await store.titles(ada, ConversationFilters(project_id=lab.id, text="home")) == []


async def test_messages_come_back_as_they_were(store: Store, ada: Principal) -> None:
    conversation = await store.begun(ada)
    question = await store.said(conversation, "Why?\n\t“quoted” 🙂")
    answer = replace(
        await store.said(
            conversation,
            "Because.",
            AnswerFacts(
                model_name="small",
                ending=Ending.TRUNCATED,
                usage_source=UsageSource.ESTIMATED,
                leaves=TokenLeaves(input_uncached=9, output_text=2, output_reasoning=1),
                cost_nanos=2**40,
                cost_picos=2**60,
                currency="USD",
                latency_ms=840,
                error_code="upstream_cut",
                error_message="it broke off",
            ),
        ),
        reasoning="Let me think",
    )
    await store.put(answer)
    refused = await store.said(conversation, "", AnswerFacts(model_name="small", error_code="insufficient_quota"))
    async with store.unit_of_work() as tx:
        history = await store.messages.history(tx, ada.org_id, conversation.id, limit=10)
    assert list(history) == [question, answer, refused]


async def test_messages_are_paged_newest_first_and_remembered_oldest_first(store: Store, ada: Principal) -> None:
    conversation = await store.begun(ada)
    for number in range(5):
        await store.said(conversation, str(number))
    async with store.unit_of_work() as tx:
        first = await store.messages.list(tx, ada.org_id, conversation.id, PageRequest(limit=3))
        rest = await store.messages.list(
            tx, ada.org_id, conversation.id, PageRequest.read(limit=3, cursor=first.next_cursor)
        )
        last = await store.messages.history(tx, ada.org_id, conversation.id, limit=2)
        assert await store.messages.count(tx, ada.org_id, conversation.id) == 5
    assert [one.text for one in (*first.rows, *rest.rows)] == ["4", "3", "2", "1", "0"]
    assert rest.next_cursor is None
    assert [one.text for one in last] == ["3", "4"]


async def test_a_message_put_again_replaces_what_it_said_and_keeps_its_time(store: Store, ada: Principal) -> None:
    conversation = await store.begun(ada)
    partial = await store.said(conversation, "so f", AnswerFacts(model_name="small", ending=Ending.CLIENT_ABORTED))
    assert partial.answer
    whole = replace(
        partial, text="so far", created_at=NOON.replace(hour=14), answer=replace(partial.answer, cost_nanos=5)
    )
    for _ in range(2):
        await store.put(whole)
    async with store.unit_of_work() as tx:
        assert await store.messages.history(tx, ada.org_id, conversation.id, limit=9) == [
            replace(whole, created_at=NOON)
        ]


async def test_messages_of_another_conversation_or_tenant_do_not_show(store: Store, ada: Principal) -> None:
    eva = await store.world.person("eva")
    mine, other = await store.begun(ada), await store.begun(ada)
    await store.said(mine, "secret")
    assert await store.texts(other) == []
    async with store.unit_of_work() as tx:
        assert not (await store.messages.list(tx, eva.org_id, mine.id, ANYWHERE)).rows
        assert not await store.messages.history(tx, eva.org_id, mine.id, limit=9)
        assert await store.messages.count(tx, eva.org_id, mine.id) == 0


async def test_what_is_not_committed_was_not_said(store: Store, ada: Principal) -> None:
    conversation = await store.begun(ada)
    said = await store.said(conversation, "kept")
    async with store.unit_of_work() as tx:
        await store.messages.put(tx, replace(said, id=MessageId(store.world.ids.uuid()), text="lost"))
    assert await store.texts(conversation) == ["kept"]


async def test_the_database_refuses_a_message_in_another_tenants_conversation(postgres_store: Store) -> None:
    world = postgres_store.world
    ada, eva = await world.person("ada"), await world.person("eva")
    conversation = await postgres_store.begun(ada)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await postgres_store.said(replace(conversation, org_id=eva.org_id), "smuggled")
