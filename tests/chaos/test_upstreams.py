"""Upstreams that do everything wrong, all at once, and clients that leave at any byte."""

import asyncio
import json

import pytest

from tests.chaos.conftest import Chaos

SCRIPTS = (
    "cut",
    "cut-silent",
    "empty",
    "error-in-200",
    "error-mid-stream",
    "flaky-503",
    "hang",
    "huge-200",
    "no-usage",
    "null-usage",
    "ok",
    "page",
    "slow-20",
    "split",
    "split-sinic",
    "stall",
    "status-429",
    "status-500",
    "unstreamed",
)
SINIC = "\u79d1\u7814\u64cd\u4f5c\u7cfb\u7edf\U0001f680\u3002"
LEAVES_AFTER = (0, 1, 40, 200, 350, 420, 500, 700, 1_000)
"""Bytes of the answer after which a client closes its connection: in its head, between events, within one."""


async def test_whatever_upstreams_do_is_explained_and_what_was_delivered_is_billed_once(chaos: Chaos) -> None:
    for script in SCRIPTS:
        await chaos.gateway.model(script)
    await asyncio.gather(*(chaos.call(script, stream=stream) for script in SCRIPTS for stream in (True, False)))
    assert len(chaos.answers) == 2 * len(SCRIPTS), "every call is answered"
    chaos.assert_explained()
    await chaos.assert_sound()


@pytest.mark.parametrize("script", ["sinic", "split-sinic"])
async def test_letters_that_are_split_between_packets_arrive_whole(chaos: Chaos, script: str) -> None:
    answer = await chaos.call(script, stream=True)
    assert answer is not None
    events = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: {")]
    choices = [choice for event in events for choice in json.loads(event)["choices"]]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == SINIC
    await chaos.assert_sound()


async def test_a_line_of_a_megabyte_passes_as_it_is(chaos: Chaos) -> None:
    answer = await chaos.call("huge-1024", stream=True)
    assert answer is not None
    assert "x" * 1024 * 1024 in answer.text
    await chaos.assert_sound()


async def test_clients_that_leave_at_any_byte_leave_no_money_frozen_and_no_call_billed_twice(chaos: Chaos) -> None:
    await chaos.gateway.model("slow-10")
    await asyncio.gather(
        *(_leave(chaos, after=after, stream=stream) for after in LEAVES_AFTER for stream in (True, False))
    )
    await asyncio.gather(*(_leave_while_sending(chaos, share=share) for share in (0.1, 0.5, 0.9)))
    await chaos.call("ok", stream=True)
    await chaos.assert_sound()


def _request(chaos: Chaos, *, stream: bool) -> tuple[bytes, bytes]:
    body = json.dumps({"model": "slow-10", "messages": [{"role": "user", "content": "hi"}], "stream": stream}).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {chaos.key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode(), body


async def _connected(chaos: Chaos) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = chaos.gateway.url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


async def _leave(chaos: Chaos, *, after: int, stream: bool) -> None:
    """Reads so many bytes of the answer, or all there are, and hangs up."""
    head, body = _request(chaos, stream=stream)
    reader, writer = await _connected(chaos)
    writer.write(head + body)
    await writer.drain()
    for _ in range(after):
        if not await reader.read(1):
            break
    writer.transport.abort()


async def _leave_while_sending(chaos: Chaos, *, share: float) -> None:
    """Hangs up in the middle of its own request."""
    head, body = _request(chaos, stream=True)
    _, writer = await _connected(chaos)
    writer.write((head + body)[: int(len(head + body) * share)])
    await writer.drain()
    writer.transport.abort()
