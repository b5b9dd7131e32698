"""`deepspace export`: asked for, looked at, and written to this machine once it is there."""

import asyncio
from pathlib import Path
from typing import Any, cast

from deepspace_core.exports import ExportId, Exports
from deepspace_core.kernel.ids import read_id
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from tests.adapters.cli.memory_stack import MemoryStack


def _write(stack: MemoryStack, export_id: str) -> None:
    """What the worker's job does, without the worker."""
    adapters = cast(dict[Any, Any], stack.adapters)
    objects, exports = cast(ObjectStore, adapters[ObjectStore]), cast(Exports, adapters[Exports])

    async def write() -> None:
        async with cast(UnitOfWork, adapters[UnitOfWork])() as tx:
            export = await exports.lock(tx, ExportId(read_id("export", export_id, param="id")))
            assert export is not None
            stored = await objects.put(export.key, _chunks(), bytes_max=99)
            await exports.save(tx, export.written(size_bytes=stored.size_bytes, row_count=1))
            await tx.commit()

    asyncio.run(write())


async def _chunks() -> Any:
    yield b"a,b\r\n"
    yield b"1,2\r\n"


def test_an_export_is_asked_for_and_downloaded_when_it_is_ready(stack: MemoryStack, tmp_path: Path) -> None:
    made = stack.told("export", "create", "usage", "--since", "2029-12-01", "--time-zone", "Asia/Shanghai")
    assert (made["ready"], made["format"]) == (False, "csv")
    early = stack.run("export", "download", made["id"])
    assert early.exit_code == 1
    assert "still being written" in early.output
    _write(stack, made["id"])
    assert stack.told("export", "show", made["id"])["rows"] == 1
    assert [row["id"] for row in stack.told("export", "list")["data"]] == [made["id"]]
    target = tmp_path / "usage.csv"
    assert stack.run("export", "download", made["id"], "--to", str(target)).exit_code == 0
    assert target.read_bytes() == b"a,b\r\n1,2\r\n"
    again = stack.run("export", "download", made["id"], "--to", str(target))
    assert (again.exit_code, "there already" in again.output) == (1, True)


def test_a_zone_that_is_none_is_refused(stack: MemoryStack) -> None:
    refused = stack.run("export", "create", "audit", "--time-zone", "Mars/Olympus")
    assert (refused.exit_code, "time_zone" in refused.output) == (1, True)
