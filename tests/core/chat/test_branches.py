"""Messages branch: a question in other words, an answer anew, and which of them are shown."""

import pytest

from deepspace_core.chat import AnswerRunning, Conversation, Message, MessageNotFound
from deepspace_core.chat.message import LEASE
from deepspace_core.chat.parameters import Parameters, ReasoningEffort
from deepspace_core.chat.use_cases import SendMessage, ShowBranch
from deepspace_core.kernel.ids import MessageId
from tests.core.chat.world import FakeListener, World


@pytest.fixture
async def world() -> World:
    return await World.make()


async def texts(world: World, conversation: Conversation) -> list[str]:
    return [one.message.text for one in await world.shown(conversation)]


async def sent(world: World) -> list[str]:
    return [one["content"] for one in world.sent()["messages"]]


async def show(world: World, message: Message) -> Conversation:
    verb = ShowBranch(world.unit_of_work, world.conversations, world.messages)
    return await verb(principal=world.owner, conversation_id=message.conversation_id, message_id=message.id)


async def test_messages_follow_one_another(world: World) -> None:
    conversation = await world.begun()
    for text in ("One", "Two"):
        await world.say(conversation, text)
    line = [one.message for one in await world.shown(conversation)]
    assert [one.text for one in line] == ["One", "word word word ", "Two", "word word word "]
    assert [one.parent_id for one in line] == [None, line[0].id, line[1].id, line[2].id]
    now = await world.now(conversation)
    assert (now.leaf_id, now.latest_id) == (line[-1].id, line[-1].id)


async def test_an_edited_question_stands_beside_the_first_and_what_followed_it_is_not_told(world: World) -> None:
    conversation = await world.begun()
    await world.say(conversation, "One")
    await world.say(conversation, "Two")
    first = (await world.shown(conversation))[0].message
    await world.edit(first, "Uno")
    assert await sent(world) == ["Uno"]
    question, answer = await world.shown(conversation)
    assert question.message.text == "Uno"
    assert (question.siblings.count, question.siblings.nth, question.siblings.previous_id) == (2, 2, first.id)
    assert (answer.siblings.count, answer.siblings.nth) == (1, 1)
    assert len(await world.stored(conversation)) == 6


async def test_an_answer_anew_stands_beside_the_first_and_may_come_of_another_model(world: World) -> None:
    conversation = await world.begun()
    first = await world.say(conversation, "One")
    second = await world.again(first)
    assert second.parent_id == first.parent_id
    assert await sent(world) == ["One"]
    shown = await world.shown(conversation)
    assert [one.message.id for one in shown] == [first.parent_id, second.id]
    assert (shown[1].siblings.nth, shown[1].siblings.count) == (2, 2)
    third = await world.again(shown[0].message, model_name="small")
    assert third.answer is not None
    assert third.answer.model_name == "small"
    assert (await world.now(conversation)).model_name == "small"


async def test_a_branch_is_shown_down_to_its_newest_message(world: World) -> None:
    conversation = await world.begun()
    first = await world.say(conversation, "One")
    last = await world.say(conversation, "Two")
    await world.again(first)
    assert await texts(world, conversation) == ["One", "word word word "]
    assert (await show(world, first)).leaf_id == last.id
    assert await texts(world, conversation) == ["One", "word word word ", "Two", "word word word "]


async def test_one_may_go_on_from_any_message(world: World) -> None:
    conversation = await world.begun()
    first = await world.say(conversation, "One")
    await world.say(conversation, "Two")
    await world.say(conversation, "Three", parent_id=first.id)
    assert await sent(world) == ["One", "word word word ", "Three"]
    assert (await world.shown(conversation))[2].siblings.count == 2


async def test_messages_of_the_other_kind_and_of_other_conversations_are_not_found(world: World) -> None:
    conversation, other = await world.begun(), await world.begun()
    answer = await world.say(conversation, "One")
    elsewhere = await world.say(other, "Elsewhere")
    unknown = MessageId(world.line.ids.uuid())
    for reach in (
        world.edit(answer, "no question"),
        world.say(conversation, parent_id=elsewhere.id),
        world.say(conversation, parent_id=unknown),
    ):
        with pytest.raises(MessageNotFound):
            await reach
    with pytest.raises(MessageNotFound):
        await ShowBranch(world.unit_of_work, world.conversations, world.messages)(
            principal=world.owner, conversation_id=conversation.id, message_id=elsewhere.id
        )
    with pytest.raises(MessageNotFound):
        await world.stop(answer.parent_id or unknown, conversation)


async def test_nothing_follows_an_answer_that_is_being_written(world: World) -> None:
    conversation = await world.begun()
    verb = SendMessage(world.asking, world.answering)
    begun = await verb(
        principal=world.owner, conversation_id=conversation.id, text="One", call=world.call(FakeListener())
    )
    with pytest.raises(AnswerRunning):
        await verb(principal=world.owner, conversation_id=conversation.id, text="Two", call=world.call(FakeListener()))
    with pytest.raises(AnswerRunning):
        await world.again(begun)
    world.line.tasks.drop()
    world.line.clock.advance(LEASE)
    assert (await world.say(conversation, "Two")).text, "its process has died, and did not end it"


async def test_a_conversations_parameters_are_sent_and_a_messages_own_bound_wins(world: World) -> None:
    parameters = Parameters(0.2, 0.9, 50, ReasoningEffort.LOW)
    conversation = await world.begun(parameters=parameters)
    await world.say(conversation)
    body = world.sent()
    assert {name: body[name] for name in ("temperature", "top_p", "max_tokens", "reasoning_effort")} == {
        "temperature": 0.2,
        "top_p": 0.9,
        "max_tokens": 50,
        "reasoning_effort": "low",
    }
    await world.say(conversation, max_tokens=7)
    assert world.sent()["max_tokens"] == 7
    assert (await world.now(conversation)).parameters == parameters
