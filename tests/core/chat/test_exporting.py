"""One conversation as a file, to be read and to be kept."""

import json
from dataclasses import replace

import pytest

from deepspace_core.chat import Conversation, ConversationNotFound
from deepspace_core.chat.use_cases import ConversationFormat, ExportConversation, exporting
from deepspace_core.identity import Principal
from deepspace_core.kernel.ids import UserId
from tests.core.chat.world import World
from tests.core.pipeline.sides import Script


@pytest.fixture
async def world() -> World:
    return await World.make()


async def exported(
    world: World, conversation: Conversation, form: ConversationFormat, principal: Principal | None = None
) -> tuple[str, str]:
    verb = ExportConversation(world.unit_of_work, world.conversations, world.messages, world.line.clock)
    file = await verb(principal=principal or world.owner, conversation_id=conversation.id, form=form)
    return file.name, "".join([piece async for piece in file.pieces])


async def test_markdown_holds_the_branch_that_is_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "SLAB", 2)
    conversation = await world.begun("甲/乙: notes", system_prompt="Be brief.")
    await world.say(conversation, "Hidden?")
    question = (await world.shown(conversation))[0].message
    await world.edit(question, "Shown?")
    await world.say(conversation, "More?", script=Script(break_after=1))
    name, text = await exported(world, conversation, ConversationFormat.MARKDOWN)
    assert name == "甲 乙 notes.md"
    assert text.startswith("# 甲/乙: notes\n\n## System\n\nBe brief.\n\n## User\n")
    assert "Hidden?" not in text
    assert text.index("Shown?") < text.index("word word word") < text.index("More?") < text.index("**upstream_cut**")
    assert question.trace_id in text
    assert "0.0000048 USD" in text


async def test_json_holds_every_branch(world: World) -> None:
    conversation = await world.begun("Notes")
    first = await world.say(conversation, "One")
    await world.again(first)
    name, text = await exported(world, conversation, ConversationFormat.JSON)
    assert name == "Notes.json"
    told = json.loads(text)
    assert (told["title"], told["shown_until"]) == ("Notes", told["messages"][2]["id"])
    assert [(one["role"], one["parent_id"]) for one in told["messages"]] == [
        ("user", None),
        ("assistant", told["messages"][0]["id"]),
        ("assistant", told["messages"][0]["id"]),
    ]
    assert told["messages"][1]["tokens"] == {"input_uncached": 20, "output_text": 3}


async def test_an_empty_conversation_is_a_file_too(world: World) -> None:
    conversation = await world.begun()
    name, text = await exported(world, conversation, ConversationFormat.MARKDOWN)
    assert (name, text) == (f"conv_{conversation.id.hex}.md", "# Conversation\n")
    assert json.loads((await exported(world, conversation, ConversationFormat.JSON))[1])["messages"] == []


async def test_nobody_exports_what_is_not_theirs(world: World) -> None:
    conversation = await world.begun()
    stranger = replace(world.owner, user_id=UserId(world.line.ids.uuid()))
    with pytest.raises(ConversationNotFound):
        await exported(world, conversation, ConversationFormat.JSON, stranger)
