"""Tokens by leaf: the second unit of account beside money.

The leaves are disjoint: a token stands in exactly one of them, so sums need no care. OpenAI counts cached tokens
inside `prompt_tokens` and reasoning inside `completion_tokens`, Anthropic does not; a codec normalises before it
makes a `TokenLeaves`, and checks the totals against the provider's. In the kernel because pricing prices leaves and
usage records them, and neither knows the other.
"""

from dataclasses import dataclass, fields
from enum import StrEnum


class Leaf(StrEnum):
    """The closed set of leaves; the values are the field names of `TokenLeaves` and the column names of storage."""

    INPUT_UNCACHED = "input_uncached"
    INPUT_CACHED_READ = "input_cached_read"
    INPUT_CACHE_WRITE = "input_cache_write"
    INPUT_AUDIO = "input_audio"
    INPUT_IMAGE = "input_image"
    OUTPUT_TEXT = "output_text"
    OUTPUT_REASONING = "output_reasoning"
    OUTPUT_AUDIO = "output_audio"
    OUTPUT_IMAGE = "output_image"


INPUT_LEAVES = frozenset(leaf for leaf in Leaf if leaf.value.startswith("input_"))
OUTPUT_LEAVES = frozenset(Leaf) - INPUT_LEAVES


@dataclass(frozen=True, slots=True)
class TokenLeaves:
    """How many tokens of each leaf; integers ≥ 0. Raises ValueError for a negative one."""

    input_uncached: int = 0
    input_cached_read: int = 0
    input_cache_write: int = 0
    input_audio: int = 0
    input_image: int = 0
    output_text: int = 0
    output_reasoning: int = 0
    output_audio: int = 0
    output_image: int = 0

    def __post_init__(self) -> None:
        # Spelled out, as the sums below are: one is made for every call, and `astuple` copies deeply.
        if (
            min(
                self.input_uncached,
                self.input_cached_read,
                self.input_cache_write,
                self.input_audio,
                self.input_image,
                self.output_text,
                self.output_reasoning,
                self.output_audio,
                self.output_image,
            )
            < 0
        ):
            raise ValueError(f"a token leaf is negative: {self}")

    @property
    def input_total(self) -> int:
        """What an OpenAI-style `prompt_tokens` says."""
        return (
            self.input_uncached + self.input_cached_read + self.input_cache_write + self.input_audio + self.input_image
        )

    @property
    def output_total(self) -> int:
        """What an OpenAI-style `completion_tokens` says."""
        return self.output_text + self.output_reasoning + self.output_audio + self.output_image

    @property
    def total(self) -> int:
        return self.input_total + self.output_total

    def of(self, leaf: Leaf) -> int:
        """The count of one leaf."""
        count: int = getattr(self, leaf.value)
        return count

    def __add__(self, other: "TokenLeaves") -> "TokenLeaves":
        return TokenLeaves(**{name: getattr(self, name) + getattr(other, name) for name in LEAF_NAMES})


NO_TOKENS = TokenLeaves()
LEAF_NAMES = tuple(field.name for field in fields(TokenLeaves))
