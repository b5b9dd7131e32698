"""The contract of stored objects, on memory, on the local disk and on a real S3-compatible server."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepspace_adapters.memory.objects import MemoryObjects
from deepspace_adapters.storage.objects import BLOCK_BYTES, PART_BYTES, LocalObjects, S3Settings, s3_objects
from deepspace_core.kernel.errors import ObjectNotFound, ObjectTooLarge
from deepspace_core.kernel.object_key import ObjectKey, object_key
from deepspace_core.kernel.ports.object_store import ObjectStore
from tests.s3_server import s3_server

KEY = object_key("orgs", "a1", "files", "b2")
OTHER = object_key("orgs", "a1", "files", "b3")
PLENTY = 1 << 40


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Settings]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=["memory", "local", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    match request.param:
        case "memory":
            return MemoryObjects()
        case "local":
            return LocalObjects(tmp_path / "files")
        case _:
            return s3_objects(request.getfixturevalue("s3"))


async def _stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def _read(objects: ObjectStore, key: ObjectKey, *, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in objects.read(key, start=start, end=end)])


async def test_what_was_put_is_read_with_its_size_and_digest(objects: ObjectStore) -> None:
    stored = await objects.put(KEY, _stream(b"one ", b"", b"two"), bytes_max=7)
    assert (stored.size_bytes, stored.sha256) == (7, hashlib.sha256(b"one two").digest())
    assert (await _read(objects, KEY), await objects.size(KEY)) == (b"one two", 7)


async def test_an_empty_object_is_an_object(objects: ObjectStore) -> None:
    stored = await objects.put(KEY, _stream(), bytes_max=0)
    assert (stored.size_bytes, stored.sha256) == (0, hashlib.sha256().digest())
    assert (await _read(objects, KEY), await objects.size(KEY)) == (b"", 0)


async def test_more_than_one_part_and_block_goes_through_whole(objects: ObjectStore) -> None:
    piece = bytes(range(256)) * 4_096
    pieces = [piece[shift:] + piece[:shift] for shift in range(2 * PART_BYTES // len(piece) + 1)]
    content = b"".join(pieces)
    stored = await objects.put(KEY, _stream(*pieces), bytes_max=PLENTY)
    assert stored.sha256 == hashlib.sha256(content).digest()
    assert await _read(objects, KEY) == content
    assert (
        await _read(objects, KEY, start=BLOCK_BYTES - 3, end=BLOCK_BYTES + 4)
        == content[BLOCK_BYTES - 3 : BLOCK_BYTES + 4]
    )


@pytest.mark.parametrize(("start", "end", "found"), [(2, 5, b"234"), (7, None, b"789"), (9, 100, b"9"), (0, 1, b"0")])
async def test_a_range_is_read_alone(objects: ObjectStore, start: int, end: int | None, found: bytes) -> None:
    await objects.put(KEY, _stream(b"0123456789"), bytes_max=PLENTY)
    assert await _read(objects, KEY, start=start, end=end) == found


async def test_past_the_limit_nothing_is_stored(objects: ObjectStore) -> None:
    with pytest.raises(ObjectTooLarge) as refused:
        await objects.put(OTHER, _stream(b"x" * 6, b"y" * 6), bytes_max=10)
    assert refused.value.fields == {"bytes_max": 10}
    with pytest.raises(ObjectNotFound):
        await objects.size(OTHER)


@pytest.mark.parametrize("size", [1, PART_BYTES + 1])
async def test_what_breaks_off_leaves_what_was_there(objects: ObjectStore, size: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"n" * size
        raise ConnectionResetError("the client has gone")

    await objects.put(KEY, _stream(b"old"), bytes_max=PLENTY)
    with pytest.raises(ConnectionResetError):
        await objects.put(KEY, broken(), bytes_max=PLENTY)
    assert await _read(objects, KEY) == b"old"


async def test_putting_again_replaces(objects: ObjectStore) -> None:
    await objects.put(KEY, _stream(b"a longer text"), bytes_max=PLENTY)
    await objects.put(KEY, _stream(b"short"), bytes_max=PLENTY)
    assert await _read(objects, KEY) == b"short"


async def test_what_is_deleted_is_not_found_and_may_be_deleted_again(objects: ObjectStore) -> None:
    await objects.put(KEY, _stream(b"x"), bytes_max=PLENTY)
    await objects.delete(KEY)
    await objects.delete(KEY)
    with pytest.raises(ObjectNotFound):
        await _read(objects, KEY)
    with pytest.raises(ObjectNotFound):
        await objects.size(KEY)


ODD = st.sampled_from(["..", ".", "", "a/b", "a\\b", "\0", "C:", "a.b", "a..b", "con"])


@given(segments=st.lists(st.text(max_size=120) | ODD, max_size=9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_key_leads_out_of_the_stores_root(tmp_path: Path, segments: list[str]) -> None:
    try:
        key = object_key(*segments)
    except ValueError:
        return
    root = tmp_path.resolve()
    assert (root / key).resolve().is_relative_to(root)
    assert (root / key).resolve() != root
    assert key.split("/") == segments
