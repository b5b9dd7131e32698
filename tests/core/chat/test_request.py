"""How much of a conversation is sent along: what the model can read, the newest first to stay."""

from dataclasses import replace

import pytest

from deepspace_core.chat import Role
from deepspace_core.chat.request import HISTORY_CHARACTERS_MAX, Image, Said, fitting
from tests.core.pipeline.sides import WordCounter
from tests.core.pipeline.world import MODEL


def said(text: str) -> Said:
    return Said(Role.USER, text)


def kept(*texts: str, context: int | None, max_tokens: int | None = None, system_prompt: str = "") -> list[str]:
    model = None if context is None else replace(MODEL, context_tokens=context, output_tokens_max=100)
    found = fitting(
        [said(text) for text in texts],
        model=model,
        system_prompt=system_prompt,
        max_tokens=max_tokens,
        counter=WordCounter(),
    )
    return [one.text for one in found]


TEN = " ".join("word" for _ in range(10))


@pytest.mark.parametrize(
    ("context", "max_tokens", "system_prompt", "messages"),
    [
        (1_000, None, "", 4),
        (160, None, "", 3),
        (160, 1, "", 4),
        (160, None, TEN * 3, 1),
        (10, None, "", 1),
        (None, None, "", 4),
    ],
)
def test_old_messages_fall_away_when_the_context_is_full(
    context: int | None, max_tokens: int | None, system_prompt: str, messages: int
) -> None:
    texts = [f"{number} {TEN[5:]}" for number in range(4)]
    assert kept(*texts, context=context, max_tokens=max_tokens, system_prompt=system_prompt) == texts[-messages:]


def test_an_endless_history_is_cut_whatever_the_model() -> None:
    half = "x" * (HISTORY_CHARACTERS_MAX // 2)
    assert len(kept(half, half, half, context=None)) == 2
    assert kept("x" * (HISTORY_CHARACTERS_MAX + 1), context=None)


def test_empty_answers_are_left_out() -> None:
    assert kept("a", "", "b", context=None) == ["a", "b"]


def test_nothing_said_is_nothing_sent() -> None:
    assert kept(context=100) == []


def test_an_image_takes_its_place_in_the_context() -> None:
    seen = Said(Role.USER, "look", (Image("image/png", b"1"),))
    model = replace(MODEL, context_tokens=2_000, output_tokens_max=100)
    found = fitting([seen, said("then")], model=model, system_prompt="", max_tokens=None, counter=WordCounter())
    assert list(found) == [seen, said("then")]
    found = fitting([seen, seen], model=model, system_prompt="", max_tokens=None, counter=WordCounter())
    assert list(found) == [seen]


def test_a_message_without_images_is_plain_text_and_one_with_images_a_list_of_parts() -> None:
    assert said("hi").part() == {"role": "user", "content": "hi"}
    assert Said(Role.USER, "look", (Image("image/png", b"\x00"),)).part() == {
        "role": "user",
        "content": [
            {"type": "text", "text": "look"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        ],
    }
