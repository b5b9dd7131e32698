"""The guarded way out, against real servers: where it goes, where it doesn't, and what it says on the way."""

import asyncio
import ssl
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from deepspace_adapters.outgoing.addresses import Address
from deepspace_adapters.outgoing.guarded import ADDRESSES_MAX, GuardedOutgoing, OutgoingRules, Resolve, resolve
from deepspace_core.kernel.errors import OutgoingFailed, OutgoingRefused
from deepspace_core.kernel.ports.outgoing import OutgoingAnswer, OutgoingRequest
from tests.adapters.outgoing.tls import LOOPBACK, OK, Heard, served, server_and_client_tls

OPENED = OutgoingRules(allowed=(ip_network("127.0.0.0/8"),))


def _answering(*answers: Sequence[str]) -> Resolve:
    """A name server that gives one answer after the other, the last one for ever; and counts."""
    left = list(answers)

    async def give(host: str, port: int) -> Sequence[Address]:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [ip_address(text) for text in found]

    return give


async def _get(outgoing: GuardedOutgoing, url: str, **changes: object) -> OutgoingAnswer:
    return await outgoing.send(OutgoingRequest("GET", url, **changes))  # type: ignore[arg-type]


async def test_a_request_goes_to_the_judged_address_under_its_own_name(tmp_path: Path) -> None:
    heard = Heard()
    server, client = server_and_client_tls(tmp_path, "hooks.example.org", heard=heard)
    async with served(heard, tls=server) as port:
        outgoing = GuardedOutgoing(OPENED, _answering([LOOPBACK]), client)
        request = OutgoingRequest(
            "POST", f"https://hooks.example.org:{port}/in?a=1", headers={"webhook-id": "m1"}, body=b'{"x":1}'
        )
        answer = await outgoing.send(request)
    assert (answer.status, answer.body, answer.is_cut) == (200, b"ok", False)
    assert heard.sni == ["hooks.example.org"]
    head, _, body = heard.requests[0].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"post /in?a=1 http/1.1"
    assert f"host: hooks.example.org:{port}".encode() in lines
    assert b"webhook-id: m1" in lines
    assert body == b'{"x":1}'


async def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    heard = Heard()
    server, client = server_and_client_tls(tmp_path, "somebody-else.example.org", heard=heard)
    async with served(heard, tls=server) as port:
        outgoing = GuardedOutgoing(OPENED, _answering([LOOPBACK]), client)
        with pytest.raises(OutgoingFailed):
            await _get(outgoing, f"https://hooks.example.org:{port}/")
    assert heard.requests == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    heard = Heard()
    server, _ = server_and_client_tls(tmp_path, "hooks.example.org", heard=heard)
    async with served(heard, tls=server) as port:
        outgoing = GuardedOutgoing(OPENED, _answering([LOOPBACK]), ssl.create_default_context())
        with pytest.raises(OutgoingFailed):
            await _get(outgoing, f"https://hooks.example.org:{port}/")
    assert heard.requests == []


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"]]
)
async def test_a_name_with_an_address_inside_is_refused_before_anything_is_sent(addresses: list[str]) -> None:
    heard = Heard()
    async with served(heard) as port:
        outgoing = GuardedOutgoing(OutgoingRules(ports=frozenset({port}), plain_http=True), _answering(addresses))
        with pytest.raises(OutgoingRefused) as refused:
            await _get(outgoing, f"http://hooks.example.org:{port}/")
    assert heard.requests == []
    assert not any(address in refused.value.message for address in addresses)


@pytest.mark.parametrize(
    "host", [LOOPBACK, "localhost", "[::1]", "2130706433", "0x7f.1", "127.1", "[::ffff:7f00:1]", "0"]
)
async def test_no_way_of_writing_this_machine_gets_through(host: str) -> None:
    heard = Heard()
    async with served(heard) as port:
        outgoing = GuardedOutgoing(OutgoingRules(ports=frozenset({port}), plain_http=True), resolve)
        with pytest.raises((OutgoingRefused, OutgoingFailed)):
            await _get(outgoing, f"http://{host}:{port}/")
    assert heard.requests == []


async def test_a_name_is_resolved_once_so_that_a_second_answer_counts_for_nothing() -> None:
    """DNS rebinding: the first answer passes the check, the second would be this machine."""
    asked = []

    async def rebinding(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("203.0.113.9" if len(asked) == 1 else LOOPBACK)]

    heard = Heard()
    async with served(heard) as port:
        outgoing = GuardedOutgoing(
            OutgoingRules(allowed=(ip_network("203.0.113.0/24"),), ports=frozenset({port}), plain_http=True), rebinding
        )
        with pytest.raises(OutgoingFailed):
            await _get(outgoing, f"http://hooks.example.org:{port}/", seconds_max=0.5)
    assert asked == ["hooks.example.org"]
    assert heard.requests == []


async def test_a_redirect_is_an_answer_unless_it_is_wanted() -> None:
    heard = Heard()
    async with served(heard, lambda _: _redirect("http://elsewhere.example.org/")) as port:
        answer = await _get(GuardedOutgoing(OPENED), f"http://{LOOPBACK}:{port}/")
    assert (answer.status, len(heard.requests)) == (302, 1)


async def test_a_redirect_inside_is_refused_where_the_first_request_was_allowed() -> None:
    heard, inner = Heard(), Heard()
    async with served(inner) as secret, served(heard, lambda _: _redirect(f"http://127.0.0.9:{secret}/")) as port:
        rules = OutgoingRules(allowed=(ip_network("127.0.0.1/32"),), ports=frozenset({port, secret}), plain_http=True)
        with pytest.raises(OutgoingRefused):
            await _get(GuardedOutgoing(rules), f"http://{LOOPBACK}:{port}/", redirects_max=3)
    assert (len(heard.requests), inner.requests) == (1, [])


async def test_a_followed_redirect_leaves_credentials_behind() -> None:
    other, heard = Heard(), Heard()
    async with served(other) as there, served(heard, lambda _: _redirect(f"http://{LOOPBACK}:{there}/x")) as port:
        answer = await GuardedOutgoing(OPENED).send(
            OutgoingRequest(
                "POST",
                f"http://{LOOPBACK}:{port}/",
                headers={"authorization": "Bearer s", "x-kept": "1"},
                body=b"b",
                redirects_max=1,
            )
        )
    assert answer.status == 200
    assert b"Bearer s" in heard.requests[0]
    assert other.requests[0].startswith(b"GET /x ")
    assert b"Bearer s" not in other.requests[0]
    assert b"x-kept: 1" in other.requests[0].lower()


async def test_redirects_in_a_circle_come_to_an_end() -> None:
    heard = Heard()
    async with served(heard, lambda _: _redirect("/again")) as port:
        with pytest.raises(OutgoingFailed):
            await _get(GuardedOutgoing(OPENED), f"http://{LOOPBACK}:{port}/", redirects_max=3)
    assert len(heard.requests) == 4


async def test_an_endless_answer_is_cut() -> None:
    heard = Heard()
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000
    async with served(heard, lambda _: endless) as port:
        answer = await _get(GuardedOutgoing(OPENED), f"http://{LOOPBACK}:{port}/", answer_bytes_max=1_000)
    assert (len(answer.body), answer.is_cut) == (1_000, True)


async def test_a_silent_server_is_given_up() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, LOOPBACK, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(OutgoingFailed) as failed:
            await _get(GuardedOutgoing(OPENED), f"http://{LOOPBACK}:{port}/", seconds_max=0.1)
    assert failed.value.fields["reason"] == "timeout"


async def test_what_is_not_http_is_no_answer() -> None:
    heard = Heard()
    async with served(heard, lambda _: b"SSH-2.0-server\r\n") as port:
        with pytest.raises(OutgoingFailed):
            await _get(GuardedOutgoing(OPENED), f"http://{LOOPBACK}:{port}/")


async def test_a_name_without_an_address_is_no_refusal() -> None:
    async def nothing(host: str, port: int) -> Sequence[Address]:
        raise OSError("no such name")

    with pytest.raises(OutgoingFailed):
        await _get(GuardedOutgoing(resolve=nothing), "https://nowhere.example.org/")


async def test_a_name_with_too_many_addresses_is_refused() -> None:
    many = _answering([f"8.8.8.{last}" for last in range(ADDRESSES_MAX + 1)])
    with pytest.raises(OutgoingRefused):
        await _get(GuardedOutgoing(resolve=many), "https://many.example.org/")


@pytest.mark.parametrize(
    ("url", "told"), [("https://x.example.org:22/", "port 22"), ("http://x.example.org/", "https")]
)
async def test_outside_only_web_servers_are_asked_and_only_in_secret(url: str, told: str) -> None:
    with pytest.raises(OutgoingRefused, match=told):
        await _get(GuardedOutgoing(resolve=_answering(["8.8.8.8"])), url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:word@example.org/",
        "https://user@example.org/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org\\@127.0.0.1/",
        "https://example.org/\r\nx: y",
        "https://[::1/",
        "https://bücher.example/",
        "gopher://example.org/_x",
        "https://example.org/" + "x" * 2_000,
    ],
)
def test_a_url_that_could_mean_something_else_is_refused(url: str) -> None:
    with pytest.raises(OutgoingRefused):
        GuardedOutgoing().check(url)


async def test_the_environments_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, proxy = Heard(), Heard()
    async with served(proxy) as other, served(heard) as port:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{LOOPBACK}:{other}")
        await _get(GuardedOutgoing(OPENED), f"http://{LOOPBACK}:{port}/")
    assert (len(heard.requests), proxy.requests) == (1, [])


def _redirect(target: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n".encode() if target else OK
