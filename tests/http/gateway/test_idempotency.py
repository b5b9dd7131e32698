"""Idempotency-Key through the real gateway, on real PostgreSQL: one charge, the same bytes, however often asked."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import openai
import pytest

from deepspace_core.kernel.page import PageRequest
from deepspace_core.pipeline.use_cases import PruneIdempotencyKeys
from tests.fakes import FixedClock
from tests.http.gateway.conftest import GatewayWorld

KEY = "3f0f1c0e-5a3e-4b0c-9f0e-2f1f6f3c7a11"
RACERS = 8


async def post(
    gateway: GatewayWorld,
    secret: str,
    model: str = "ok",
    *,
    key: str | None = KEY,
    stream: bool = False,
    **more: object,
) -> httpx.Response:
    headers = {"authorization": f"Bearer {secret}"} | ({} if key is None else {"idempotency-key": key})
    body = {"model": await gateway.model(model), "messages": [], "stream": stream, **more}
    return await gateway.client.post("/chat/completions", json=body, headers=headers)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_retry_is_answered_with_the_same_bytes_and_costs_nothing(gateway: GatewayWorld, stream: bool) -> None:
    secret = await gateway.key()
    first = await post(gateway, secret, stream=stream)
    balance = (await gateway.settled()).balance_nanos
    again = await post(gateway, secret, stream=stream)
    assert (again.status_code, again.content) == (200, first.content)
    assert "x-idempotent-replayed" not in first.headers
    assert again.headers["x-idempotent-replayed"] == "true"
    assert again.headers["x-original-trace-id"] == first.headers["x-trace-id"] != again.headers["x-trace-id"]
    assert again.headers.get("x-deepspace-cost") == first.headers.get("x-deepspace-cost")
    assert again.headers["content-type"] == first.headers["content-type"]
    assert gateway.upstream.calls["ok"] == 1
    assert (await gateway.settled()).balance_nanos == balance
    assert await gateway.rows(again.headers["x-trace-id"]) == []


async def test_of_many_at_once_one_calls_the_model_and_the_others_wait_or_replay(gateway: GatewayWorld) -> None:
    secret = await gateway.key()
    answers = await asyncio.gather(*(post(gateway, secret, "slow-20", stream=True) for _ in range(RACERS)))
    assert gateway.upstream.calls["slow-20"] == 1
    by_status = sorted(answer.status_code for answer in answers)
    assert by_status == [200] + [409] * (RACERS - 1)
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "idempotent_call_running"
            assert (answer.headers["retry-after"], answer.headers["x-should-retry"]) == ("1", "true")
    await gateway.settled()
    assert (await post(gateway, secret, "slow-20", stream=True)).headers["x-idempotent-replayed"] == "true"
    assert gateway.upstream.calls["slow-20"] == 1


async def test_another_body_under_the_same_key_is_a_conflict_that_no_retry_mends(gateway: GatewayWorld) -> None:
    secret = await gateway.key()
    await post(gateway, secret)
    await gateway.settled()
    refused = await post(gateway, secret, temperature=0)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert (refused.json()["error"]["param"], refused.headers["x-should-retry"]) == ("idempotency-key", "false")


async def test_another_api_key_and_another_route_have_keys_of_their_own(gateway: GatewayWorld) -> None:
    secret = await gateway.key()
    await post(gateway, secret)
    await gateway.settled()
    assert "x-idempotent-replayed" not in (await post(gateway, await gateway.key())).headers
    embedded = await gateway.client.post(
        "/embeddings",
        json={"model": "ok", "input": "x"},
        headers={"authorization": f"Bearer {secret}", "idempotency-key": KEY},
    )
    assert (embedded.status_code, "x-idempotent-replayed" in embedded.headers) == (200, False)


@pytest.mark.parametrize(("key", "problem"), [("x" * 256, "255"), ("two words", "visible"), ("", "1 to 255")])
async def test_a_key_that_is_none_is_refused_and_named(gateway: GatewayWorld, key: str, problem: str) -> None:
    refused = await post(gateway, await gateway.key(), key=key)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "idempotency-key")
    assert problem in refused.json()["error"]["message"]


@pytest.mark.parametrize("model", ["status-500", "error-in-200", "status-400"])
async def test_a_call_that_failed_for_nothing_may_be_tried_again(gateway: GatewayWorld, model: str) -> None:
    secret = await gateway.key()
    first, again = await post(gateway, secret, model), await post(gateway, secret, model)
    assert first.status_code == again.status_code >= 400
    assert first.json()["error"]["code"] == again.json()["error"]["code"]
    assert gateway.upstream.calls[model] >= 2


async def test_a_denied_call_may_be_tried_again_once_there_is_money(gateway: GatewayWorld) -> None:
    secret = await gateway.key()
    body: dict[str, Any] = {"max_tokens": 1_024, "n": 128}
    await gateway.app.adjust_wallet(
        org_id=gateway.principal.org_id,
        wallet_id=gateway.principal.wallet_id,
        ref="test:empty",
        amount_nanos=-(await gateway.wallet()).balance_nanos,
        reason="to be empty",
        actor="system:test",
        trace_id=gateway.app.ids.trace_id(),
    )
    denied = await post(gateway, secret, **body)
    assert denied.status_code == 402
    await gateway.top_up(1_000_000_000)
    assert (await post(gateway, secret, **body)).status_code == 200


async def test_a_client_that_hung_up_gets_the_whole_answer_when_it_comes_back(gateway: GatewayWorld) -> None:
    secret = await gateway.key()
    headers = {"authorization": f"Bearer {secret}", "idempotency-key": KEY}
    body = {"model": await gateway.model("slow-30"), "messages": [], "stream": True}
    async with gateway.client.stream("POST", "/chat/completions", json=body, headers=headers) as answer:
        async for _ in answer.aiter_bytes():
            break
    for _ in range(100):
        again = await gateway.client.post("/chat/completions", json=body, headers=headers)
        if again.status_code == 200:
            break
        await asyncio.sleep(0.05)
    assert again.headers["x-idempotent-replayed"] == "true"
    assert again.text.endswith("data: [DONE]\n\n")
    assert again.text.count("word") == 5
    assert gateway.upstream.calls["slow-30"] == 1


async def test_the_openai_sdk_retries_into_the_stored_answer(gateway: GatewayWorld) -> None:
    client = openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=await gateway.key(), max_retries=5)
    asked = [
        client.chat.completions.create(
            model=await gateway.model("slow-20"),
            messages=[{"role": "user", "content": "hi"}],
            extra_headers={"Idempotency-Key": KEY},
        )
        for _ in range(2)
    ]
    one, other = await asyncio.gather(*asked)
    assert one == other
    assert gateway.upstream.calls["slow-20"] == 1
    stream = await client.chat.completions.create(
        model="ok", messages=[], stream=True, extra_headers={"Idempotency-Key": "streamed"}
    )
    told = [chunk async for chunk in stream]
    await gateway.settled()
    stream = await client.chat.completions.create(
        model="ok", messages=[], stream=True, extra_headers={"Idempotency-Key": "streamed"}
    )
    assert [chunk async for chunk in stream] == told
    assert gateway.upstream.calls["ok"] == 1


async def test_a_revoked_key_is_not_answered_from_the_store(gateway: GatewayWorld) -> None:
    secret = await gateway.key()
    await post(gateway, secret)
    await gateway.settled()
    [key] = (await gateway.app.list_api_keys(principal=gateway.principal, page=PageRequest())).rows
    await gateway.app.revoke_api_key(
        principal=gateway.principal, api_key_id=key.id, trace_id=gateway.app.ids.trace_id()
    )
    for _ in range(40):
        refused = await post(gateway, secret)
        if refused.status_code == 401:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("a revoked key goes on being answered")


async def test_nothing_of_key_body_or_answer_can_be_read_in_the_store(gateway: GatewayWorld) -> None:
    await post(gateway, await gateway.key(), key="a-telling-key", user="a-telling-body")
    await gateway.settled()
    async with gateway.adapters.pool().connection() as connection:
        cursor = await connection.execute(b"SELECT * FROM idempotency_keys")
        [row] = await cursor.fetchall()
    stored = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    assert all(told not in stored for told in (b"a-telling-key", b"a-telling-body", b"word0", b"chatcmpl"))


async def test_what_is_over_is_pruned_and_the_call_may_be_made_anew(gateway: GatewayWorld) -> None:
    secret = await gateway.key()
    await post(gateway, secret)
    await gateway.settled()
    tomorrow = FixedClock(gateway.adapters.clock().now() + timedelta(days=1, minutes=1))
    prune = PruneIdempotencyKeys(gateway.adapters.unit_of_work(), gateway.adapters.idempotency_keys(), tomorrow)
    assert await prune() == 1
    assert "x-idempotent-replayed" not in (await post(gateway, secret)).headers
    assert gateway.upstream.calls["ok"] == 2
