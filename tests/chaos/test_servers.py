"""Servers that are killed and restarted while calls are under way."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from deepspace_adapters.embedded.redis import free_port
from deepspace_adapters.settings import environ_of
from deepspace_core.usage import Ending
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


@pytest.mark.parametrize("moment", [1, 6, 14])
async def test_a_killed_gateway_has_billed_what_it_delivered_once_and_nothing_twice(
    chaos: Chaos, tmp_path: Path, moment: int
) -> None:
    """Killed as soon as so many of sixteen calls that end together have been answered; started again at its place."""
    directory = tmp_path / "killed"
    async with (
        _gateway_process(chaos, directory) as (process, url),
        httpx.AsyncClient(base_url=url, timeout=20) as client,
    ):
        calls = [asyncio.create_task(_traced(client, chaos, stream=number % 2 == 0)) for number in range(16)]
        for answered, call in enumerate(asyncio.as_completed(calls), start=1):
            await call
            if answered == moment:
                break
        process.kill()
        answers = [answer for answer in await asyncio.gather(*calls) if answer]
    assert sum(answer.is_whole for answer in answers) >= moment
    async with _gateway_process(chaos, directory):
        for answer in answers:
            if answer.is_whole:
                await _captured(chaos, answer.trace_id)
        await chaos.assert_sound()
    for answer in answers:
        kinds = Counter(await chaos.kinds(answer.trace_id))
        assert kinds["hold"] == 1
        assert kinds["capture"] <= 1
        assert kinds["capture"] or (kinds["release"], kinds["expire"]) in {(1, 0), (0, 1)}, kinds
    await chaos.call("ok", stream=False)
    await chaos.assert_sound()


async def test_an_answer_whose_gateway_is_killed_before_the_capture_is_billed_by_the_next_one(
    chaos: Chaos, tmp_path: Path
) -> None:
    """The wallet's row is locked between hold and answer, so that the capture surely can't come before the kill."""
    async with (
        _gateway_process(chaos, tmp_path / "killed", hold_seconds=600) as (process, url),
        httpx.AsyncClient(base_url=url, timeout=20) as client,
    ):
        call = asyncio.create_task(_traced(client, chaos, stream=True, model="slow-100-50"))
        async with _wallet_locked(chaos):
            answer = await call
            process.kill()
            process.wait()
        assert answer is not None
        assert answer.is_whole
    assert await chaos.kinds(answer.trace_id) == ["hold"]
    async with _gateway_process(chaos, tmp_path / "killed"):
        await _captured(chaos, answer.trace_id)
        await chaos.assert_sound()
    assert await chaos.kinds(answer.trace_id) == ["hold", "capture"]
    usage = await chaos.gateway.usage(answer.trace_id)
    assert usage.ending is Ending.COMPLETED


@contextlib.asynccontextmanager
async def _wallet_locked(chaos: Chaos) -> AsyncIterator[None]:
    """From when something is held, nothing is written to the wallet. At the end, the killed gateway's sessions are over
    before the lock is: one of them may have been given a capture, and would write it without its client."""
    async with asyncio.timeout(READY_SECONDS):
        while not (await chaos.gateway.wallet()).frozen_nanos:  # noqa: ASYNC110 - it has to be asked
            await asyncio.sleep(0.01)
    url = chaos.gateway.adapters.settings().database_url
    assert url is not None
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("SELECT 1 FROM wallets FOR UPDATE")
        yield
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
            " WHERE application_name = 'deepspace-gateway' AND datname = current_database()"
        )
        await connection.rollback()


async def _captured(chaos: Chaos, trace_id: str) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while "capture" not in await chaos.kinds(trace_id):  # noqa: ASYNC110 - it has to be asked
            await asyncio.sleep(0.05)


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


@dataclass(frozen=True)
class _Answer:
    """What came of an answer that began."""

    trace_id: str
    is_whole: bool


async def _traced(client: httpx.AsyncClient, chaos: Chaos, *, stream: bool, model: str = "slow-30") -> _Answer | None:
    """None where the gateway was gone before an answer began."""
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": stream}
    headers = {"authorization": f"Bearer {chaos.key}"}
    trace_id, received = None, b""
    with contextlib.suppress(httpx.HTTPError):
        async with client.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer:
            trace_id, status = answer.headers["x-trace-id"], answer.status_code
            async for piece in answer.aiter_bytes():
                received += piece
            assert status == 200, received
    return None if trace_id is None else _Answer(trace_id, received.endswith(b"data: [DONE]\n\n" if stream else b"}"))


def _started(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "deepspace_http"], env={**os.environ, **environment})


@contextlib.asynccontextmanager
async def _gateway_process(
    chaos: Chaos, directory: Path, *, hold_seconds: int = 5
) -> AsyncIterator[tuple[subprocess.Popen[bytes], str]]:
    """Another gateway, in a process of its own, on the same servers; its holds expire within seconds."""
    for model in ("slow-30", "slow-100-50"):
        await chaos.gateway.model(model)
    port = free_port()
    environment = environ_of(chaos.gateway.adapters.settings()) | {
        "DEEPSPACE_HTTP_PORT": str(port),
        "DEEPSPACE_DATA_DIR": str(directory),
        "DEEPSPACE_HOLD_LIFETIME_SECONDS": str(hold_seconds),
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
