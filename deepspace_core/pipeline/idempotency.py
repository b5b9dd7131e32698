"""Idempotency keys: a call that is sent twice is made, and paid for, once.

The rules:
1. A key belongs to one API key and one route. The first call under it claims it; a retry is a call with the same key
   and the same body, byte by byte.
2. What was charged is answered again: the very bytes, streams too, whatever their ending. A call that moved no money
   (refused, denied, failed before anything was delivered) frees its key.
3. A key is never charged twice while it is kept. An answer that can't be kept (too large, or pushed out by later ones)
   leaves its key behind: a retry is told so instead of being charged again.
4. A claim whose gateway died is free after its lease, which is as long as the money of its call stays held.

What is stored is of no use to whoever reads the store: of key and body only digests, and the answer sealed with a
secret made of the two, which nobody has who has not sent them.

    (nobody) ──claim──> running ──capture──> kept ──too many bytes──> dropped
        ^                  │ └───capture of a too large answer───────────^
        └──free, lease over┘      kept, dropped ──retention──> (nobody)
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, TraceId
from deepspace_core.kernel.record import Record

KEY_CHARS_MAX = 255
HEADER = "idempotency-key"


class ClaimState(StrEnum):
    """What has become of the call that claimed a key."""

    RUNNING = "running"
    KEPT = "kept"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Claim:
    """One call's claim to a key. `key_hash` is unique within the organization; `body_hash` tells a retry."""

    org_id: OrgId
    key_hash: bytes
    body_hash: bytes
    call_id: UUID
    trace_id: TraceId
    claimed_at: datetime
    lease_until: datetime
    expires_at: datetime
    """From when on nobody remembers the key."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was answered. `cost` in whole units, where the answer's head told it."""

    status: int
    content_type: str
    cost: str | None
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    """What stands under a key that somebody else has claimed. `answer` is there if it is KEPT."""

    state: ClaimState
    body_hash: bytes
    trace_id: TraceId
    lease_until: datetime
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class KeptAnswer(Record):
    """The answer of a claimed call, written in the commit of its capture. `answer` None: it was too large to keep."""

    claim: Claim
    answer: Answer | None


def read_key(values: Sequence[str]) -> str | None:
    """The one key of a request's `Idempotency-Key` headers, None where there is none. Raises InvalidInput."""
    if not values:
        return None
    if len(values) > 1:
        raise InvalidInput("send one Idempotency-Key, not several", param=HEADER)
    [key] = values
    if not 1 <= len(key) <= KEY_CHARS_MAX:
        raise InvalidInput(
            f"an Idempotency-Key has 1 to {KEY_CHARS_MAX} characters, not {len(key)}; a UUID is a good one",
            param=HEADER,
        )
    if not all("!" <= char <= "~" for char in key):
        raise InvalidInput(
            "an Idempotency-Key consists of visible ASCII characters, without spaces; a UUID is a good one",
            param=HEADER,
        )
    return key


def key_hash(*, credential_id: UUID, route: str, key: str) -> bytes:
    """What a key is stored under: a digest of it and of whom and what it is for."""
    return _digest(b"key", credential_id.bytes, route.encode(), key.encode())


def body_hash(*, key: str, body: bytes) -> bytes:
    """What tells a retry from another call under the same key. The key is in it, or bodies could be guessed by it."""
    return _digest(b"body", key.encode(), body)


def answer_secret(*, key: str, body: bytes) -> bytes:
    """What an answer is sealed with, 32 bytes; made anew from each retry and stored nowhere."""
    return _digest(b"answer", key.encode(), body)


def _digest(*parts: bytes) -> bytes:
    """SHA-256 of the parts with their lengths, so that no two lists of parts are the same text."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
