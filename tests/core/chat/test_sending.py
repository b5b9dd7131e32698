"""A message sent in a conversation: what is asked, what is stored, what it costs, whatever goes wrong."""

from dataclasses import replace

import pytest

from deepspace_adapters.memory.chat import MemoryMessages
from deepspace_core.chat import ConversationFull, ConversationNotFound, Message, MessageTooLong, Role
from deepspace_core.chat.message import MESSAGES_MAX, TEXT_CHARACTERS_MAX
from deepspace_core.identity import Permission
from deepspace_core.identity.errors import PermissionMissing, ProjectArchived
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ConversationId, OrgId, ProjectId, UserId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger import TransactionType
from deepspace_core.pipeline import (
    InsufficientQuota,
    ModelNotAllowed,
    UpstreamReply,
    UpstreamRequest,
    UpstreamUnreachable,
)
from deepspace_core.pipeline.stages.newapi_call import NewApiCall
from deepspace_core.usage import Ending, UsageSource
from tests.core.chat.world import ChunkingUpstream, FakeListener, World, event
from tests.core.pipeline.sides import Script
from tests.core.pipeline.world import INPUT_RATE, OUTPUT_RATE
from tests.fakes import NOON


@pytest.fixture
async def world() -> World:
    return await World.make()


async def test_the_question_and_the_answer_are_stored_in_order_with_what_it_cost(world: World) -> None:
    conversation = await world.begun()
    listener = FakeListener()
    answer = await world.say(conversation, "What is a hold?", listener=listener)
    question, stored = await world.stored(conversation)
    assert (question.role, question.text, question.answer) == (Role.USER, "What is a hold?", None)
    assert stored == answer
    assert (answer.role, answer.text) == (Role.ASSISTANT, "word word word ")
    assert (question.id, answer.id) == (listener.question_id, listener.answer_id)
    assert question.trace_id == answer.trace_id
    facts = answer.answer
    assert facts is not None
    assert (facts.ending, facts.usage_source, facts.currency) == (Ending.COMPLETED, UsageSource.UPSTREAM, "USD")
    assert facts.cost_picos == 20 * INPUT_RATE + 3 * OUTPUT_RATE
    assert facts.cost_nanos == (await world.line.rows())[-1].amount_nanos
    assert facts.error_code is None


async def test_the_first_message_names_a_conversation_that_has_no_name(world: World) -> None:
    unnamed, named = await world.begun(), await world.begun("Mine")
    for text in ("  Explain\nthe ledger  of this house, its wallets, its holds and how they are settled ", "More"):
        await world.say(unnamed, text)
        await world.say(named, text)
    assert (await world.now(unnamed)).title == "Explain the ledger of this house, its wallets, its holds…"
    assert (await world.now(named)).title == "Mine"


async def test_the_model_gets_the_system_prompt_and_the_history_in_order(world: World) -> None:
    conversation = await world.begun(system_prompt="Be brief.")
    await world.say(conversation, "One")
    await world.say(conversation, "Two", max_tokens=7)
    body = world.sent()
    assert [(one["role"], one["content"]) for one in body["messages"]] == [
        ("system", "Be brief."),
        ("user", "One"),
        ("assistant", "word word word "),
        ("user", "Two"),
    ]
    assert (body["model"], body["max_tokens"], body["stream"]) == ("small-up", 7, True)


async def test_the_listener_gets_the_chunks_and_neither_the_end_nor_an_error(world: World) -> None:
    whole, cut = FakeListener(), FakeListener()
    conversation = await world.begun()
    await world.say(conversation, listener=whole)
    await world.say(conversation, listener=cut, script=Script(break_after=1))
    assert len(whole.pieces) == 4
    assert b'"cost"' in whole.pieces[-1]
    assert len(cut.pieces) == 1
    assert not any(b"[DONE]" in piece or b'"error"' in piece for piece in whole.pieces + cut.pieces)
    assert [whole.stops, cut.stops] == [0, 0]
    assert whole.completed == (await world.stored(conversation))[1]


async def test_a_refused_question_is_kept_and_an_empty_answer_says_why() -> None:
    world = await World.make(balance_nanos=0)
    conversation = await world.begun()
    listener = FakeListener()
    with pytest.raises(InsufficientQuota) as refused:
        await world.say(conversation, "For free?", listener=listener)
    question, answer = await world.stored(conversation)
    assert question.text == "For free?"
    assert answer.text == ""
    assert answer.answer is not None
    assert (answer.answer.error_code, answer.answer.ending) == ("insufficient_quota", None)
    assert answer.answer.error_message == refused.value.message
    assert listener.faults == [refused.value]
    assert [(log.status, log.error_code) for log in world.logs.logs] == [(402, "insufficient_quota")]


async def test_an_empty_answer_is_not_told_to_the_model(world: World) -> None:
    conversation = await world.begun()
    with pytest.raises(UpstreamUnreachable):
        await world.say(conversation, "One", script=Script(refuse=True))
    await world.say(conversation, "Two")
    assert [one["content"] for one in world.sent()["messages"]] == ["One", "Two"]
    assert (await world.line.balance()).frozen_nanos == 0


@pytest.mark.parametrize(
    ("script", "ending", "code"),
    [
        (Script(break_after=2), Ending.TRUNCATED, "upstream_cut"),
        (Script(silent_after=2), Ending.TIMED_OUT, "upstream_timeout"),
        (Script(error_after=2), Ending.UPSTREAM_ERROR, "upstream_error"),
    ],
)
async def test_an_answer_that_broke_off_is_kept_as_far_as_it_came(
    world: World, script: Script, ending: Ending, code: str
) -> None:
    conversation = await world.begun()
    listener = FakeListener()
    answer = await world.say(conversation, script=script, listener=listener)
    assert answer.text == "word word "
    assert answer.answer is not None
    assert (answer.answer.ending, answer.answer.error_code) == (ending, code)
    assert answer.answer.cost_nanos > 0
    assert len(listener.faults) == 1
    assert (await world.stored(conversation))[-1] == answer


@pytest.mark.parametrize("on_abort", ["drain", "cancel"])
async def test_stop_keeps_what_was_heard_and_pays_for_no_more(world: World, on_abort: str) -> None:
    """Draining is for connections that are lost; whoever says stop wants no more, and pays for no more."""
    conversation = await world.begun()
    principal = replace(world.owner, on_abort=on_abort)  # type: ignore[arg-type]
    listener = FakeListener()
    read_to_its_end: list[bool] = []
    world.upstream.before_end = lambda: read_to_its_end.append(True)
    world.stop_before(2, conversation)
    answer = await world.say(conversation, principal=principal, listener=listener)
    assert (answer.text, listener.stops) == ("word word ", 1)
    assert answer.answer is not None
    assert (answer.answer.ending, answer.answer.usage_source) == (Ending.CLIENT_ABORTED, UsageSource.ESTIMATED)
    assert read_to_its_end == []
    assert answer.answer.cost_nanos == (await world.line.rows())[-1].amount_nanos
    assert [one.text for one in await world.stored(conversation)] == ["Hello", "word word "]


async def test_what_was_heard_is_stored_as_soon_as_it_is_stopped(world: World) -> None:
    conversation = await world.begun()
    seen: list[Message] = []

    async def stop(number: int) -> None:
        if number == 1:
            (live,) = world.live.all()
            await world.stop(live.id, conversation)
            seen.extend(world.database.tables["messages"].values())

    world.upstream.between = stop
    answer = await world.say(conversation)
    assert [one.text for one in seen] == ["Hello", "word "]
    assert seen[1].answer is not None
    assert (seen[1].id, seen[1].answer.ending, seen[1].answer.cost_nanos) == (answer.id, Ending.CLIENT_ABORTED, 0)
    assert (seen[1].is_running, seen[1].is_open) == (True, False)


async def test_an_answer_stopped_before_its_first_word_is_empty(world: World) -> None:
    conversation = await world.begun()
    world.stop_before(0, conversation)
    answer = await world.say(conversation)
    assert answer.text == ""
    assert answer.answer is not None
    assert answer.answer.ending is Ending.CLIENT_ABORTED


async def test_an_answer_is_stored_when_the_database_is_back(world: World) -> None:
    conversation = await world.begun()

    def lose_the_database() -> None:
        world.unit_of_work.away = 3

    world.upstream.before_end = lose_the_database
    listener = FakeListener()
    await world.say(conversation, listener=listener)
    assert world.unit_of_work.away == 0
    assert (await world.stored(conversation))[-1] == listener.completed


async def test_a_fault_of_ours_leaves_an_answer_that_says_so(world: World) -> None:
    conversation = await world.begun()

    class BrokenUpstream(ChunkingUpstream):
        async def send(self, request: UpstreamRequest) -> UpstreamReply:
            raise RuntimeError("a bug")

    world.line.stages["newapi_call"] = NewApiCall(upstream=BrokenUpstream(), codec=world.codec)
    with pytest.raises(RuntimeError):
        await world.say(conversation)
    world.line.tasks.drop()
    facts = (await world.stored(conversation))[-1].answer
    assert facts is not None
    assert (facts.error_code, facts.error_message) == ("internal_error", None)
    assert (world.ended, world.live.all()) == (1, ())


async def test_reasoning_is_kept_apart_from_what_was_said(world: World) -> None:
    def chunk(**delta: str) -> bytes:
        return event({"choices": [{"index": 0, "delta": delta}]})

    world.upstream.odd = [
        b": a comment\n\n",
        chunk(reasoning_content="Let me think."),
        chunk(content="\ud83d"),
        chunk(content="\ude42\0"),
        b"data: not json\n\n",
        b"data: [1]\n\n",
    ]
    answer = await world.say(await world.begun(), script=Script(words=0))
    assert (answer.text, answer.reasoning) == ("🙂\ufffd", "Let me think.")


async def test_a_key_for_chat_alone_is_enough(world: World) -> None:
    key = replace(world.owner, kind="api_key", permissions=frozenset({Permission.USE_CHAT}))
    assert (await world.say(await world.begun(), principal=key)).text


async def test_who_may_not_chat_is_refused_before_anything_is_stored(world: World) -> None:
    conversation = await world.begun()
    with pytest.raises(PermissionMissing):
        await world.say(conversation, principal=replace(world.owner, permissions=frozenset({Permission.USE_MODELS})))
    assert await world.stored(conversation) == []


async def test_a_keys_models_bind_it_in_chat_too(world: World) -> None:
    with pytest.raises(ModelNotAllowed):
        await world.say(await world.begun(), principal=replace(world.owner, model_allow_list=frozenset({"large"})))


async def test_a_conversation_is_charged_to_its_own_project(world: World) -> None:
    conversation = await world.begun()
    elsewhere = replace(world.owner, project_id=ProjectId(world.line.ids.uuid()), workspace_id=None)
    await world.say(conversation, principal=elsewhere)
    usage = world.line.usage()[-1]
    assert (usage.project_id, usage.workspace_id) == (conversation.project_id, world.owner.workspace_id)


async def test_nobody_else_may_ask_in_a_conversation(world: World) -> None:
    conversation = await world.begun()
    strangers = (
        replace(world.owner, user_id=UserId(world.line.ids.uuid())),
        replace(world.owner, org_id=OrgId(world.line.ids.uuid())),
        replace(world.owner, project_id=ProjectId(world.line.ids.uuid()), is_project_bound=True),
    )
    for stranger in strangers:
        with pytest.raises(ConversationNotFound):
            await world.say(conversation, principal=stranger)
    with pytest.raises(ConversationNotFound):
        await world.say(replace(conversation, id=ConversationId(world.line.ids.uuid())))
    assert await world.stored(conversation) == []


async def test_an_archived_projects_conversations_can_only_be_read(world: World) -> None:
    conversation = await world.begun()
    async with world.unit_of_work() as tx:
        project = await world.projects.get(tx, conversation.org_id, conversation.project_id)
        await world.projects.save(tx, replace(project, archived_at=NOON))
        await tx.commit()
    with pytest.raises(ProjectArchived):
        await world.say(conversation)
    with pytest.raises(ProjectArchived):
        await world.begun()


async def test_a_full_conversation_takes_no_more(world: World) -> None:
    class FullMessages(MemoryMessages):
        async def count(self, tx: Transaction, org_id: OrgId, conversation_id: ConversationId) -> int:
            return MESSAGES_MAX - 1

    world.messages = FullMessages()
    with pytest.raises(ConversationFull):
        await world.say(await world.begun())


@pytest.mark.parametrize("text", ["", " \n", "a\0b", "half \ud83d"])
async def test_text_that_can_not_be_said_is_refused(world: World, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await world.say(await world.begun(), text)
    assert refused.value.param == "content"


async def test_a_message_has_a_length_it_may_not_pass(world: World) -> None:
    with pytest.raises(MessageTooLong):
        await world.say(await world.begun(), "x" * (TEXT_CHARACTERS_MAX + 1))


async def test_a_bound_below_one_token_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput):
        await world.say(await world.begun(), max_tokens=0)


async def test_a_call_is_held_and_captured_once(world: World) -> None:
    await world.say(await world.begun())
    assert [row.type for row in await world.line.rows()] == [
        TransactionType.TOP_UP,
        TransactionType.HOLD,
        TransactionType.CAPTURE,
    ]
    assert world.logs.logs == []
