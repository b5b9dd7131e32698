"""Stored objects in memory."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator

from deepspace_core.kernel.errors import ObjectNotFound, ObjectTooLarge
from deepspace_core.kernel.object_key import ObjectKey
from deepspace_core.kernel.ports.object_store import StoredObject

BLOCK_BYTES = 64 * 1024


class MemoryObjects:
    """The `ObjectStore` port over a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[ObjectKey, bytes] = {}

    async def put(self, key: ObjectKey, chunks: AsyncIterable[bytes], *, bytes_max: int) -> StoredObject:
        content = bytearray()
        async for chunk in chunks:
            content += chunk
            if len(content) > bytes_max:
                raise ObjectTooLarge(f"more than the {bytes_max} bytes that there is room for", bytes_max=bytes_max)
        self.objects[key] = bytes(content)
        return StoredObject(len(content), hashlib.sha256(content).digest())

    async def read(self, key: ObjectKey, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        content = self._find(key)[start:end]
        for at in range(0, len(content), BLOCK_BYTES):
            yield content[at : at + BLOCK_BYTES]

    async def size(self, key: ObjectKey) -> int:
        return len(self._find(key))

    async def delete(self, key: ObjectKey) -> None:
        self.objects.pop(key, None)

    def _find(self, key: ObjectKey) -> bytes:
        if key not in self.objects:
            raise ObjectNotFound("there is no stored object under this key")
        return self.objects[key]
