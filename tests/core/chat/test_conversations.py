"""Conversations: begun, listed, changed, deleted by whose they are."""

from dataclasses import replace
from typing import Any

import pytest

from deepspace_core.chat import Conversation, ConversationFilters, ConversationNotFound
from deepspace_core.chat.conversation import SYSTEM_PROMPT_CHARACTERS_MAX, TITLE_CHARACTERS_MAX, title_from
from deepspace_core.chat.parameters import NO_PARAMETERS
from deepspace_core.chat.use_cases import (
    ConversationChanges,
    CreateConversation,
    DeleteConversation,
    GetConversation,
    ListConversations,
    ListMessages,
    UpdateConversation,
)
from deepspace_core.identity import Principal
from deepspace_core.identity.errors import PermissionMissing, ProjectArchived
from deepspace_core.kernel.errors import InvalidInput, NotFound
from deepspace_core.kernel.ids import OrgId, ProjectId, UserId
from deepspace_core.kernel.page import PageRequest
from tests.core.chat.world import World
from tests.fakes import TRACE

EVERY = ConversationFilters()


@pytest.fixture
async def world() -> World:
    return await World.make()


async def listed(world: World, principal: Principal, filters: ConversationFilters = EVERY) -> list[str]:
    verb = ListConversations(world.unit_of_work, world.conversations)
    return [one.title for one in (await verb(principal=principal, page=PageRequest(), filters=filters)).rows]


async def got(world: World, principal: Principal, conversation: Conversation) -> Conversation:
    verb = GetConversation(world.unit_of_work, world.conversations)
    return await verb(principal=principal, conversation_id=conversation.id)


async def test_a_conversation_is_renamed_and_given_another_model_and_prompt(world: World) -> None:
    begun = await world.begun("Old")
    verb = UpdateConversation(world.unit_of_work, world.conversations, world.projects, world.line.clock)
    world.line.clock.advance(seconds=60)
    renamed = await verb(principal=world.owner, conversation_id=begun.id, changes=ConversationChanges(title=" New "))
    changed = await verb(
        principal=world.owner,
        conversation_id=begun.id,
        changes=ConversationChanges(model_name="large", system_prompt="Be kind."),
    )
    assert renamed == replace(begun, title="New", updated_at=world.line.clock.now())
    assert changed == replace(renamed, model_name="large", system_prompt="Be kind.")
    assert await got(world, world.owner, begun) == changed


async def test_a_deleted_conversation_is_out_of_sight_and_its_deletion_on_record(world: World) -> None:
    begun = await world.begun("Secret plans")
    verb = DeleteConversation(world.unit_of_work, world.conversations, world.events, world.line.ids, world.line.clock)
    await verb(principal=world.owner, conversation_id=begun.id, trace_id=TRACE)
    for again in (
        got(world, world.owner, begun),
        verb(principal=world.owner, conversation_id=begun.id, trace_id=TRACE),
    ):
        with pytest.raises(ConversationNotFound):
            await again
    assert await listed(world, world.owner) == []
    (told,) = world.events.events
    assert (told.event_type, told.actor) == ("conversation.deleted", f"user:{world.owner.user_id}")
    assert "Secret" not in str(told)


async def test_nobody_reaches_another_users_conversations(world: World) -> None:
    begun = await world.begun("Mine")
    update = UpdateConversation(world.unit_of_work, world.conversations, world.projects, world.line.clock)
    delete = DeleteConversation(world.unit_of_work, world.conversations, world.events, world.line.ids, world.line.clock)
    read = ListMessages(world.unit_of_work, world.conversations, world.messages, world.line.clock)
    for stranger in (
        replace(world.owner, user_id=UserId(world.line.ids.uuid())),
        replace(world.owner, org_id=OrgId(world.line.ids.uuid())),
        replace(world.owner, project_id=ProjectId(world.line.ids.uuid()), is_project_bound=True),
    ):
        for reach in (
            got(world, stranger, begun),
            update(principal=stranger, conversation_id=begun.id, changes=ConversationChanges(title="stolen")),
            delete(principal=stranger, conversation_id=begun.id, trace_id=TRACE),
            read(principal=stranger, conversation_id=begun.id, page=PageRequest()),
        ):
            with pytest.raises(ConversationNotFound):
                await reach
        assert await listed(world, stranger) == []
    assert await listed(world, world.owner) == ["Mine"]


async def test_every_verb_asks_for_the_permission_to_chat(world: World) -> None:
    begun = await world.begun()
    nobody = replace(world.owner, permissions=frozenset())
    create = CreateConversation(
        world.unit_of_work, world.conversations, world.projects, world.line.ids, world.line.clock
    )
    for reach in (
        create(principal=nobody, model_name="small"),
        got(world, nobody, begun),
        UpdateConversation(world.unit_of_work, world.conversations, world.projects, world.line.clock)(
            principal=nobody, conversation_id=begun.id, changes=ConversationChanges()
        ),
        ListMessages(world.unit_of_work, world.conversations, world.messages, world.line.clock)(
            principal=nobody, conversation_id=begun.id, page=PageRequest()
        ),
    ):
        with pytest.raises(PermissionMissing):
            await reach
    with pytest.raises(PermissionMissing):
        await listed(world, nobody)


async def test_a_conversation_stands_in_a_project_within_reach(world: World) -> None:
    create = CreateConversation(
        world.unit_of_work, world.conversations, world.projects, world.line.ids, world.line.clock
    )
    unknown = ProjectId(world.line.ids.uuid())
    bound = replace(world.owner, is_project_bound=True)
    for principal, fault in (
        (world.owner, NotFound),
        (bound, NotFound),
        (replace(world.owner, project_id=None), NotFound),
    ):
        with pytest.raises(fault):
            await create(principal=principal, model_name="small", project_id=unknown)
    with pytest.raises(InvalidInput):
        await create(principal=replace(world.owner, project_id=None), model_name="small")
    with pytest.raises(NotFound):
        await listed(world, bound, ConversationFilters(project_id=unknown))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * (TITLE_CHARACTERS_MAX + 1)),
        ("title", "a\0b"),
        ("system_prompt", "x" * (SYSTEM_PROMPT_CHARACTERS_MAX + 1)),
        ("model", " "),
        ("model", "x" * 129),
    ],
)
async def test_what_does_not_fit_is_refused_by_the_name_of_its_field(world: World, field: str, value: str) -> None:
    given: dict[str, Any] = {"model_name" if field == "model" else field: value}
    with pytest.raises(InvalidInput) as refused:
        await world.begun(**given)
    assert refused.value.param == field


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", -0.1), ("temperature", 2.1), ("top_p", 0.0), ("top_p", 1.1), ("max_tokens", 0)],
)
async def test_a_parameter_out_of_its_bounds_is_refused_by_name(world: World, name: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        await world.begun(parameters=replace(NO_PARAMETERS, **{name: value}))
    assert refused.value.param == f"parameters.{name}"


async def test_a_conversation_moves_to_another_project_within_reach(world: World) -> None:
    begun = await world.begun()
    lab, attic = await world.project("Other lab"), await world.project("Attic", archived=True)
    verb = UpdateConversation(world.unit_of_work, world.conversations, world.projects, world.line.clock)
    moved = await verb(principal=world.owner, conversation_id=begun.id, changes=ConversationChanges(project_id=lab))
    assert moved.project_id == lab
    assert await listed(world, world.owner, ConversationFilters(project_id=lab)) == [""]
    for principal, project_id, fault in (
        (world.owner, attic, ProjectArchived),
        (world.owner, ProjectId(world.line.ids.uuid()), NotFound),
        (replace(world.owner, project_id=lab, is_project_bound=True), begun.project_id, NotFound),
    ):
        with pytest.raises(fault):
            await verb(
                principal=principal, conversation_id=begun.id, changes=ConversationChanges(project_id=project_id)
            )


async def test_a_search_for_what_can_not_be_stored_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        await listed(world, world.owner, ConversationFilters(text="a\0"))
    assert refused.value.param == "q"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Short", "Short"),
        (" several\n lines ", "several lines"),
        ("word " * 20, "word word word word word word word word word word word word…"),
        ("x" * 61, "x" * 60 + "…"),
        ("账" * 61, "账" * 60 + "…"),
    ],
)
def test_a_title_is_the_beginning_of_the_text(text: str, title: str) -> None:
    assert title_from(text) == title
