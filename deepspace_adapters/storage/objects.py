"""The object store over obstore (Rust's object_store): streams, multipart uploads, retries and atomic local writes.

Rules: memory stays bounded whatever an object's size (parts in, blocks out); what was taken is durable; every failure
of the store is told as `Unavailable`, never with its own text, which may hold addresses and keys.

Reading goes block by block, each a request of its own: one long request would end with the client's time limit while a
slow reader is still at it, and a store that restarts in the middle costs one retried block, not the download.
"""

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from deepspace_core.kernel.errors import ObjectNotFound, ObjectTooLarge, Unavailable
from deepspace_core.kernel.object_key import ObjectKey
from deepspace_core.kernel.ports.object_store import StoredObject

PART_BYTES = 8 * 1024 * 1024
"""S3 takes parts of 5 MiB to 5 GiB and 10,000 of them: objects of 80 GB, which is more than any limit of ours."""
PARTS_AT_ONCE_MAX = 2
BLOCK_BYTES = 4 * 1024 * 1024
CONNECT_TIMEOUT = timedelta(seconds=5)
REQUEST_TIMEOUT = timedelta(seconds=60)
RETRIES_MAX = 3
RETRY_WINDOW = timedelta(seconds=30)
RETRY_AFTER_SECONDS = 5
DIRECTORY_MODE, FILE_MODE = 0o700, 0o600

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Settings:
    """Where a bucket is and who we are there. `endpoint` None: Amazon's own for the region."""

    bucket: str
    access_key_id: str
    secret_access_key: str
    region: str = "us-east-1"
    endpoint: str | None = None

    def __repr__(self) -> str:
        return f"S3Settings(bucket={self.bucket!r}, endpoint={self.endpoint!r})"


class ObjectsIn:
    """The `ObjectStore` port over a store of obstore's."""

    def __init__(self, open_store: Callable[[], LocalStore | S3Store]) -> None:
        self._open_store = open_store

    @cached_property
    def _store(self) -> LocalStore | S3Store:
        return self._open_store()

    async def put(self, key: ObjectKey, chunks: AsyncIterable[bytes], *, bytes_max: int) -> StoredObject:
        measured = _Measured(chunks, bytes_max=bytes_max)
        try:
            await obstore.put_async(
                self._store,
                key,
                measured.pass_on(),
                use_multipart=True,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE_MAX,
            )
        except BaseError as fault:
            raise _away("put", key, fault) from fault
        except OSError as fault:
            # The local store raises what the disk says; what `chunks` raised is the caller's own and passes.
            if measured.failed:
                raise
            raise _away("put", key, fault) from fault
        return StoredObject(measured.size_bytes, measured.digest.digest())

    async def read(self, key: ObjectKey, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        size_bytes = await self.size(key)
        stop = size_bytes if end is None else min(end, size_bytes)
        while start < stop:
            following = min(start + BLOCK_BYTES, stop)
            try:
                block = await obstore.get_range_async(self._store, key, start=start, end=following)
            except FileNotFoundError as fault:
                raise ObjectNotFound("the stored object is gone") from fault
            except (BaseError, OSError) as fault:
                raise _away("read", key, fault) from fault
            yield bytes(memoryview(block))
            start = following

    async def size(self, key: ObjectKey) -> int:
        try:
            return (await obstore.head_async(self._store, key))["size"]
        except FileNotFoundError as fault:
            raise ObjectNotFound("there is no stored object under this key") from fault
        except (BaseError, OSError) as fault:
            raise _away("look at", key, fault) from fault

    async def delete(self, key: ObjectKey) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as fault:
            raise _away("delete", key, fault) from fault


class LocalObjects(ObjectsIn):
    """The `ObjectStore` port under a directory, which is made when it is missing.

    A write goes to a file beside its target and is renamed over it. Then the file and its directory are flushed to the
    disk, which obstore leaves to the system: a row that says "stored" must not outlive the bytes in a power cut.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(self._open_root)
        self._root = root

    def _open_root(self) -> LocalStore:
        """At the first use: a process that stores nothing makes no directory."""
        self._root.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        return LocalStore(self._root, automatic_cleanup=True)

    async def put(self, key: ObjectKey, chunks: AsyncIterable[bytes], *, bytes_max: int) -> StoredObject:
        try:
            stored = await super().put(key, chunks, bytes_max=bytes_max)
            await asyncio.to_thread(self._flush, self._root / key)
        except asyncio.CancelledError:
            self._drop_unfinished(self._root / key)
            raise
        except FileNotFoundError as fault:
            raise _away("flush", key, fault) from fault
        return stored

    def _flush(self, path: Path) -> None:
        path.chmod(FILE_MODE)
        for one in (path, *[folder for folder in path.parents if folder.is_relative_to(self._root)]):
            descriptor = os.open(one, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _drop_unfinished(self, path: Path) -> None:
        """What obstore was writing when it was cancelled: the target's name with a number behind it."""
        for unfinished in path.parent.glob(f"{path.name}#*"):
            with suppress(OSError):
                unfinished.unlink()


def s3_objects(settings: S3Settings, *, retries_max: int = RETRIES_MAX) -> ObjectsIn:
    """The `ObjectStore` port in a bucket. Path-style addresses, which every S3-compatible store understands."""
    return ObjectsIn(
        lambda: S3Store(
            settings.bucket,
            endpoint=settings.endpoint,
            region=settings.region,
            access_key_id=settings.access_key_id,
            secret_access_key=settings.secret_access_key,
            virtual_hosted_style_request=False,
            client_options={
                # Inside a deployment's own network a store may well speak plain HTTP, as PostgreSQL and Redis do.
                "allow_http": (settings.endpoint or "").startswith("http://"),
                "connect_timeout": CONNECT_TIMEOUT,
                "timeout": REQUEST_TIMEOUT,
            },
            retry_config={"max_retries": retries_max, "retry_timeout": RETRY_WINDOW},
        )
    )


class _Measured:
    """Counts and digests chunks as they pass, and stops them at the limit."""

    def __init__(self, chunks: AsyncIterable[bytes], *, bytes_max: int) -> None:
        self._chunks = chunks
        self._bytes_max = bytes_max
        self.size_bytes = 0
        self.digest = hashlib.sha256()
        self.failed = False

    async def pass_on(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._chunks:
                self._measure(chunk)
                yield chunk
        except BaseException:
            self.failed = True
            raise

    def _measure(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        if self.size_bytes > self._bytes_max:
            raise ObjectTooLarge(
                f"more than the {self._bytes_max} bytes that there is room for", bytes_max=self._bytes_max
            )
        self.digest.update(chunk)


def _away(verb: str, key: ObjectKey, fault: Exception) -> Unavailable:
    log.warning("the object store failed to %s %s: %s", verb, key, str(fault).partition("\n")[0])
    return Unavailable(
        "the file storage can't be reached just now; try again in a moment",
        dependency="storage",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
