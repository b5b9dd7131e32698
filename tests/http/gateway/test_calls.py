"""Calls through the real gateway: what the client gets, and what the books say afterwards."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import openai
import pytest

from deepspace_adapters.composition import compose
from deepspace_core.identity import Permission
from deepspace_core.identity.strangers import FAILURES_MAX
from deepspace_core.ledger import HoldState, TransactionType
from deepspace_core.policy import LimitMetric, LimitScope, LimitTerms
from deepspace_http.installation_watch import InstallationWatch
from deepspace_http.watch import look
from tests.http.gateway.conftest import ABSENT, BODY_BYTES_MAX, INPUT_PICOS, OUTPUT_PICOS, GatewayWorld
from tests.scripted_upstream import PROMPT_TOKENS, WORDS_USUAL

COST_NANOS = (PROMPT_TOKENS * INPUT_PICOS + WORDS_USUAL * OUTPUT_PICOS) // 1_000
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def sdk(gateway: GatewayWorld, **more: object) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=await gateway.key(), max_retries=0, **more)  # type: ignore[arg-type]


async def test_an_answer_costs_what_tokens_times_rates_say_everywhere_it_is_told(gateway: GatewayWorld) -> None:
    answer = await gateway.call("ok", key=await gateway.key())
    assert answer.status_code == 200
    trace_id = answer.headers["x-trace-id"]
    await gateway.settled()
    hold, capture = await gateway.rows(trace_id)
    assert (hold.type, capture.type) == (TransactionType.HOLD, TransactionType.CAPTURE)
    assert capture.amount_nanos == COST_NANOS
    assert capture.released_nanos == hold.amount_nanos - COST_NANOS
    assert float(answer.headers["x-deepspace-cost"]) == answer.json()["usage"]["cost"] == COST_NANOS / 1e9
    assert answer.json()["x_own"] == {"kept": [1.5, "é"]}
    usage = await gateway.usage(trace_id)
    assert (usage.cost_nanos, usage.leaves.input_total, usage.leaves.output_total) == (COST_NANOS, 11, 5)
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("model", ["ok", "split", "null-usage"])
async def test_a_stream_without_the_wish_for_usage_has_none_and_is_billed_all_the_same(
    gateway: GatewayWorld, model: str
) -> None:
    answer = await gateway.call(model, key=await gateway.key(), stream=True)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert '"usage"' not in answer.text
    assert answer.text.endswith("data: [DONE]\n\n")
    await gateway.settled()
    assert (await gateway.rows(answer.headers["x-trace-id"]))[-1].amount_nanos == COST_NANOS


async def test_the_openai_sdk_streams_and_finds_the_cost_in_its_usage(gateway: GatewayWorld) -> None:
    client = await sdk(gateway)
    stream = await client.chat.completions.create(
        model="ok", messages=[{"role": "user", "content": "hi"}], stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices).startswith("word0")
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.model_dump()["cost"] == COST_NANOS / 1e9


async def test_embeddings_and_completions_go_the_same_way(gateway: GatewayWorld) -> None:
    client = await sdk(gateway)
    vectors = await client.embeddings.create(model="ok", input="a text", encoding_format="float")
    assert vectors.data[0].embedding == [0.25, -0.5]
    assert vectors.usage.model_dump()["cost"] == 4 * INPUT_PICOS / 1e12
    await client.completions.create(model="ok", prompt="once")
    await gateway.settled()


async def test_too_many_wrong_keys_are_looked_up_no_more_and_good_ones_go_on(gateway: GatewayWorld) -> None:
    good = await gateway.key()
    assert (await gateway.call("ok", key=good)).status_code == 200
    wrong = "sk-ds-" + "x" * 43
    statuses = [(await gateway.call("ok", key=wrong)).status_code for _ in range(FAILURES_MAX)]
    assert set(statuses) == {401}
    refused = await gateway.call("ok", key="sk-ds-" + "y" * 43)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_failures")
    assert refused.headers["x-should-retry"] == "false"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    await asyncio.sleep(0.6)  # the principal is no longer remembered, so the key is looked up again
    assert (await gateway.call("ok", key=good)).status_code == 200


@pytest.mark.parametrize(("cap", "code", "retry"), [(5, "larger_than_limit", "false"), (200, "rate_limited", "false")])
async def test_a_limit_a_day_is_told_in_headers_and_is_worth_no_retry(
    gateway: GatewayWorld, cap: int, code: str, retry: str
) -> None:
    terms = LimitTerms(LimitScope.ORG, None, LimitMetric.TOKENS, window_seconds=86_400, cap=cap)
    await gateway.app.set_limit(principal=gateway.principal, trace_id=gateway.app.ids.trace_id(), terms=terms)
    secret = await gateway.key()
    model = await gateway.model("slow-50")
    calls = (gateway.call(model, key=secret, stream=True, max_tokens=100) for _ in range(3))
    answers = await asyncio.gather(*calls)
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"]["code"] == code
    assert refused.headers["x-should-retry"] == retry
    assert refused.headers["x-ratelimit-limit-tokens"] == str(cap)
    assert refused.headers["x-ratelimit-limit-requests"] == "600"
    assert ("retry-after" in refused.headers) is (code == "rate_limited")


async def test_a_trace_given_by_the_client_goes_through_to_the_upstream(gateway: GatewayWorld) -> None:
    key = await gateway.key()
    answer = await gateway.client.post(
        "/chat/completions",
        json={"model": "ok", "messages": []},
        headers={"authorization": f"Bearer {key}", "traceparent": TRACEPARENT},
    )
    assert answer.headers["x-trace-id"] == TRACEPARENT[3:35]
    seen = gateway.upstream.headers[-1]
    assert seen["traceparent"].startswith(f"00-{TRACEPARENT[3:35]}-")
    assert seen["traceparent"] != TRACEPARENT
    assert seen["authorization"] == "Bearer sk-upstream-secret"
    assert seen["x-request-id"] == answer.headers["x-request-id"]


async def test_two_calls_of_one_trace_are_two_calls(gateway: GatewayWorld) -> None:
    key = await gateway.key()
    for _ in range(2):
        await gateway.client.post(
            "/chat/completions",
            json={"model": "ok", "messages": []},
            headers={"authorization": f"Bearer {key}", "traceparent": TRACEPARENT},
        )
    await gateway.settled()
    assert len(await gateway.rows(TRACEPARENT[3:35])) == 4


async def test_without_usage_the_delivered_text_is_counted_and_marked(gateway: GatewayWorld) -> None:
    answer = await gateway.call("no-usage", key=await gateway.key(), stream=True)
    await gateway.settled()
    usage = await gateway.usage(answer.headers["x-trace-id"])
    assert usage.usage_source == "estimated"
    assert usage.leaves.output_total > 0


@pytest.mark.parametrize(
    ("model", "stream", "status", "code"),
    [
        ("status-400", False, 400, "scripted"),
        ("status-404", False, 404, "scripted"),
        ("status-401", False, 503, "upstream_misconfigured"),
        ("status-429", True, 502, "upstream_error"),
        ("status-500", True, 502, "upstream_error"),
        ("error-in-200", False, 502, "upstream_error"),
        ("error-in-200", True, 502, "upstream_error"),
        ("hang", True, 504, "upstream_timeout"),
        (ABSENT, False, 404, "model_not_found"),
    ],
)
async def test_an_upstream_s_failure_has_a_status_and_leaves_no_hold(
    gateway: GatewayWorld, model: str, stream: bool, status: int, code: str
) -> None:
    answer = await gateway.call(model, key=await gateway.key(), stream=stream)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert set(error) == {"message", "type", "code", "param", "trace_id"}
    assert error["trace_id"] == answer.headers["x-trace-id"]
    wallet = await gateway.settled()
    assert wallet.balance_nanos == 1_000_000_000


async def test_a_stream_cut_in_the_middle_says_so_and_bills_what_came(gateway: GatewayWorld) -> None:
    answer = await gateway.call("cut", key=await gateway.key(), stream=True)
    last = json.loads(answer.text.strip().rsplit("data: ", 1)[1])
    assert last["error"]["code"] == "upstream_cut"
    await gateway.settled()
    usage = await gateway.usage(answer.headers["x-trace-id"])
    assert (usage.ending, usage.usage_source) == ("truncated", "estimated")


async def test_a_client_that_hangs_up_pays_for_the_answer_it_asked_for_once(gateway: GatewayWorld) -> None:
    client = await sdk(gateway)
    stream = await client.chat.completions.create(
        model=await gateway.model("slow-50"), messages=[{"role": "user", "content": "hi"}], stream=True
    )
    trace_id = stream.response.headers["x-trace-id"]
    await anext(aiter(stream))
    await stream.close()
    await gateway.settled()
    usage = await gateway.usage(trace_id)
    assert (usage.ending, usage.usage_source) == ("client_aborted", "upstream")
    assert [row.type for row in await gateway.rows(trace_id)] == [TransactionType.HOLD, TransactionType.CAPTURE]


async def test_an_empty_wallet_is_402_with_the_numbers_and_no_use_in_retrying(gateway: GatewayWorld) -> None:
    await gateway.app.adjust_wallet(
        org_id=gateway.principal.org_id,
        wallet_id=gateway.principal.wallet_id,
        ref="empty-it",
        amount_nanos=-1_000_000_000,
        actor="system:test",
        trace_id=gateway.app.ids.trace_id(),
        reason="test",
    )
    answer = await gateway.call("ok", key=await gateway.key())
    assert (answer.status_code, answer.json()["error"]["type"]) == (402, "insufficient_quota")
    assert answer.headers["x-should-retry"] == "false"
    assert "top it up" in answer.json()["error"]["message"]
    assert gateway.upstream.requests == []


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        (b"{", 400, "invalid_input", None),
        (b'{"messages":[]}', 400, "invalid_input", "model"),
        (b'{"model":"ok","max_tokens":"many"}', 400, "invalid_input", "max_tokens"),
        (b'{"model":"' + b"x" * BODY_BYTES_MAX + b'"}', 413, "body_too_large", None),
    ],
)
async def test_a_bad_body_is_told_by_its_field(
    gateway: GatewayWorld, body: bytes, status: int, code: str, param: str | None
) -> None:
    headers = {"authorization": f"Bearer {await gateway.key()}", "content-type": "application/json"}
    answer = await gateway.client.post("/chat/completions", content=body, headers=headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)


async def test_a_body_that_hides_its_length_is_bounded_too(gateway: GatewayWorld) -> None:
    async def pieces() -> object:
        for _ in range(10):
            yield b" " * (BODY_BYTES_MAX // 4)

    headers = {"authorization": f"Bearer {await gateway.key()}", "content-type": "application/json"}
    answer = await gateway.client.post("/chat/completions", content=pieces(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 413


async def test_wrong_methods_and_types_are_told_in_the_one_shape(gateway: GatewayWorld) -> None:
    key = await gateway.key()
    got = await gateway.client.get("/chat/completions", headers={"authorization": f"Bearer {key}"})
    assert (got.status_code, got.json()["error"]["code"], got.headers["allow"]) == (405, "method_not_allowed", "POST")
    headers = {"authorization": f"Bearer {key}", "content-type": "text/plain"}
    sent = await gateway.client.post("/chat/completions", content=b"{}", headers=headers)
    assert (sent.status_code, sent.json()["error"]["code"]) == (415, "unsupported_media_type")


async def test_keys_that_are_missing_wrong_expired_or_without_scope_are_told_apart(gateway: GatewayWorld) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.7)
    expiring = await gateway.key(expires_at=soon)
    reading = await gateway.key(scopes=[Permission.READ_WALLET])
    await asyncio.sleep(0.8)
    found = {}
    for name, key in {"wrong": "sk-ds-" + "x" * 43, "expired": expiring, "scope": reading}.items():
        answer = await gateway.call("ok", key=key)
        found[name] = (answer.status_code, answer.json()["error"]["code"])
    nobody = await gateway.client.post("/chat/completions", json={"model": "ok"})
    found["missing"] = (nobody.status_code, nobody.json()["error"]["code"])
    assert found == {
        "wrong": (401, "key_unknown"),
        "expired": (401, "key_expired"),
        "scope": (403, "permission_missing"),
        "missing": (401, "unauthenticated"),
    }


async def test_a_key_s_list_of_models_is_kept(gateway: GatewayWorld) -> None:
    await gateway.model("split")
    key = await gateway.key(models=["split"])
    assert (await gateway.call("ok", key=key)).json()["error"]["code"] == "model_not_allowed"
    listed = await gateway.client.get("/models", headers={"authorization": f"Bearer {key}"})
    assert [model["id"] for model in listed.json()["data"]] == ["split"]


async def test_a_database_that_goes_away_is_503_and_the_gateway_recovers(gateway: GatewayWorld) -> None:
    key = await gateway.key()
    assert (await gateway.call("ok", key=key)).status_code == 200
    pools = (gateway.adapters.pool(), gateway.adapters.ledger_pool())
    await gateway.settled()
    taken = [(pool, await pool.getconn()) for pool in pools for _ in range(pool.max_size)]
    originals = [pool.timeout for pool in pools]
    for pool in pools:
        pool.timeout = 0.2
    answer = await gateway.call("ok", key=key)
    for pool, connection in taken:
        await pool.putconn(connection)
    for pool, original in zip(pools, originals, strict=True):
        pool.timeout = original
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert (await gateway.call("ok", key=key)).status_code == 200


async def test_every_request_is_logged_refused_ones_too(gateway: GatewayWorld) -> None:
    refused = await gateway.call(ABSENT, key=await gateway.key())
    [logged] = await gateway.story(refused.headers["x-trace-id"])
    assert "404" in logged.title


async def test_bodies_of_strangers_can_not_fill_the_memory(
    gateway: GatewayWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepspace_http.gateway_asgi.BODIES_BYTES_MAX", 1_000)
    for _ in range(2):  # what was refused is not held on to
        big = await gateway.call("ok", key="sk-ds-nobody", user="x" * 2_000)
        assert (big.status_code, big.json()["error"]["code"]) == (503, "unavailable")
    assert (await gateway.call("ok", key=await gateway.key())).status_code == 200


async def test_many_calls_at_once_leave_the_books_sound(gateway: GatewayWorld) -> None:
    key = await gateway.key()
    answers = await asyncio.gather(*(gateway.call("ok", key=key, stream=number % 2 == 0) for number in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    wallet = await gateway.settled()
    assert wallet.balance_nanos == 1_000_000_000 - 40 * COST_NANOS
    holds = [(await gateway.rows(answer.headers["x-trace-id"]))[0].hold_id for answer in answers]
    states = {(await gateway.hold(hold_id)).state for hold_id in holds if hold_id}
    assert states == {HoldState.CAPTURED}


async def test_limits_are_told_in_headers_and_refuse_with_a_time(gateway: GatewayWorld) -> None:
    key = await gateway.key()
    answer = await gateway.call("ok", key=key)
    assert answer.headers["x-ratelimit-limit-requests"] == "600"
    assert int(answer.headers["x-ratelimit-remaining-requests"]) <= 599


async def test_metrics_tell_of_calls_by_model_and_ending(gateway: GatewayWorld) -> None:
    await gateway.call("ok-7", key=await gateway.key())
    await gateway.settled()
    look(gateway.adapters)
    await compose(gateway.adapters, InstallationWatch).look()
    told = (await gateway.client.get(f"{gateway.url}/metrics")).text
    assert "deepspace_gateway_limits_degraded 0.0" in told
    assert "deepspace_gateway_settlements_waiting 0.0" in told
    assert "deepspace_gateway_settlement_lag_seconds 0.0" in told
    for name in ("ledger_holds_open", "ledger_holds_overdue", "work_jobs_waiting", "work_deliveries_waiting"):
        assert f"deepspace_{name} 0.0" in told
    assert 'deepspace_gateway_calls_total{ending="completed",model="ok-7",route="chat/completions"} 1.0' in told
    assert 'deepspace_gateway_tokens_total{direction="output",model="ok-7"} 7.0' in told
    assert 'deepspace_gateway_stage_seconds_count{stage="budget_hold"}' in told
    assert "deepspace_gateway_calls_under_way 0.0" in told
