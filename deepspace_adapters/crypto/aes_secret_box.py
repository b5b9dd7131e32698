"""Secrets at rest under AES-256-GCM.

Sealed form: one byte of version, four that name the key, twelve of nonce, then ciphertext and tag. The purpose is
authenticated with it and not stored. Several keys may be given: the first seals, all open, so that a key can be
replaced without a moment in which something can't be read. Random nonces of 96 bits are safe for 2^32 secrets a key
(NIST SP 800-38D, section 8.3), which no installation reaches.
"""

import base64
import contextlib
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from deepspace_adapters.crypto.aes_gcm import aes_gcm, invalid_tag
from deepspace_adapters.setting_values import bytes_of_base64
from deepspace_adapters.settings import Settings
from deepspace_core.kernel.errors import SecretUnreadable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
VERSION = b"\x01"
KEY_NAME_BYTES = 4
NONCE_BYTES = 12
HEAD_BYTES = len(VERSION) + KEY_NAME_BYTES + NONCE_BYTES
DIRECTORY_MODE, FILE_MODE = 0o700, 0o600


class AesSecretBox:
    """The `SecretBox` port. The keys are asked for at the first use, not before: most processes seal nothing."""

    def __init__(self, load_keys: Callable[[], Sequence[bytes]]) -> None:
        self._load_keys = load_keys

    def __repr__(self) -> str:
        return "AesSecretBox(…)"

    def seal(self, secret: str, *, purpose: str) -> bytes:
        """Raises SecretUnreadable when there is no key to seal with."""
        nonce = os.urandom(NONCE_BYTES)
        name, cipher = next(iter(self._ciphers.items()))
        return VERSION + name + nonce + cipher.encrypt(nonce, secret.encode(), purpose.encode())

    def open(self, sealed: bytes, *, purpose: str) -> str:
        name, nonce = sealed[1 : 1 + KEY_NAME_BYTES], sealed[1 + KEY_NAME_BYTES : HEAD_BYTES]
        cipher = self._ciphers.get(name)
        if sealed[:1] != VERSION or cipher is None:
            raise SecretUnreadable(
                "a stored secret was sealed with another key; set DEEPSPACE_SECRET_KEY to it, or enter the secret again"
            )
        try:
            return cipher.decrypt(nonce, sealed[HEAD_BYTES:], purpose.encode()).decode()
        except invalid_tag() as fault:
            raise SecretUnreadable("a stored secret is not what was sealed; enter it again") from fault

    @cached_property
    def _ciphers(self) -> "Mapping[bytes, AESGCM]":
        try:
            keys = self._load_keys()
        except OSError as fault:
            raise SecretUnreadable(
                f"the key that stored secrets are sealed with can't be read or made: {fault}; "
                "mend the permissions of DEEPSPACE_DATA_DIR, or set DEEPSPACE_SECRET_KEY"
            ) from fault
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise SecretUnreadable(f"a key that stored secrets are sealed with must be {KEY_BYTES} bytes in base64")
        return {_name_of(key): aes_gcm(key) for key in keys}


def secret_box(settings: Settings) -> AesSecretBox:
    """The box that stored credentials are sealed in."""
    return make_secret_box(settings.secret_key, kept_at=settings.data_dir / "secret.key")


def make_secret_box(keys: str | None, *, kept_at: Path) -> AesSecretBox:
    """A box under the given keys (base64, comma-separated), or under the one kept in the file `kept_at`."""

    def load() -> Sequence[bytes]:
        texts = [_kept_key(kept_at)] if keys is None else keys.split(",")
        return [bytes_of_base64(text) for text in texts]

    return AesSecretBox(load)


def _kept_key(path: Path) -> str:
    """The key in that file, made there when it is asked for first; processes that ask at once get the same one."""
    if not path.exists():
        path.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            # A link is made whole or not at all, and never over another's: whoever comes second takes the first's.
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text(encoding="ascii")


def _name_of(key: bytes) -> bytes:
    return hashlib.sha256(b"deepspace key name:" + key).digest()[:KEY_NAME_BYTES]
