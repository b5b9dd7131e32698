"""What is metered: the token leaves, and which of them a call of some kind can produce.

The leaves themselves live in the kernel (usage records them too); pricing is where they are talked about.
"""

from collections.abc import Mapping

from deepspace_core.kernel.token_leaves import INPUT_LEAVES, NO_TOKENS, OUTPUT_LEAVES, Leaf, TokenLeaves
from deepspace_core.kernel.units import NO_UNITS, Unit, Units

ALL_LEAVES = frozenset(Leaf)
TEXT_LEAVES = frozenset(
    {
        Leaf.INPUT_UNCACHED,
        Leaf.INPUT_CACHED_READ,
        Leaf.INPUT_CACHE_WRITE,
        Leaf.OUTPUT_TEXT,
        Leaf.OUTPUT_REASONING,
    }
)
"""What a call with neither sound nor pictures can produce; a hold on these alone is not blown up by an audio rate."""

TOKENS_A_THOUSAND: Mapping[Unit, tuple[Leaf, int]] = {
    Unit.IMAGES: (Leaf.OUTPUT_IMAGE, 6_208_000),
    Unit.AUDIO_SECONDS: (Leaf.INPUT_AUDIO, 10_000),
    Unit.CHARACTERS: (Leaf.OUTPUT_AUDIO, 1_400),
}
"""The tokens that a provider counts for a thousand of a unit, where nobody says how many they were. OpenAI: an image of
gpt-image-1 in high quality, upright or wide, is 6,208 tokens (guide "Image generation"); a second of sound is 10; of
gpt-4o-mini-tts a minute is $0.015 at $12 a million, which is 1.4 tokens a character at 900 characters a minute."""


def tokens_for(units: Units) -> TokenLeaves:
    """The tokens of these units, each started one."""
    counts = {
        leaf.value: -(-units.of(unit) * thousand // 1_000) for unit, (leaf, thousand) in TOKENS_A_THOUSAND.items()
    }
    return TokenLeaves(**counts)


__all__ = [
    "ALL_LEAVES",
    "INPUT_LEAVES",
    "NO_TOKENS",
    "NO_UNITS",
    "OUTPUT_LEAVES",
    "TEXT_LEAVES",
    "Leaf",
    "TokenLeaves",
    "Unit",
    "Units",
    "tokens_for",
]
