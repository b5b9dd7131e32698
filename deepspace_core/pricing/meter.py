"""What is metered: the token leaves, and which of them a call of some kind can produce.

The leaves themselves live in the kernel (usage records them too); pricing is where they are talked about.
"""

from deepspace_core.kernel.token_leaves import INPUT_LEAVES, NO_TOKENS, OUTPUT_LEAVES, Leaf, TokenLeaves

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

__all__ = ["ALL_LEAVES", "INPUT_LEAVES", "NO_TOKENS", "OUTPUT_LEAVES", "TEXT_LEAVES", "Leaf", "TokenLeaves"]
