"""Secrets: never in a repr, a log line or a table.

A stored secret is the SHA-256 of 256 random bits. A fast hash is right there and wrong for passwords: nothing can be
guessed in 2^256, so a slow one would only cost every request (OWASP Cryptographic Storage, "Tokens").
"""

import hashlib
import hmac
from dataclasses import dataclass, field

API_KEY_HEAD = "sk-ds-"
ACCESS_HEAD = "ds-at-"
REFRESH_HEAD = "ds-rt-"
INVITATION_HEAD = "ds-in-"
"""Each kind of secret is recognisable, so that scanners of leaked secrets, and people, can tell what they found."""

SECRET_CHARS = 43
"""256 bits as URL-safe base64 without padding."""
PREFIX_CHARS = 12
"""How much of an API key is kept readable, to tell keys apart in a list: 36 bits of 256 after the head."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that must not leak: `repr` and `str` are redacted, `reveal()` is the only way in."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """The text itself. Call it at the place of use only."""
        return self._text

    def sha256(self) -> bytes:
        """The digest by which the secret is stored and looked up."""
        return hashlib.sha256(self._text.encode("utf-8", "surrogatepass")).digest()

    def is_shaped(self, head: str, *, parts: int = 1) -> bool:
        """Whether this can be one of ours at all, so that nonsense never reaches the database."""
        return len(self._text) == len(head) + parts * SECRET_CHARS and self._text.startswith(head)

    def __str__(self) -> str:
        return "[secret]"


def same_digest(one: bytes, other: bytes) -> bool:
    """Compares digests in constant time."""
    return hmac.compare_digest(one, other)
