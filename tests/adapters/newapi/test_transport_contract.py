"""What any httpx transport owes its caller: ours and httpx's own give the same answers to the same bytes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from deepspace_adapters.newapi.transport import Http1Transport
from tests.adapters.newapi.raw_server import Line, Script, answering, bytewise, raw_server

TIMEOUTS = {"connect": 2.0, "read": 2.0, "write": 2.0, "pool": 2.0}
SHORT = {**TIMEOUTS, "read": 0.05}
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Case:
    """An answer's bytes, and what is to be read in them."""

    wire: bytes
    status: int = 200
    body: bytes = b""
    method: str = "POST"
    closes: bool = False


CASES = {
    "a content-length": Case(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", body=b"hello"),
    "an empty body": Case(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
    "chunks": Case(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", body=b"hello"
    ),
    "chunks with extensions and trailers": Case(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nx-sum: 1\r\nx-more: 2\r\n\r\n",
        body=b"hello",
    ),
    "the end of the connection": Case(b"HTTP/1.1 200 OK\r\n\r\nhello", body=b"hello", closes=True),
    "HTTP/1.0": Case(b"HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello", body=b"hello", closes=True),
    "connection: close": Case(
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello", body=b"hello", closes=True
    ),
    "no reason": Case(b"HTTP/1.1 404\r\ncontent-length: 2\r\n\r\nno", status=404, body=b"no"),
    "204": Case(b"HTTP/1.1 204 No Content\r\n\r\n", status=204),
    "304 with a length": Case(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", status=304, method="GET"),
    "HEAD with a length": Case(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", method="HEAD"),
    "answers on the way": Case(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        body=b"hello",
    ),
}
CUT = {
    "in the status line": b"HTTP/1.1 2",
    "in the head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "before the body": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
    "in the body": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel",
    "in a chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
    "before the last chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "before it began": b"",
}


@pytest.fixture(params=["ours", "httpx"])
async def transport(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncBaseTransport]:
    made = Http1Transport() if request.param == "ours" else httpx.AsyncHTTPTransport()
    yield made
    await made.aclose()


def asking(
    url: str, method: str = "POST", *, timeouts: dict[str, float] = TIMEOUTS, **content: object
) -> httpx.Request:
    return httpx.Request(method, url, extensions={"timeout": timeouts}, **content)  # type: ignore[arg-type]


async def read(response: httpx.Response) -> bytes:
    body = b"".join([piece async for piece in response.aiter_raw()])
    await response.aclose()
    return body


@pytest.mark.parametrize("pieces", ["whole", "bytewise"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_an_answer_is_read_as_its_framing_says(
    transport: httpx.AsyncBaseTransport, case: Case, pieces: str
) -> None:
    sent = bytewise(case.wire) if pieces == "bytewise" else [case.wire]
    async with raw_server(answering(*sent, keep=not case.closes)) as server:
        for _ in range(3):
            response = await transport.handle_async_request(asking(server.url, case.method))
            assert (response.status_code, await read(response)) == (case.status, case.body)
    assert server.connections == (3 if case.closes else 1)


@pytest.mark.parametrize("wire", CUT.values(), ids=CUT)
async def test_an_answer_that_is_cut_is_never_taken_for_whole(transport: httpx.AsyncBaseTransport, wire: bytes) -> None:
    async with raw_server(answering(wire, keep=False)) as server:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await read(await transport.handle_async_request(asking(server.url)))


async def test_headers_keep_their_order_their_case_and_their_repetitions(transport: httpx.AsyncBaseTransport) -> None:
    head = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-b:2\r\nX-A:  3 \r\ncontent-length: 0\r\n\r\n"
    async with raw_server(answering(head)) as server:
        response = await transport.handle_async_request(asking(server.url))
        assert response.headers.raw[:3] == [(b"X-A", b"1"), (b"x-b", b"2"), (b"X-A", b"3")]
        await response.aclose()


async def test_what_is_asked_arrives_as_it_was_given(transport: httpx.AsyncBaseTransport) -> None:
    async with raw_server(answering(OK)) as server:
        request = asking(f"{server.url}?q=1", content=b"body", headers=[("X-Own", "kept"), ("host", "here")])
        await read(await transport.handle_async_request(request))
    head, _, body = server.received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/chat?q=1 HTTP/1.1\r\n")
    assert b"X-Own: kept" in head
    assert body == b"body"


@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_000])
async def test_a_body_of_any_size_arrives_whole(transport: httpx.AsyncBaseTransport, size: int) -> None:
    async with raw_server(answering(OK)) as server:
        for _ in range(2):
            await read(await transport.handle_async_request(asking(server.url, content=b"x" * size)))
    assert [len(one.partition(b"\r\n\r\n")[2]) for one in server.received] == [size, size]
    assert server.connections == 1


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_a_streamed_body_is_sent_in_chunks(transport: httpx.AsyncBaseTransport) -> None:
    async with raw_server(answering(OK)) as server:
        request = asking(server.url, content=pieces_of(b"one", b"", b"three"))
        assert await read(await transport.handle_async_request(request)) == b"ok"
    assert server.received[0].endswith(b"\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n")


async def test_a_streamed_body_of_known_length_is_sent_as_it_is(transport: httpx.AsyncBaseTransport) -> None:
    async with raw_server(answering(OK)) as server:
        request = asking(server.url, content=pieces_of(b"one", b"three"), headers={"content-length": "8"})
        assert await read(await transport.handle_async_request(request)) == b"ok"
    assert server.received[0].endswith(b"\r\n\r\nonethree")


def hanging(*pieces: bytes) -> Script:
    async def script(line: Line) -> None:
        await line.answer(*pieces)
        await line.gone()

    return script


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n", OK[:-1]], ids=["no byte", "half a head", "half a body"])
async def test_silence_is_a_read_timeout(transport: httpx.AsyncBaseTransport, sent: bytes) -> None:
    async with raw_server(hanging(sent)) as server:
        with pytest.raises(httpx.ReadTimeout):
            await read(await transport.handle_async_request(asking(server.url, timeouts=SHORT)))


async def test_nobody_there_is_a_connect_error(transport: httpx.AsyncBaseTransport) -> None:
    with pytest.raises(httpx.ConnectError):
        await transport.handle_async_request(asking("http://127.0.0.1:9/"))


async def test_a_scheme_that_is_not_http_is_refused(transport: httpx.AsyncBaseTransport) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        await transport.handle_async_request(asking("ftp://127.0.0.1/"))


async def test_what_is_closed_in_the_middle_is_not_used_again(transport: httpx.AsyncBaseTransport) -> None:
    async with raw_server(answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", keep=False)) as server:
        for _ in range(2):
            response = await transport.handle_async_request(asking(server.url))
            await response.aclose()
    assert server.connections == 2


async def test_a_reset_is_an_error_of_the_transport(transport: httpx.AsyncBaseTransport) -> None:
    async def script(line: Line) -> None:
        await line.request()
        line.reset()

    async with raw_server(script) as server:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await transport.handle_async_request(asking(server.url))


async def test_what_is_no_http_is_a_protocol_error(transport: httpx.AsyncBaseTransport) -> None:
    async with raw_server(answering(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            await transport.handle_async_request(asking(server.url))
