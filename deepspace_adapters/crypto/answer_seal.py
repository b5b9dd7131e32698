"""Stored answers under AES-256-GCM, each with a secret of its own.

Sealed form: twelve bytes of nonce, then ciphertext and tag. The secret is made of the request (its idempotency key and
body) and seals one answer, a few if a key is claimed anew, so no key is ever near the bound on random nonces.
"""

import os

from deepspace_adapters.crypto.aes_gcm import aes_gcm, invalid_tag
from deepspace_core.kernel.errors import SecretUnreadable

NONCE_BYTES = 12


class AesAnswerSeal:
    """The `AnswerSeal` port."""

    def seal(self, body: bytes, *, secret: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + aes_gcm(secret).encrypt(nonce, body, None)

    def open(self, sealed: bytes, *, secret: bytes) -> bytes:
        try:
            return aes_gcm(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except (invalid_tag(), ValueError) as fault:
            raise SecretUnreadable("a stored answer is not what was sealed; use a new Idempotency-Key") from fault
