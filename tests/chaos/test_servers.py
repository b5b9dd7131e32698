"""Servers that are killed and restarted while calls are under way."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from deepspace_adapters.embedded.redis import free_port
from deepspace_adapters.settings import environ_of
from tests.chaos.conftest import Chaos

CALLS, AT_ONCE = 60, 8
READY_SECONDS = 60.0


async def test_redis_killed_and_started_again_costs_no_call(chaos: Chaos) -> None:
    redis = chaos.servers.redis
    load = asyncio.create_task(chaos.load(calls=CALLS, at_once=AT_ONCE))
    await _some_answers(chaos)
    assert redis.pid is not None
    os.kill(redis.pid, signal.SIGKILL)
    await _some_answers(chaos)
    redis.start()  # in this thread: the kernel ends a child with the thread that started it
    answers = await load
    assert [answer.status_code for answer in answers if answer] == [200] * CALLS
    await chaos.assert_sound()


async def test_postgresql_restarted_refuses_for_a_moment_and_loses_nothing(chaos: Chaos) -> None:
    postgres = chaos.servers.postgres
    load = asyncio.create_task(chaos.load(calls=CALLS, at_once=AT_ONCE))
    await _some_answers(chaos)
    await asyncio.to_thread(postgres.stop)
    await _some_answers(chaos)
    postgres.start()
    answers = await load
    assert all(answers), "nobody is left without an answer"
    chaos.assert_explained()
    await _works_again(chaos)
    await chaos.assert_sound()


async def test_a_killed_gateway_bills_nothing_twice_and_what_it_held_expires(chaos: Chaos, tmp_path: Path) -> None:
    async with (
        _gateway_process(chaos, tmp_path) as (process, url),
        httpx.AsyncClient(base_url=url, timeout=20) as client,
    ):
        calls = [asyncio.create_task(_traced(client, chaos, stream=number % 2 == 0)) for number in range(16)]
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        process.kill()
        traces = [trace_id for trace_id in await asyncio.gather(*calls) if trace_id]
    assert traces, "some were answered before"
    await chaos.assert_sound()
    for trace_id in traces:
        kinds = [row.type.value for row in await chaos.gateway.rows(trace_id)]
        assert kinds.count("capture") <= 1
        assert kinds[:1] == ["hold"]
        assert len(kinds) == 2, "a call is held once and settled once"
    await chaos.call("ok", stream=False)
    await chaos.assert_sound()


async def _some_answers(chaos: Chaos, more: int = 5) -> None:
    wanted = len(chaos.answers) + more
    async with asyncio.timeout(READY_SECONDS):
        while len(chaos.answers) < min(wanted, CALLS):  # noqa: ASYNC110 - what is waited for is a number
            await asyncio.sleep(0.01)


async def _works_again(chaos: Chaos) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while not await _answers(chaos):  # noqa: ASYNC110 - it has to be asked
            await asyncio.sleep(0.2)


async def _answers(chaos: Chaos) -> bool:
    answer = await chaos.call("ok", stream=False)
    return answer is not None and answer.status_code == 200


async def _traced(client: httpx.AsyncClient, chaos: Chaos, *, stream: bool) -> str | None:
    """The trace of a call whose answer began; None where the gateway was gone by then."""
    body = {"model": "slow-30", "messages": [{"role": "user", "content": "hi"}], "stream": stream}
    headers = {"authorization": f"Bearer {chaos.key}"}
    trace_id = None
    with contextlib.suppress(httpx.HTTPError):
        async with client.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer:
            trace_id = answer.headers["x-trace-id"]
            await answer.aread()
    return trace_id


def _started(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "deepspace_http"], env={**os.environ, **environment})


@contextlib.asynccontextmanager
async def _gateway_process(chaos: Chaos, directory: Path) -> AsyncIterator[tuple[subprocess.Popen[bytes], str]]:
    """Another gateway, in a process of its own, on the same servers; its holds expire within seconds."""
    await chaos.gateway.model("slow-30")
    port = free_port()
    environment = environ_of(chaos.gateway.adapters.settings()) | {
        "DEEPSPACE_HTTP_PORT": str(port),
        "DEEPSPACE_DATA_DIR": str(directory),
        "DEEPSPACE_HOLD_LIFETIME_SECONDS": "5",
    }
    process = await asyncio.to_thread(_started, environment)
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(READY_SECONDS):
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"{url}/health")).status_code == 200:
                        break
                await asyncio.sleep(0.1)
        yield process, url
    finally:
        process.kill()
        process.wait()
