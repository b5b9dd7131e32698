"""An object store that is opened at its first use: obstore is 4 MB, of no use to a process that stores nothing."""

from collections.abc import AsyncIterable, AsyncIterator, Callable
from functools import cached_property

from deepspace_core.kernel.object_key import ObjectKey
from deepspace_core.kernel.ports.object_store import ObjectStore, StoredObject


class LateObjects:
    """The `ObjectStore` port over one that `open_store` gives."""

    def __init__(self, open_store: Callable[[], ObjectStore]) -> None:
        self._open_store = open_store

    @cached_property
    def _objects(self) -> ObjectStore:
        return self._open_store()

    async def put(self, key: ObjectKey, chunks: AsyncIterable[bytes], *, bytes_max: int) -> StoredObject:
        return await self._objects.put(key, chunks, bytes_max=bytes_max)

    def read(self, key: ObjectKey, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        return self._objects.read(key, start=start, end=end)

    async def size(self, key: ObjectKey) -> int:
        return await self._objects.size(key)

    async def delete(self, key: ObjectKey) -> None:
        await self._objects.delete(key)
