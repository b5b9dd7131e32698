"""The pool of our transport, whoever leaves it in the middle, and TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import httpx
import pytest
import trustme

from deepspace_adapters.newapi.transport import Http1Transport
from tests.adapters.newapi.raw_server import Line, answering, bytewise, raw_server
from tests.adapters.newapi.test_transport import CHUNKED, send, until
from tests.adapters.newapi.test_transport_contract import OK, TIMEOUTS, asking, hanging, read


async def test_connections_are_kept_apart_by_origin(transport: Http1Transport) -> None:
    async with raw_server(answering(OK)) as one, raw_server(answering(OK)) as other:
        for _ in range(3):
            await send(transport, asking(one.url))
            await send(transport, asking(other.url))
    assert (one.connections, other.connections) == (1, 1)


async def test_requests_beyond_the_bound_wait_in_turn() -> None:
    transport = Http1Transport(connections_max=2)
    async with raw_server(answering(*bytewise(OK))) as server:
        answers = await asyncio.gather(*(send(transport, asking(server.url)) for _ in range(20)))
    assert answers == [b"ok"] * 20
    assert server.connections == 2
    await transport.aclose()


async def test_whoever_waits_too_long_for_a_connection_is_told() -> None:
    transport = Http1Transport(connections_max=1, waiting_max=1)
    async with raw_server(hanging(OK[:-1])) as server:
        held = await transport.handle_async_request(asking(server.url))
        waiting = asyncio.create_task(send(transport, asking(server.url, timeouts={**TIMEOUTS, "pool": 0.1})))
        await asyncio.sleep(0)
        with pytest.raises(httpx.PoolTimeout):
            await send(transport, asking(server.url))  # the queue is full
        with pytest.raises(httpx.PoolTimeout):
            await waiting
        await held.aclose()
        assert transport._taken == 0
    await transport.aclose()


async def test_a_connection_that_nobody_uses_makes_room_for_another_origin() -> None:
    transport = Http1Transport(connections_max=1)
    async with raw_server(answering(OK)) as one, raw_server(answering(OK)) as other:
        for server in (one, other, one):
            assert await send(transport, asking(server.url)) == b"ok"
        both = await asyncio.gather(*(send(transport, asking(server.url)) for server in (one, other) * 5))
    assert both == [b"ok"] * 10
    await transport.aclose()


async def test_a_connection_that_is_kept_too_long_is_closed() -> None:
    transport = Http1Transport(keepalive_seconds=0.02)
    async with raw_server(answering(OK)) as server:
        await send(transport, asking(server.url))
        await until(lambda: transport._taken == 0)
        await send(transport, asking(server.url))
        assert server.connections == 2
    await transport.aclose()


async def test_a_closed_transport_tells_whoever_waits_and_opens_nothing() -> None:
    transport = Http1Transport(connections_max=1)
    async with raw_server(hanging(OK[:-1])) as server:
        held = await transport.handle_async_request(asking(server.url))
        waiting = asyncio.create_task(send(transport, asking(server.url)))
        await asyncio.sleep(0)
        await transport.aclose()
        with pytest.raises(httpx.PoolTimeout):
            await waiting
        with pytest.raises(httpx.ReadError):
            await read(held)
        with pytest.raises(RuntimeError):
            await send(transport, asking(server.url))
    assert transport._taken == 0


# Whoever leaves


@pytest.mark.parametrize("turns", range(12))
@pytest.mark.parametrize("wire", [b"", OK[:-1], OK], ids=["no answer", "half an answer", "an answer"])
async def test_a_caller_that_is_cancelled_at_any_moment_leaks_no_connection(wire: bytes, turns: int) -> None:
    transport = Http1Transport(connections_max=2)
    async with raw_server(hanging(wire)) as server:
        tasks = [asyncio.create_task(send(transport, asking(server.url))) for _ in range(5)]
        for _ in range(turns):
            await asyncio.sleep(0 if turns % 2 else 0.002)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await until(lambda: transport._taken == sum(map(len, transport._idle.values())))
        server.script = answering(OK)
        assert await send(transport, asking(server.url)) == b"ok"
    await transport.aclose()
    assert transport._taken == 0


async def test_a_reader_that_is_cancelled_may_go_on_reading(transport: Http1Transport) -> None:
    go_on = asyncio.Event()

    async def script(line: Line) -> None:
        await line.answer(CHUNKED + b"3\r\none\r\n")
        await go_on.wait()
        await line.send(b"3\r\ntwo\r\n0\r\n\r\n")

    async with raw_server(script) as server:
        response = await transport.handle_async_request(asking(server.url))
        pieces = aiter(response.stream)  # type: ignore[arg-type]
        assert await anext(pieces) == b"one"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await anext(pieces)
        go_on.set()
        assert await anext(pieces) == b"two"
        with pytest.raises(StopAsyncIteration):
            await anext(pieces)


async def test_a_body_that_was_closed_is_not_read_as_if_it_were_whole(transport: Http1Transport) -> None:
    async with raw_server(hanging(OK[:-1])) as server:
        response = await transport.handle_async_request(asking(server.url))
        await response.stream.aclose()  # type: ignore[union-attr]
        with pytest.raises(httpx.StreamClosed):
            await anext(aiter(response.stream))  # type: ignore[arg-type]
        assert transport._taken == 0


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
async def trusting(authority: trustme.CA) -> AsyncIterator[Http1Transport]:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    made = Http1Transport(ssl_context=context)
    yield made
    await made.aclose()


async def test_https_carries_bodies_both_ways_on_one_connection(
    trusting: Http1Transport, server_tls: ssl.SSLContext
) -> None:
    whole = b"HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n" + b"y" * 2_000_000
    async with raw_server(answering(whole), tls=server_tls) as server:
        for _ in range(3):
            assert await send(trusting, asking(server.url, content=b"x" * 2_000_000)) == b"y" * 2_000_000
    assert server.connections == 1


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    transport: Http1Transport, server_tls: ssl.SSLContext
) -> None:
    async with raw_server(answering(OK), tls=server_tls) as server:
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            await send(transport, asking(server.url))
    assert transport._taken == 0


async def test_a_certificate_of_another_name_is_refused(trusting: Http1Transport, server_tls: ssl.SSLContext) -> None:
    async with raw_server(answering(OK), tls=server_tls) as server:
        with pytest.raises(httpx.ConnectError):
            await send(trusting, asking(server.url.replace("localhost", "127.0.0.1")))


async def test_a_server_that_never_shakes_hands_is_a_connect_timeout(trusting: Http1Transport) -> None:
    async with raw_server(hanging()) as server:
        url = server.url.replace("http://", "https://")
        with pytest.raises(httpx.ConnectTimeout):
            await send(trusting, asking(url, timeouts={**TIMEOUTS, "connect": 0.05}))
    assert trusting._taken == 0
