"""An answer outlives the request that asked for it: it is followed, left, found again, stopped, and ends."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from deepspace_core.chat import (
    AnswerFacts,
    ConversationNotFound,
    KeptEvent,
    Message,
    MessageNotFound,
)
from deepspace_core.chat.live_answer import ANSWER_SECONDS_MAX
from deepspace_core.chat.message import LEASE
from deepspace_core.chat.use_cases import Followed, SendMessage, Snapshot, Stored
from deepspace_core.chat.use_cases.overseeing import RENEWAL
from deepspace_core.identity.errors import PermissionMissing
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import MessageId, OrgId
from deepspace_core.usage import Ending
from tests.core.chat.world import FakeListener, World
from tests.core.pipeline.sides import Script
from tests.fakes import NOON


@pytest.fixture
async def world() -> World:
    return await World.make()


async def heard(world: World, message: Message, *, after: int = 0, most: int = 50) -> list[Followed]:
    """What a follower is told, without the moments of nothing."""
    followed = await world.follow(
        principal=world.owner, conversation_id=message.conversation_id, message_id=message.id, after=after
    )
    told: list[Followed] = []
    async for one in followed:
        told += [] if one is None else [one]
        if len(told) == most:
            break
    return told


def numbers(told: Sequence[Followed]) -> list[int]:
    return [one.number for one in told if isinstance(one, KeptEvent)]


async def asked(world: World) -> Message:
    """A running answer whose writer has not begun yet."""
    conversation = await world.begun()
    verb = SendMessage(world.asking, world.answering)
    return await verb(
        principal=world.owner,
        conversation_id=conversation.id,
        text="Hello",
        call=world.call(FakeListener(streams=world.streams)),
    )


async def test_a_follower_hears_everything_from_where_it_left_off(world: World) -> None:
    answer = await world.say(await world.begun())
    assert numbers(await heard(world, answer)) == [1, 2, 3, 4, 5, 6]
    assert numbers(await heard(world, answer, after=4)) == [5, 6]


async def test_an_answer_whose_events_nobody_keeps_is_told_as_it_is_stored(world: World) -> None:
    answer = await world.say(await world.begun(), listener=FakeListener())
    assert await heard(world, answer, after=3) == [Stored(answer)]


async def test_a_follower_that_missed_what_nobody_keeps_gets_a_snapshot_and_goes_on(world: World) -> None:
    conversation = await world.begun()
    told: list[Followed] = []

    async def lose(number: int) -> None:
        (live,) = world.live.all()
        if number == 1:
            world.streams.forget()
            world.line.clock.advance(RENEWAL)
            await world.overseeing.look()
        if number == 2:
            told.extend(await heard(world, live.begun, after=1, most=2))

    world.upstream.between = lose
    answer = await world.say(conversation)
    snapshot, following = told
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.message.text, snapshot.message.events_told) == ("word ", 2)
    assert numbers([following]) == [3]
    assert answer.text == "word word word "


async def test_what_there_is_is_stored_while_it_comes(world: World) -> None:
    conversation = await world.begun()
    stored: list[Message] = []

    async def look(number: int) -> None:
        world.line.clock.advance(RENEWAL)
        await world.overseeing.look()
        stored.append((await world.stored(conversation))[-1])

    world.upstream.between = look
    await world.say(conversation)
    assert [one.text for one in stored] == ["", "word ", "word word "]
    assert [one.leased_until for one in stored] == [world.line.clock.now() + LEASE - n * RENEWAL for n in (2, 1, 0)]
    assert [one.events_told for one in stored] == [1, 2, 3]


async def test_an_answer_whose_process_died_reads_as_interrupted_with_what_had_come(world: World) -> None:
    running = await asked(world)
    async with world.unit_of_work() as tx:
        await world.messages.renew(tx, replace(running, text="half an ans"))
        await tx.commit()
    world.line.tasks.drop()
    world.line.clock.advance(LEASE)
    (told,) = await heard(world, running, after=1)
    assert isinstance(told, Stored)
    assert (told.message.text, told.message.is_running) == ("half an ans", False)
    assert told.message.answer is not None
    assert told.message.answer.error_code == "answer_interrupted"


async def test_a_late_renewal_does_not_make_a_whole_answer_run_again(world: World) -> None:
    answer = await world.say(await world.begun())
    async with world.unit_of_work() as tx:
        assert not await world.messages.renew(tx, replace(answer, text="wo", leased_until=world.line.clock.now()))
        await tx.commit()
    assert (await world.stored(await world.now_of(answer)))[-1] == answer


async def test_a_stop_that_was_asked_for_elsewhere_takes_effect_at_the_next_look(world: World) -> None:
    conversation = await world.begun()

    async def stop(number: int) -> None:
        if number == 1:
            async with world.unit_of_work() as tx:
                (live,) = world.live.all()
                assert await world.messages.ask_stop(tx, live.begun.org_id, conversation.id, live.id)
                await tx.commit()
            await world.overseeing.look()

    world.upstream.between = stop
    answer = await world.say(conversation)
    assert answer.text == "word "
    assert answer.answer is not None
    assert answer.answer.ending is Ending.CLIENT_ABORTED


async def test_a_stopped_answer_keeps_its_lease_until_it_is_paid_for(world: World) -> None:
    conversation = await world.begun()
    leases: list[object] = []

    async def stop(number: int) -> None:
        if number != 1:
            return
        (live,) = world.live.all()
        await world.stop(live.id, conversation)
        for _ in range(2):
            world.line.clock.advance(RENEWAL)
            await world.overseeing.look()
            leases.append((await world.stored(conversation))[-1].leased_until)

    world.upstream.between = stop
    answer = await world.say(conversation)
    assert leases == [NOON + looks * RENEWAL + LEASE for looks in (1, 2)]
    assert not answer.is_running


async def test_a_stop_is_asked_for_without_a_database_at_the_next_look(world: World) -> None:
    conversation = await world.begun()

    async def look(number: int) -> None:
        world.unit_of_work.away = 2
        world.line.clock.advance(RENEWAL)
        await world.overseeing.look()

    world.upstream.between = look
    assert (await world.say(conversation)).text == "word word word "


async def test_stopping_what_is_over_changes_nothing(world: World) -> None:
    conversation = await world.begun()
    answer = await world.say(conversation)
    assert await world.stop(answer.id, conversation) == answer
    assert (await world.stored(conversation))[-1] == answer


async def test_an_answer_that_never_ends_is_stopped(world: World) -> None:
    async def wait(number: int) -> None:
        if number == 2:
            world.line.clock.advance(seconds=ANSWER_SECONDS_MAX)
            await world.overseeing.look()

    world.upstream.between = wait
    answer = await world.say(await world.begun())
    assert answer.text == "word word "
    assert answer.answer is not None
    assert answer.answer.ending is Ending.CLIENT_ABORTED


async def test_an_answer_that_no_task_is_left_for_is_refused_and_says_so(world: World) -> None:
    conversation = await world.begun()

    def full(work: object) -> None:
        getattr(work, "close")()  # noqa: B009 - a coroutine that will never run
        raise Unavailable("too much to do")

    world.line.tasks.detach = full  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await world.say(conversation)
    facts = (await world.stored(conversation))[-1].answer
    assert facts == AnswerFacts("small", error_code="unavailable", error_message="too much to do")


async def test_nobody_else_follows_or_stops_an_answer(world: World) -> None:
    conversation = await world.begun()
    answer = await world.say(conversation)
    stranger = replace(world.owner, org_id=OrgId(world.line.ids.uuid()))
    nobody = replace(world.owner, permissions=frozenset())
    for principal, fault in ((stranger, ConversationNotFound), (nobody, PermissionMissing)):
        with pytest.raises(fault):
            await world.follow(principal=principal, conversation_id=conversation.id, message_id=answer.id)
    for message_id in (answer.parent_id, MessageId(world.line.ids.uuid())):
        assert message_id
        with pytest.raises(MessageNotFound):
            await world.follow(principal=world.owner, conversation_id=conversation.id, message_id=message_id)


async def test_a_refusal_is_an_event_too(world: World) -> None:
    conversation = await world.begun()
    listener = FakeListener(streams=world.streams)
    with pytest.raises(Unavailable):
        await world.say(conversation, script=Script(refuse=True), listener=listener)
    assert listener.completed is not None
    assert numbers(await heard(world, listener.completed)) == [1, 2]
