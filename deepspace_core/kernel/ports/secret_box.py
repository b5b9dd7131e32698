"""The port of secrets that must be read again: a credential that we show to somebody else can't be kept as a hash."""

from typing import Protocol


class SecretBox(Protocol):
    """Seals text so that whoever reads the store can't read it.

    `purpose` names what the secret belongs to ("channel:0198…"). It isn't stored with it, and a secret opens under the
    purpose it was sealed under and no other, so that no row's secret can be moved into another row.
    """

    def seal(self, secret: str, *, purpose: str) -> bytes:
        """Raises SecretUnreadable when the installation has no key to seal with."""
        ...

    def open(self, sealed: bytes, *, purpose: str) -> str:
        """Raises SecretUnreadable when the key is another one, or the bytes or the purpose are not what was sealed."""
        ...
