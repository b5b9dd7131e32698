"""Our transport where it goes beyond what any transport owes: its bounds, its patience, and what it may send twice."""

import asyncio
import gc
import os
import socket
import weakref
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from deepspace_adapters.newapi.transport import Http1Transport, StaleConnection
from deepspace_adapters.newapi.transport.answer import BUFFERED_BYTES_MAX, FRUITLESS_BYTES_MAX
from deepspace_adapters.newapi.transport.connection import Timeouts
from deepspace_adapters.newapi.transport.pool import origin_of
from deepspace_adapters.newapi.transport.wire import on_the_wire
from tests.adapters.newapi.raw_server import Line, RawServer, answering, closing_after, raw_server
from tests.adapters.newapi.test_transport_contract import OK, SHORT, TIMEOUTS, asking, hanging, pieces_of, read

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
TURNS_MAX = 2_000


async def until(holds: Callable[[], bool]) -> None:
    """Turns the event loop until it holds; a bound on turns, not on time."""
    for _ in range(TURNS_MAX):
        if holds():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to hold")


async def send(transport: Http1Transport, request: httpx.Request) -> bytes:
    return await read(await transport.handle_async_request(request))


# What an answer may not be


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nabc", id="upgrade"),
        pytest.param(b"HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n", id="another version"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nabc", id="another encoding"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="two encodings"),
        pytest.param(CHUNKED[:-2] + b"content-length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n", id="two framings"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", id="two lengths"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", id="a negative length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 0\r\n\r\n", id="a folded line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx: " + b"a" * FRUITLESS_BYTES_MAX, id="a line without end"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"x: a\r\n" * FRUITLESS_BYTES_MAX, id="a head without end"),
        pytest.param(b"HTTP/1.1 102 Processing\r\n\r\n" * 5_000, id="interim answers without end"),
        pytest.param(CHUNKED + b"0\r\n" + b"x: a\r\n" * FRUITLESS_BYTES_MAX, id="trailers without end"),
        pytest.param(CHUNKED + b"1;x=" + b"a" * FRUITLESS_BYTES_MAX, id="an extension without end"),
        pytest.param(CHUNKED + b"fffffffffffffffffff\r\n", id="a chunk of more than there is"),
    ],
)
async def test_an_answer_beyond_the_bounds_is_a_protocol_error(transport: Http1Transport, wire: bytes) -> None:
    async with raw_server(hanging(wire)) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            await send(transport, asking(server.url))
        assert await send(transport, asking((await ok_beside(server)).url)) == b"ok"


async def ok_beside(server: RawServer) -> RawServer:
    """The same server, from now on well-behaved."""
    server.script = answering(OK)
    return server


@pytest.mark.parametrize(
    "surplus",
    [
        pytest.param(OK, id="an answer nobody asked for"),
        pytest.param(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n", id="a farewell"),
        pytest.param(b"\0\1\2", id="garbage"),
    ],
)
@pytest.mark.parametrize("is_late", [False, True], ids=["in the same packet", "while idle"])
async def test_what_follows_an_answer_is_never_taken_for_the_next(
    transport: Http1Transport, surplus: bytes, is_late: bool
) -> None:
    async def script(line: Line) -> None:
        await line.answer(*([OK, surplus] if is_late else [OK + surplus]))
        await line.gone()

    async with raw_server(script) as server:
        for _ in range(3):
            assert await send(transport, asking(server.url)) == b"ok"
            if is_late:
                await until(lambda: not any(transport._idle.values()))
    assert server.connections == 3


async def test_a_body_after_head_is_not_taken_for_the_next_answer(transport: Http1Transport) -> None:
    async with raw_server(answering(OK)) as server:
        for _ in range(2):
            assert await send(transport, asking(server.url, "HEAD")) == b""
        assert server.connections == 2


# What a request may not be


@pytest.mark.parametrize(
    "headers",
    [
        [("x-own", "a\r\nx-other: b")],
        [("x-own", "a\nb")],
        [("x-own\r\nx", "a")],
        [("x-own", "a\0b")],
        [("content-length", "1"), ("content-length", "2")],
        [("content-length", "1"), ("transfer-encoding", "chunked")],
        [("content-length", "+4")],
        [("content-length", "5")],
        [("transfer-encoding", "gzip")],
    ],
)
async def test_a_request_that_could_be_taken_for_two_is_not_sent(
    transport: Http1Transport, headers: list[tuple[str, str]]
) -> None:
    async with raw_server(answering(OK)) as server:
        with pytest.raises(httpx.LocalProtocolError):
            await transport.handle_async_request(asking(server.url, content=b"body", headers=headers))
        with pytest.raises(httpx.LocalProtocolError):
            await transport.handle_async_request(asking(server.url, "GET / HTTP/1.1\r\nx:"))
    assert server.connections == 0


@pytest.mark.parametrize("pieces", [(b"short",), (b"much too ", b"long")])
async def test_a_streamed_body_that_is_not_as_long_as_told_is_an_error(
    transport: Http1Transport, pieces: tuple[bytes, ...]
) -> None:
    async with raw_server(answering(OK)) as server:
        request = asking(server.url, content=pieces_of(*pieces), headers={"content-length": "8"})
        with pytest.raises(httpx.LocalProtocolError):
            await transport.handle_async_request(request)
        assert await send(transport, asking(server.url)) == b"ok"
        assert server.connections == 2


async def test_an_answer_that_was_read_needs_no_cycle_collector(transport: Http1Transport) -> None:
    async with raw_server(answering(OK)) as server:
        request = asking(server.url)
        gc.disable()
        try:
            answer = await transport.ask(on_the_wire(request), origin_of(request.url), Timeouts.of(request))
            gone = weakref.ref(answer)
            assert [piece async for piece in answer] == [b"ok"]
            await answer.aclose()
            with pytest.raises(httpx.StreamClosed):
                await anext(answer)
            del answer
            assert gone() is None
        finally:
            gc.enable()


# What is sent twice


async def test_a_question_that_changes_nothing_is_asked_again_when_its_connection_was_stale(
    transport: Http1Transport,
) -> None:
    async with raw_server(closing_after(1, OK)) as server:
        for _ in range(2):
            assert await send(transport, asking(server.url, "GET")) == b"ok"
    assert server.connections == 2


async def test_a_post_is_never_sent_twice_and_says_that_the_connection_was_stale(transport: Http1Transport) -> None:
    async with raw_server(closing_after(1, OK)) as server:
        assert await send(transport, asking(server.url)) == b"ok"
        with pytest.raises(StaleConnection):
            await send(transport, asking(server.url))
        assert len(server.received) == 2


async def test_a_new_connection_that_is_closed_is_not_stale(transport: Http1Transport) -> None:
    async with raw_server(closing_after(0, OK)) as server:
        for method in ("GET", "POST"):
            with pytest.raises(httpx.RemoteProtocolError) as caught:
                await send(transport, asking(server.url, method))
            assert type(caught.value) is httpx.RemoteProtocolError
    assert len(server.received) == 2


async def test_a_connection_closed_while_idle_is_noticed_before_anything_is_written(transport: Http1Transport) -> None:
    """Even when the event loop has had no turn to tell: the socket itself is asked."""
    closed = asyncio.Event()

    async def script(line: Line) -> None:
        await line.answer(OK)
        with socket.socket(fileno=os.dup(line.writer.get_extra_info("socket").fileno())) as sock:
            sock.shutdown(socket.SHUT_WR)
        closed.set()

    async with raw_server(script) as server:
        for _ in range(5):
            assert await send(transport, asking(server.url)) == b"ok"
            await closed.wait()
    assert (server.connections, len(server.received)) == (5, 5)


# Time and pressure


async def test_an_upstream_that_drips_no_body_does_not_hold_a_reader(transport: Http1Transport) -> None:
    async def script(line: Line) -> None:
        await line.answer(CHUNKED, b"2\r\nok\r\n")
        await line.send(b"1;")
        for _ in range(400):
            await line.send(b"x")
            await asyncio.sleep(0.005)

    async with raw_server(script) as server:
        response = await transport.handle_async_request(asking(server.url, timeouts=SHORT))
        with pytest.raises(httpx.ReadTimeout):
            await read(response)


async def test_the_first_byte_has_a_time_of_its_own(transport: Http1Transport) -> None:
    async with raw_server(hanging(b"")) as server:
        with pytest.raises(httpx.ReadTimeout):
            await send(transport, asking(server.url, timeouts={**TIMEOUTS, "first_byte": 0.05}))


async def test_time_does_not_run_while_nobody_reads(transport: Http1Transport) -> None:
    async with raw_server(answering(OK[:-1], OK[-1:])) as server:
        response = await transport.handle_async_request(asking(server.url, timeouts=SHORT))
        await asyncio.sleep(0.15)
        assert await read(response) == b"ok"


async def test_a_server_that_takes_nothing_is_a_write_timeout(transport: Http1Transport) -> None:
    released = asyncio.Event()

    async def script(line: Line) -> None:
        line.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await released.wait()

    timeouts = {**TIMEOUTS, "write": 0.05}
    async with raw_server(script) as server:
        for content in (b"x" * 30_000_000, pieces_of(*[b"x" * 1_000_000] * 30)):
            with pytest.raises(httpx.WriteTimeout):
                await transport.handle_async_request(asking(server.url, content=content, timeouts=timeouts))
        released.set()


async def test_a_slow_reader_slows_the_upstream_instead_of_filling_memory(transport: Http1Transport) -> None:
    size = 40_000_000
    sent = 0

    async def script(line: Line) -> None:
        nonlocal sent
        await line.answer(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
        for _ in range(size // 100_000):
            await line.send(b"x" * 100_000)
            sent += 100_000

    async with raw_server(script) as server:
        response = await transport.handle_async_request(asking(server.url, timeouts={**TIMEOUTS, "read": 5.0}))
        before = -1
        while sent != before:  # until nothing moves any more
            before = sent
            await asyncio.sleep(0.1)
        assert sent < size
        assert response.stream.buffered_bytes <= BUFFERED_BYTES_MAX + 300_000  # type: ignore[union-attr]
        assert len(await read(response)) == size
        assert server.connections == 1


async def test_an_upload_that_is_refused_early_is_answered_and_its_connection_closed(transport: Http1Transport) -> None:
    refusal = b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno"

    async def script(line: Line) -> None:
        await line.reader.readuntil(b"\r\n\r\n")
        await line.send(refusal)
        await line.gone()

    async def upload() -> AsyncIterator[bytes]:
        for _ in range(500):
            yield b"x" * 100_000
            await asyncio.sleep(0)

    async with raw_server(script) as server:
        response = await transport.handle_async_request(asking(server.url, content=upload()))
        assert (response.status_code, await read(response)) == (413, b"no")
        assert transport._taken == 0
