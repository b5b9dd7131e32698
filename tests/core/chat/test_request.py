"""How much of a conversation is sent along: what the model can read, the newest first to stay."""

from dataclasses import replace
from uuid import UUID

import pytest

from deepspace_core.chat import Message, Role
from deepspace_core.chat.request import HISTORY_CHARACTERS_MAX, fitting
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId
from tests.core.pipeline.sides import WordCounter
from tests.core.pipeline.world import MODEL
from tests.fakes import NOON, TRACE


def said(text: str) -> Message:
    return Message(
        id=MessageId(UUID(int=1)),
        org_id=OrgId(UUID(int=2)),
        conversation_id=ConversationId(UUID(int=3)),
        role=Role.USER,
        text=text,
        trace_id=TRACE,
        created_at=NOON,
    )


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
