"""A request arrives as it was sent, and an answer whose body follows at once goes out like any other."""

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


async def _echoes(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what has arrived."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    told = [scope["method"], scope["http_version"], scope["path"], scope["raw_path"].decode()]
    told += [scope["query_string"].decode(), body.decode(), *(name.decode() for name, _ in scope["headers"])]
    content = "|".join(told).encode()
    await send(_started(len(content)))
    await send({"type": "http.response.body", "body": content})


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (b"GET /a%20b?q=%20 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET|1.1|/a b|/a%20b|q=%20||host"),
        (b"GET http://x/a?b HTTP/1.1\r\nHost: x\r\n\r\n", b"GET|1.1|/a|/a|b||host"),
        (b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi", b"POST|1.1|/|/||hi|content-length"),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
            b"POST|1.1|/|/||hello|transfer-encoding",
        ),
        (b"GET / HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", b"GET|1.1|/|/|||connection|upgrade"),
    ],
    ids=["escaped", "whole address", "body", "chunks", "a wish that isn't fulfilled"],
)
async def test_a_request_arrives_as_it_was_sent(asked: bytes, told: bytes) -> None:
    async with _talking_to(_echoes) as (reader, writer):
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(HEAD)
        assert await reader.readexactly(len(told)) == told


async def test_requests_that_come_at_once_are_answered_in_turn() -> None:
    async with _talking_to(_echoes) as (reader, writer):
        writer.write(b"".join(b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n" % number for number in range(5)))
        for number in range(5):
            told = await reader.readuntil(b"||host")
            assert told.startswith(HEAD)
            assert b"GET|1.1|/%d|" % number in told


@pytest.mark.parametrize("wish", [b"", b"connection: keep-alive\r\n"], ids=["no wish", "kept alive"])
async def test_an_older_client_is_answered_and_its_connection_closed(wish: bytes) -> None:
    async with _talking_to(_echoes) as (reader, writer):
        writer.write(b"GET / HTTP/1.0\r\n" + wish + b"\r\n")
        told = await reader.read()
        assert b"connection: close\r\n" in told
        assert b"GET|1.0|/|" in told


async def test_a_client_that_waits_for_leave_to_send_its_body_gets_it() -> None:
    async with _talking_to(_echoes) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hi")
        assert (await reader.readuntil(b"|hi|expect|content-length")).startswith(HEAD)
