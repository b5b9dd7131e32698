"""Messages behave alike in memory and in PostgreSQL."""

from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from deepspace_core.chat import (
    AnswerFacts,
    Attachment,
    Conversation,
    Message,
    MessageNotFound,
    PlacedMessage,
    Siblings,
    Source,
)
from deepspace_core.files import FileId
from deepspace_core.identity import Principal
from deepspace_core.kernel.ids import MessageId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import Ending, UsageSource
from tests.contract.chat_stores import ANYWHERE, Store, ada, postgres_store, store
from tests.fakes import NOON

__all__ = ["ada", "postgres_store", "store"]


async def test_messages_come_back_as_they_were(store: Store, ada: Principal) -> None:
    conversation = await store.begun(ada)
    attached = Attachment(FileId(UUID(int=7)), "猫.png", "image/png", 12)
    question = replace(await store.said(conversation, "Why?\n\t“quoted” 🙂"), attachments=(attached,))
    facts = AnswerFacts(
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
    )
    answer = replace(
        await store.said(conversation, "Because.", facts, after=question),
        reasoning="Let me think",
        sources=(Source("https://example.org/", "Ex"), Source("https://example.com/")),
        leased_until=NOON.replace(hour=13),
        events_told=7,
    )
    await store.put(question)
    await store.put(answer)
    refused = await store.said(
        conversation, "", AnswerFacts(model_name="small", error_code="insufficient_quota"), after=answer
    )
    async with store.unit_of_work() as tx:
        assert await store.messages.branch(tx, ada.org_id, conversation.id, refused.id, limit=10) == [
            question,
            answer,
            refused,
        ]
        assert await store.messages.get(tx, ada.org_id, conversation.id, answer.id) == answer


async def _tree(store: Store, conversation: Conversation) -> dict[str, Message]:
    """Two first questions; the first has two answers, and the first of those is followed."""
    facts = AnswerFacts(model_name="small")
    tree: dict[str, Message] = {}
    for text, parent in (("a", ""), ("a1", "a"), ("a1x", "a1"), ("a1x1", "a1x"), ("a2", "a"), ("b", "")):
        answer = facts if text[-1].isdigit() else None
        tree[text] = await store.said(conversation, text, answer, after=tree.get(parent))
    return tree


async def test_a_branch_is_paged_from_its_leaf_up_with_the_places_of_its_messages(store: Store, ada: Principal) -> None:
    conversation = await store.begun(ada)
    tree = await _tree(store, conversation)
    seen: list[PlacedMessage] = []
    cursor: str | None = None
    async with store.unit_of_work() as tx:
        for _ in range(3):
            page = await store.messages.placed(
                tx, ada.org_id, conversation.id, tree["a1x1"].id, PageRequest.read(limit=2, cursor=cursor)
            )
            seen += page.rows
            cursor = page.next_cursor
            if cursor is None:
                break
    assert [one.message.text for one in seen] == ["a1x1", "a1x", "a1", "a"]
    assert [one.siblings for one in seen] == [
        Siblings(),
        Siblings(),
        Siblings(2, 1, None, tree["a2"].id),
        Siblings(2, 1, None, tree["b"].id),
    ]
    async with store.unit_of_work() as tx:
        (only,) = (await store.messages.placed(tx, ada.org_id, conversation.id, tree["b"].id, ANYWHERE)).rows
        assert only.siblings == Siblings(2, 2, tree["a"].id, None)


async def test_a_branch_is_remembered_oldest_first_and_bounded(store: Store, ada: Principal) -> None:
    conversation = await store.begun(ada)
    tree = await _tree(store, conversation)
    async with store.unit_of_work() as tx:
        found = await store.messages.branch(tx, ada.org_id, conversation.id, tree["a1x1"].id, limit=3)
        line = await store.messages.line(tx, ada.org_id, conversation.id, tree["a1x1"].id, limit=9)
        assert await store.messages.count(tx, ada.org_id, conversation.id) == 6
    assert [one.text for one in found] == ["a1", "a1x", "a1x1"]
    assert line == [tree[text].id for text in ("a", "a1", "a1x", "a1x1")]


async def test_the_newest_leaf_is_found_by_taking_the_newest_that_follows(store: Store, ada: Principal) -> None:
    conversation = await store.begun(ada)
    tree = await _tree(store, conversation)
    async with store.unit_of_work() as tx:
        for start, leaf in (("a", "a2"), ("a1", "a1x1"), ("b", "b")):
            found = await store.messages.newest_leaf(tx, ada.org_id, conversation.id, tree[start].id)
            assert found == tree[leaf].id
        with pytest.raises(MessageNotFound):
            await store.messages.newest_leaf(tx, ada.org_id, conversation.id, MessageId(UUID(int=5)))


async def test_messages_of_every_branch_come_in_slabs_oldest_first(store: Store, ada: Principal) -> None:
    conversation = await store.begun(ada)
    tree = await _tree(store, conversation)
    async with store.unit_of_work() as tx:
        rest = await store.messages.slab(tx, ada.org_id, conversation.id, after=tree["a1x"].id, limit=2)
    assert [one.text for one in rest] == ["a1x1", "a2"]


async def test_a_running_answer_is_renewed_and_a_whole_one_is_not(store: Store, ada: Principal) -> None:
    conversation = await store.begun(ada)
    until = NOON.replace(hour=13)
    running = await store.said(conversation, "so f", AnswerFacts(model_name="small"), leased_until=until)
    further = replace(running, text="so far", leased_until=NOON.replace(hour=14), events_told=3)
    whole = replace(running, text="so far so good", leased_until=None)
    for message, renewed, text in ((further, True, "so far"), (whole, True, "so far so good"), (further, False, "")):
        async with store.unit_of_work() as tx:
            assert await store.messages.renew(tx, message) is renewed
            await tx.commit()
        if text:
            assert await store.texts(conversation) == [text]
    assert await store.texts(conversation) == ["so far so good"]


async def test_the_end_of_a_running_answer_can_be_asked_for(store: Store, ada: Principal) -> None:
    eva = await store.world.person("eva")
    conversation = await store.begun(ada)
    running = await store.said(conversation, "", AnswerFacts(model_name="small"), leased_until=NOON)
    whole = await store.said(conversation, "", AnswerFacts(model_name="small"))
    async with store.unit_of_work() as tx:
        assert await store.messages.asked_to_stop(tx, [running.id]) == []
        assert not await store.messages.ask_stop(tx, eva.org_id, conversation.id, running.id)
        assert not await store.messages.ask_stop(tx, ada.org_id, conversation.id, whole.id)
        assert await store.messages.ask_stop(tx, ada.org_id, conversation.id, running.id)
        assert await store.messages.asked_to_stop(tx, [whole.id, running.id]) == [running.id]
        assert await store.messages.asked_to_stop(tx, [whole.id]) == []
        await tx.commit()


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
        assert await store.messages.slab(tx, ada.org_id, conversation.id, after=None, limit=9) == [
            replace(whole, created_at=NOON)
        ]


async def test_messages_of_another_conversation_or_tenant_do_not_show(store: Store, ada: Principal) -> None:
    eva = await store.world.person("eva")
    mine, other = await store.begun(ada), await store.begun(ada)
    secret = await store.said(mine, "secret")
    assert await store.texts(other) == []
    for org_id, conversation_id in ((eva.org_id, mine.id), (ada.org_id, other.id)):
        async with store.unit_of_work() as tx:
            assert not (await store.messages.placed(tx, org_id, conversation_id, secret.id, ANYWHERE)).rows
            assert not await store.messages.branch(tx, org_id, conversation_id, secret.id, limit=9)
            assert not await store.messages.line(tx, org_id, conversation_id, secret.id, limit=9)
            assert not await store.messages.slab(tx, org_id, conversation_id, after=None, limit=9)
            assert await store.messages.count(tx, org_id, conversation_id) == 0
            for reach in (store.messages.get, store.messages.newest_leaf):
                with pytest.raises(MessageNotFound):
                    await reach(tx, org_id, conversation_id, secret.id)


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


async def test_the_database_refuses_a_parent_in_another_conversation(postgres_store: Store) -> None:
    ada = await postgres_store.world.person("ada")
    mine, other = await postgres_store.begun(ada), await postgres_store.begun(ada)
    said = await postgres_store.said(mine, "here")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await postgres_store.said(other, "there", after=said)
