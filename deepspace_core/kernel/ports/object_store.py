"""The port of stored objects: bytes under a key, streamed in and out."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from deepspace_core.kernel.object_key import ObjectKey


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What was stored: its size and the digest of its bytes, taken as they passed."""

    size_bytes: int
    sha256: bytes


class ObjectStore(Protocol):
    """Keeps objects whole: a reader sees all of one or nothing of it. Memory is bounded whatever an object's size."""

    async def put(self, key: ObjectKey, chunks: AsyncIterable[bytes], *, bytes_max: int) -> StoredObject:
        """Stores what `chunks` give, in place of what was there; durable when it returns.

        Raises ObjectTooLarge past `bytes_max`, Unavailable, and whatever `chunks` raise; then nothing is stored.
        """
        ...

    def read(self, key: ObjectKey, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end` (exclusive; None: to the last one). `start` lies within the object.

        Raises ObjectNotFound or Unavailable, at the first step or, when the store goes away meanwhile, at a later one.
        """
        ...

    async def size(self, key: ObjectKey) -> int:
        """In bytes. Raises ObjectNotFound."""
        ...

    async def delete(self, key: ObjectKey) -> None:
        """One that is not there is no error."""
        ...
