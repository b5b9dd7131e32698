"""Conversations behave alike in memory and in PostgreSQL."""

from dataclasses import replace
from uuid import UUID

import pytest

from deepspace_core.chat import (
    ConversationFilters,
    ConversationNotFound,
    Parameters,
    ReasoningEffort,
)
from deepspace_core.chat.excerpt import excerpt_of
from deepspace_core.identity import Principal
from deepspace_core.kernel.ids import MessageId, OrgId, UserId
from deepspace_core.kernel.page import PageRequest
from tests.contract.chat_stores import ANYWHERE, EVERY, Store, ada, postgres_store, store
from tests.fakes import NOON, TRACE

__all__ = ["ada", "postgres_store", "store"]


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
    lab = await store.world.create_project(principal=ada, name="Lab", trace_id=TRACE)
    changed = replace(
        begun,
        title="new",
        model_name="large",
        system_prompt="",
        updated_at=NOON.replace(hour=13),
        project_id=lab.id,
        latest_id=store.world.ids.uuid(),
        pinned=True,
        leaf_id=MessageId(store.world.ids.uuid()),
        parameters=Parameters(0.5, 1.0, 9, ReasoningEffort.HIGH),
    )
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


async def test_the_conversation_used_last_comes_first(store: Store, ada: Principal) -> None:
    first, second = await store.begun(ada, "first"), await store.begun(ada, "second")
    async with store.unit_of_work() as tx:
        await store.conversations.save(tx, replace(first, latest_id=store.world.ids.uuid()))
        await tx.commit()
    assert await store.titles(ada) == ["first", "second"]
    async with store.unit_of_work() as tx:
        page = await store.conversations.list(tx, ada.org_id, ada.user_id, PageRequest(limit=1), EVERY)
        rest = await store.conversations.list(
            tx, ada.org_id, ada.user_id, PageRequest.read(limit=1, cursor=page.next_cursor), EVERY
        )
    assert [one.id for one in (*page.rows, *rest.rows)] == [first.id, second.id]


async def test_conversations_are_found_by_what_was_said_in_them(store: Store, ada: Principal) -> None:
    eva = await store.world.person("eva")
    for owner, text in ((ada, "100% Étude in C"), (ada, "something else"), (eva, "an étude too")):
        conversation = await store.begun(owner, text[-4:])
        message = await store.said(conversation, text)
        await store.put(replace(message, reasoning="hidden thought"))
    assert await store.titles(ada, ConversationFilters(text="éTUDE in")) == ["in C"]
    assert await store.titles(ada, ConversationFilters(text="0%")) == ["in C"]
    assert await store.titles(ada, ConversationFilters(text="thought")) == []


async def test_pinned_conversations_are_told_apart(store: Store, ada: Principal) -> None:
    await store.begun(ada, "loose")
    kept = await store.begun(ada, "kept")
    async with store.unit_of_work() as tx:
        await store.conversations.save(tx, replace(kept, pinned=True))
        await tx.commit()
    assert await store.titles(ada, ConversationFilters(pinned=True)) == ["kept"]
    assert await store.titles(ada, ConversationFilters(pinned=False)) == ["loose"]
    assert await store.titles(ada) == ["kept", "loose"]


async def test_the_newest_hit_is_told_with_the_words_around_it(store: Store, ada: Principal) -> None:
    eva = await store.world.person("eva")
    told, silent, hers = await store.begun(ada), await store.begun(ada, "wallet"), await store.begun(eva)
    await store.said(told, "an old wallet")
    await store.said(told, f"{'long ' * 40}Wallet{' tail' * 40}")
    await store.said(told, "nothing of the kind")
    await store.said(silent, "100% something else")
    await store.said(hers, "her wallet")
    ids = [told.id, silent.id, hers.id]
    async with store.unit_of_work() as tx:
        found = await store.conversations.excerpts(tx, ada.org_id, ids, "wALLET")
        assert await store.conversations.excerpts(tx, ada.org_id, [], "wallet") == {}
        assert list(await store.conversations.excerpts(tx, ada.org_id, ids, "%")) == [silent.id]
    assert found == {told.id: excerpt_of(f"{'long ' * 40}Wallet{' tail' * 40}", "wallet")}
