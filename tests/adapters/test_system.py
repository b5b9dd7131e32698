"""The machine's own ports: what runs beside or beyond a caller is awaited at the end."""

import asyncio

import pytest

from deepspace_adapters.system import AsyncioTasks

PATIENCE_SECONDS = 5.0


async def test_what_a_cancelled_caller_shielded_is_awaited_and_so_is_what_that_detached() -> None:
    tasks, done, may_go_on = AsyncioTasks(), list[str](), asyncio.Event()

    async def retry() -> None:
        await asyncio.sleep(0)
        done.append("retried")

    async def settle() -> None:
        await may_go_on.wait()
        tasks.detach(retry())
        done.append("settled")

    caller = asyncio.ensure_future(tasks.shield(settle()))
    await asyncio.sleep(0)
    caller.cancel()
    asyncio.get_running_loop().call_later(0.01, may_go_on.set)
    await tasks.drain(PATIENCE_SECONDS)
    assert done == ["settled", "retried"]
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_what_never_ends_is_cancelled_in_the_end() -> None:
    tasks, ended = AsyncioTasks(), list[str]()

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    tasks.detach(for_ever())
    await tasks.drain(0.01)
    await tasks.drain(PATIENCE_SECONDS)
    assert ended == ["cancelled"]
