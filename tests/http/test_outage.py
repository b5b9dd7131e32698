"""A database that goes away is said to be away, in the one shape, and is found again when it is back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
import uvicorn

from deepspace_adapters.composition import PORTS
from deepspace_adapters.container import Adapters
from deepspace_adapters.newapi.client import make_transport
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.settings import Settings
from deepspace_core.chat import EventStreams
from deepspace_core.policy.ports import RateWindow
from deepspace_core.work.ports import Courier
from deepspace_http import protocol
from deepspace_http.protocol import BoundedProtocol
from tests.http.world import PASSWORD, make_world


async def test_without_the_database_every_route_says_when_to_come_back(pool: Pool) -> None:
    adapters = Adapters(settings=Settings(), pool=pool, transport=make_transport())
    world = make_world(
        ports={
            port: getattr(adapters, name)()
            for port, name in PORTS.items()
            if port not in (RateWindow, Courier, EventStreams)
        }
    )
    ada = await world.register("ada")
    await pool.close()
    async with world.client(ada.token) as client:
        for method, path, body in (
            ("GET", "/api/v1/wallet", None),
            ("POST", "/api/v1/projects", {"name": "x"}),
            ("POST", "/api/v1/auth/login", {"email": ada.email, "password": PASSWORD}),
        ):
            answer = await client.request(method, path, json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["x-should-retry"] == "true"
        assert (await client.get("/health")).status_code == 200


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server whose patience with heads, bodies and readers is short."""
    for name in ("HEAD_SECONDS_MAX", "BODY_SECONDS_MAX", "WRITE_SECONDS_MAX", "LOOK_SECONDS"):
        monkeypatch.setattr(protocol, name, 0.05)
    async with _served(keep_alive_seconds=5) as port:
        yield port


@asynccontextmanager
async def _served(*, keep_alive_seconds: int) -> AsyncIterator[int]:
    app = make_world().app
    config = uvicorn.Config(app, port=0, http=BoundedProtocol, lifespan="off", log_config=None, ws="none")
    config.timeout_keep_alive = keep_alive_seconds
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag, not an event
        await asyncio.sleep(0.01)
    yield cast(int, server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    await serving


@pytest.mark.parametrize(("sent", "answered"), [(b"", b""), (b"GET / HTTP/1.1\r\nhost: x\r\n", b"HTTP/1.1 408 ")])
async def test_a_head_that_never_ends_does_not_keep_its_connection(port: int, sent: bytes, answered: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    assert (await reader.read()).startswith(answered)
    writer.close()


async def test_a_connection_lives_on_after_a_request(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")
        await asyncio.sleep(0.15)  # three times the patience with a head
    writer.close()


async def test_a_connection_that_nobody_uses_any_more_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LOOK_SECONDS", 0.05)
    async with _served(keep_alive_seconds=0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 200 "), "it is read to its end, which only the server makes"
        writer.close()


@pytest.mark.parametrize("path", [b"/api/v1/auth/login", b"/api/v1/conversations", b"/absent"])
async def test_a_body_that_drips_does_not_keep_its_connection(
    port: int, path: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST " + path + b" HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"
    )
    answer = await reader.read()
    assert answer.split(b" ")[1] in {b"408", b"401", b"404"}, "an answer that needs no body need not wait for it"
    if b" 408 " in answer:
        assert b'"code":"request_timeout"' in answer
    assert "unhandled" not in caplog.text, "a client that is too slow is no fault of ours"
    writer.close()


async def test_a_body_that_comes_fast_enough_may_take_longer(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "BODY_BYTES_A_SECOND_MIN", 1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b'{"email":"a@example.com","password":"0123456789"}'
    writer.write(
        b"POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        % len(body)
    )
    writer.write(body[:10])
    await asyncio.sleep(0.2)  # four times the patience with a body of which nothing comes
    writer.write(body[10:])
    assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 401 ")
    writer.close()


async def test_a_client_that_takes_nothing_of_its_answer_counts_as_gone(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    writer.write(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n" * 200)  # more than any socket buffers
    with contextlib.suppress(ConnectionError):
        await asyncio.sleep(1)
        taken = await reader.read(2**30)
        while piece := await reader.read(2**20):
            taken += piece
        assert taken.count(b"HTTP/1.1 200") < 200
    writer.close()
