"""Signatures by which a receiver knows that a message is ours and fresh.

Source: Standard Webhooks 1.0.0 (standardwebhooks.com), "Signature scheme" and "Webhook headers": the MAC covers
`id.timestamp.body`, a secret is `whsec_` and base64 of 24 to 64 bytes, and several signatures stand side by side while
a secret is being replaced.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

HEAD = "whsec_"
VERSION = "v1"


def signing_secret(random_text: str) -> str:
    """A secret out of 256 random bits as the `IdSource` writes them."""
    key = base64.urlsafe_b64decode(random_text + "=" * (-len(random_text) % 4))
    return HEAD + base64.b64encode(key).decode()


def signed_headers(message_id: str, *, at: datetime, body: bytes, secrets: Sequence[str]) -> Mapping[str, str]:
    """The headers that Standard Webhooks asks for, with one signature for each secret."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, message_id, timestamp, body) for secret in secrets),
    }


def _signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(HEAD))
    mac = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"{VERSION},{base64.b64encode(mac).decode()}"
