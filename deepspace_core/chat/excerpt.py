"""Where a searched text stands in what was said: the words around it, to know a conversation by."""

from dataclasses import dataclass

BEFORE_CHARACTERS = 40
AFTER_CHARACTERS = 80
"""How much is shown around a hit. A store cuts that much out of a message before it hands it over."""
CUT = "…"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A hit as it stands in the message, in its own case, between what comes before and after it."""

    before: str
    hit: str
    after: str


def excerpt_of(said: str, text: str) -> Excerpt | None:
    """The first place of `text` in `said`, letters' case aside; None where it isn't there.

    What is cut off at a side is cut at a word where there is one, and marked.
    """
    at = said.lower().find(text.lower())
    if at < 0:
        return None
    end = at + len(text)
    before, after = said[max(0, at - BEFORE_CHARACTERS) : at], said[end : end + AFTER_CHARACTERS]
    if at > BEFORE_CHARACTERS:
        _, space, words = before.partition(" ")
        before = CUT + (words if space else before)
    if len(said) > end + AFTER_CHARACTERS:
        words, space, _ = after.rpartition(" ")
        after = (words if space else after) + CUT
    return Excerpt(before=before, hit=said[at:end], after=after)
