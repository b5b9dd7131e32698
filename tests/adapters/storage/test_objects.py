"""What is particular to objects on a disk, and to a store that is away."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deepspace_adapters.storage.objects import LocalObjects, S3Settings, s3_objects
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.object_key import object_key

KEY = object_key("orgs", "a1", "files", "b2")


async def _stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def _files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_an_object_on_disk_is_its_owners_alone(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path / "files")
    await objects.put(KEY, _stream(b"x"), bytes_max=1)
    assert (tmp_path / "files" / KEY).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700


async def test_nobody_sees_half_of_an_object(tmp_path: Path) -> None:
    objects, seen = LocalObjects(tmp_path), []

    async def watched() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 9_000_000
            seen.append((tmp_path / KEY).exists())

    await objects.put(KEY, watched(), bytes_max=1 << 30)
    assert seen == [False, False, False]
    assert _files(tmp_path) == [str(KEY)]


async def test_a_cancelled_upload_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    objects, begun = LocalObjects(tmp_path), asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * 9_000_000
        begun.set()
        await asyncio.Event().wait()

    upload = asyncio.create_task(objects.put(KEY, endless(), bytes_max=1 << 30))
    await begun.wait()
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert _files(tmp_path) == []


async def test_a_store_that_is_away_is_told_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        away = s3_objects(
            S3Settings(bucket="b", access_key_id="i", secret_access_key="hidden", endpoint=endpoint), retries_max=0
        )
        with pytest.raises(Unavailable) as told:
            await away.put(KEY, _stream(b"x"), bytes_max=1)
        assert (told.value.fields["dependency"], "127.0.0.1" in told.value.message) == ("storage", False)
        for ask in (away.size, away.delete):
            with pytest.raises(Unavailable):
                await ask(KEY)
    assert "hidden" not in caplog.text
