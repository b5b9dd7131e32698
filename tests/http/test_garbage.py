"""What a call leaves is freed at once, by counting references, and goes back to the system."""

import asyncio
import ctypes
import gc
import subprocess
import sys
import weakref
from typing import Any

import pytest
import uvicorn

from deepspace_http.cycle import PROMPT, Cycle
from deepspace_http.protocol import BoundedProtocol

BLOCKS, BLOCK_BYTES = 2_000, 32 * 1024
"""62 MB in blocks that the C library takes from its heap, not from the system one by one."""
SCRIPT = f"""
import re
from pathlib import Path
from deepspace_http.garbage import give_back

def held_mb():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

blocks = [bytes([1]) * {BLOCK_BYTES} for _ in range({BLOCKS})]
last = bytes([1]) * {BLOCK_BYTES}  # above the others, so that the heap can't shrink from its end
blocks.clear()
freed = held_mb()
give_back()
print(freed - held_mb())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="a C library that gives back by itself")
def test_what_is_freed_below_something_kept_goes_back_to_the_system() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True).stdout
    assert float(told) > BLOCKS * BLOCK_BYTES / 2**20 / 2


async def test_a_request_that_was_answered_needs_no_cycle_collector() -> None:
    cycles: list[weakref.ref[Cycle]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        cycles.append(weakref.ref(scope["extensions"][PROMPT]))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    config = uvicorn.Config(app, port=0, http=BoundedProtocol, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
        await asyncio.sleep(0.01)
    gc.disable()
    try:
        reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
        for _ in range(3):
            writer.write(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200")
        assert [cycle() is None for cycle in cycles] == [True, True, False], "the last is still the connection's"
        writer.close()
    finally:
        gc.enable()
        server.should_exit = True
        await serving
