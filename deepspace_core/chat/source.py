"""A source: what an answer says it rests on, where its model tells.

Two ways of telling are known: OpenAI's `annotations` of kind `url_citation`, and Perplexity's list of `citations`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deepspace_core.chat.text import mended

SOURCES_MAX = 50
"""Of one answer."""
URL_CHARACTERS_MAX = 2_048
TITLE_CHARACTERS_MAX = 300
WEB = ("https://", "http://")
"""What a browser may be sent to; anything else a model writes there is no source."""


@dataclass(frozen=True, slots=True)
class Source:
    """One page; `title` is empty where the model told none."""

    url: str
    title: str = ""


def sources_in(chunk: Mapping[str, object], delta: Mapping[str, object]) -> Iterator[Source]:
    """The sources that a chunk of an answer tells."""
    for one in _listed(delta.get("annotations")):
        cited = one.get("url_citation") if isinstance(one, dict) else None
        if isinstance(cited, dict):
            yield from _source(cited.get("url"), cited.get("title"))
    for url in _listed(chunk.get("citations")):
        yield from _source(url, "")


def _listed(value: object) -> list[object]:
    return value[:SOURCES_MAX] if isinstance(value, list) else []


def _source(url: object, title: object) -> Iterator[Source]:
    if isinstance(url, str) and url.startswith(WEB) and len(url) <= URL_CHARACTERS_MAX:
        yield Source(mended(url), mended(title[:TITLE_CHARACTERS_MAX]) if isinstance(title, str) else "")
