"""Files that a message carries: what works, what is refused, and what the model gets of them."""

import base64
from dataclasses import replace

import pytest

from deepspace_core.catalogue import ModelKind
from deepspace_core.chat import AttachmentRefused, Source
from deepspace_core.chat.attachment import ATTACHMENTS_MAX, IMAGE_BYTES_MAX, TEXT_BYTES_MAX
from deepspace_core.chat.use_cases import enclosing
from deepspace_core.files import FileNotFound
from deepspace_core.identity import Permission
from deepspace_core.identity.errors import PermissionMissing
from tests.core.chat.world import World, event
from tests.core.pipeline.sides import Script
from tests.core.pipeline.world import MODEL

PNG = b"\x89PNG\r\n\x1a\n"
READING = frozenset({Permission.USE_CHAT, Permission.READ_FILES})


@pytest.fixture
async def world() -> World:
    made = await World.make()
    made.owner = replace(made.owner, permissions=READING)
    return made


def seeing(world: World) -> None:
    world.line.directory.models = {"small": replace(MODEL, kinds=frozenset({ModelKind.CHAT, ModelKind.VISION}))}


async def test_a_text_is_written_into_the_message_under_its_name(world: World) -> None:
    csv = await world.file("data.csv", "a,b\n```\n甲".encode(), "text/csv")
    answer = await world.say(await world.begun(), "Sum it", attachments=[csv])
    assert world.sent()["messages"] == [
        {"role": "user", "content": "Attached file data.csv:\n````\na,b\n```\n甲\n````\n\nSum it"}
    ]
    question = (await world.stored(await world.now_of(answer)))[0]
    (kept,) = question.attachments
    assert (kept.name, kept.content_type, kept.size_bytes) == ("data.csv", "text/csv", 11)
    assert question.text == "Sum it"


async def test_an_image_goes_to_a_model_that_sees_as_data(world: World) -> None:
    seeing(world)
    image = await world.file("cat.png", PNG, "image/png")
    await world.say(await world.begun(), "What is it?", attachments=[image])
    (message,) = world.sent()["messages"]
    assert message["content"] == [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}},
    ]


async def test_an_image_for_a_model_that_does_not_see_is_refused_and_an_old_one_named(world: World) -> None:
    conversation = await world.begun()
    seeing(world)
    image = await world.file("cat.png", PNG, "image/png")
    await world.say(conversation, "What is it?", attachments=[image])
    world.line.directory.models = {"small": MODEL}
    with pytest.raises(AttachmentRefused) as refused:
        await world.say(conversation, "And this?", attachments=[image])
    assert "vision" in refused.value.message
    await world.say(conversation, "Never mind")
    first = world.sent()["messages"][0]
    assert first["content"] == "[Attached file cat.png: not shown here]\n\nWhat is it?"


@pytest.mark.parametrize(
    ("name", "content_type", "size_bytes", "told"),
    [
        ("a.zip", "application/zip", 4, "PNG, JPEG"),
        ("a.pdf", "application/pdf", 4, "Markdown"),
        ("a.tiff", "image/tiff", 4, "WebP"),
        ("a.txt", "text/plain", TEXT_BYTES_MAX + 1, str(TEXT_BYTES_MAX)),
        ("a.png", "image/png", IMAGE_BYTES_MAX + 1, str(IMAGE_BYTES_MAX)),
    ],
)
async def test_what_no_model_can_read_is_refused_and_told_what_works(
    world: World, name: str, content_type: str, size_bytes: int, told: str
) -> None:
    conversation = await world.begun()
    file_id = await world.file(name, b"x" * size_bytes, content_type)
    with pytest.raises(AttachmentRefused) as refused:
        await world.say(conversation, attachments=[file_id])
    assert refused.value.param == "attachments"
    assert name in refused.value.message
    assert told in refused.value.message
    assert await world.stored(conversation) == []


async def test_files_of_other_projects_and_too_many_are_refused(world: World) -> None:
    conversation = await world.begun()
    elsewhere = await world.file("a.txt", b"x", "text/plain", project_id=await world.project("Other"))
    here = await world.file("b.txt", b"x", "text/plain")
    with pytest.raises(FileNotFound):
        await world.say(conversation, attachments=[elsewhere])
    with pytest.raises(AttachmentRefused):
        await world.say(conversation, attachments=[here] * (ATTACHMENTS_MAX + 1))
    chat_only = replace(world.owner, permissions=frozenset({Permission.USE_CHAT}))
    with pytest.raises(PermissionMissing):
        await world.say(conversation, attachments=[here], principal=chat_only)


async def test_a_file_that_is_gone_is_named_and_the_conversation_goes_on(world: World) -> None:
    conversation = await world.begun()
    file_id = await world.file("b.txt", b"x", "text/plain")
    await world.say(conversation, "Read", attachments=[file_id])
    world.objects.objects.clear()
    await world.say(conversation, "Again")
    assert world.sent()["messages"][0]["content"] == "[Attached file b.txt: no longer there]\n\nRead"


async def test_of_more_than_a_call_may_hold_the_oldest_is_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enclosing, "ENCLOSED_BYTES_MAX", 5)
    conversation = await world.begun()
    for text in ("old", "new"):
        await world.say(conversation, text, attachments=[await world.file(f"{text}.txt", b"abc", "text/plain")])
    old, _, new = world.sent()["messages"]
    assert old["content"].startswith("[Attached file old.txt: not shown here]")
    assert "abc" in new["content"]


async def test_an_edited_question_keeps_its_files_unless_others_are_given(world: World) -> None:
    conversation = await world.begun()
    answer = await world.say(conversation, "Read", attachments=[await world.file("b.txt", b"x", "text/plain")])
    question = (await world.stored(conversation))[0]
    assert question.id == answer.parent_id
    await world.edit(question, "Read it")
    assert "b.txt" in world.sent()["messages"][0]["content"]
    await world.edit(question, "Read nothing", attachments=[])
    assert world.sent()["messages"][0]["content"] == "Read nothing"


async def test_what_a_model_tells_of_its_sources_is_kept_once_each(world: World) -> None:
    cited = {"type": "url_citation", "url_citation": {"url": "https://a.example/x", "title": "A"}}
    odd = {"type": "url_citation", "url_citation": {"url": "javascript:alert(1)", "title": "B"}}
    world.upstream.odd = [
        event({"choices": [{"index": 0, "delta": {"annotations": [cited, cited, odd, 5]}}]}),
        event({"choices": [], "citations": ["https://b.example/", 7]}),
    ]
    answer = await world.say(await world.begun(), script=Script())
    assert answer.sources == (Source("https://a.example/x", "A"), Source("https://b.example/"))
