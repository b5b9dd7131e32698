"""Stored answers under AES-256-GCM, each with a secret of its own.

Sealed form: twelve bytes of nonce, then ciphertext and tag. The secret is made of the request (its idempotency key and
body) and seals one answer, a few if a key is claimed anew, so no key is ever near the bound on random nonces.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from deepspace_core.kernel.errors import SecretUnreadable

NONCE_BYTES = 12


class AesAnswerSeal:
    """The `AnswerSeal` port."""

    def seal(self, body: bytes, *, secret: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(secret).encrypt(nonce, body, None)

    def open(self, sealed: bytes, *, secret: bytes) -> bytes:
        try:
            return AESGCM(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as fault:
            raise SecretUnreadable("a stored answer is not what was sealed; use a new Idempotency-Key") from fault
