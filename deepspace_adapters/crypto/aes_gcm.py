"""AES-GCM by the library that everybody audits, loaded at its first use: 4 MB that most processes have no need of."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def aes_gcm(key: bytes) -> "AESGCM":
    """The cipher of that key. Raises ValueError for a key of another length than AES has."""
    cipher, _ = _library()
    return cipher(key)


def invalid_tag() -> type[Exception]:
    """What `decrypt` raises when the bytes are not what was sealed."""
    _, fault = _library()
    return fault


@cache
def _library() -> "tuple[type[AESGCM], type[Exception]]":
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM, InvalidTag
