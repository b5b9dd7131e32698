"""An answer whose body follows at once goes out like any other, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from deepspace_http.cycle import FOLLOWED
from deepspace_http.protocol import BoundedProtocol

HEAD = b"HTTP/1.1 200 OK\r\n"


@asynccontextmanager
async def _talking_to(app: Any) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(app, port=0, http=BoundedProtocol, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await serving


def _started(length: int) -> dict[str, Any]:
    headers = [(b"content-length", b"%d" % length)]
    return {"type": "http.response.start", "status": 200, "headers": headers, FOLLOWED: length}


async def _answers(scope: Any, receive: Any, send: Any) -> None:
    await send(_started(2))
    await send({"type": "http.response.body", "body": b"ok"})


async def _told_twice(method: bytes, *, until: bytes) -> list[bytes]:
    """What two questions on one connection are answered with."""
    told: list[bytes] = []
    async with _talking_to(_answers) as (reader, writer):
        for _ in range(2):
            writer.write(method + b" / HTTP/1.1\r\nhost: here\r\n\r\n")
            told.append(await reader.readuntil(until))
    return told


@pytest.mark.parametrize(("method", "until"), [(b"GET", b"\r\n\r\nok"), (b"HEAD", b"\r\n\r\n")])
async def test_what_is_asked_for_arrives_and_the_connection_is_kept(method: bytes, until: bytes) -> None:
    for told in await _told_twice(method, until=until):
        assert told.startswith(HEAD)
        assert b"content-length: 2\r\n" in told
        assert b"transfer-encoding" not in told


async def test_a_client_that_wants_to_close_is_told_so() -> None:
    async with _talking_to(_answers) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
        told = await reader.read()
        assert b"connection: close\r\n" in told
        assert told.endswith(b"\r\n\r\nok")


@pytest.mark.parametrize("body", [None, b"longer"], ids=["no body", "another body than was told"])
async def test_an_answer_that_breaks_off_is_cut(body: bytes | None) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(_started(2))
        if body is None:
            raise RuntimeError("it broke")
        await send({"type": "http.response.body", "body": body})

    async with _talking_to(app) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
        told = await reader.read()
        assert told.startswith(HEAD)
        assert told.endswith(b"\r\n\r\n")
