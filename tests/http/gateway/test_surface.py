"""The routes beyond chat: what passes is what the upstream said, and what is billed is what it counted."""

import json
from typing import Any

import httpx
import pytest

from deepspace_core.pricing import TokenLeaves, Unit, Units
from deepspace_core.usage import UsageRecord
from tests import scripted_surface as surface
from tests.http.gateway.conftest import BODY_BYTES_MAX, INPUT_PICOS, OUTPUT_PICOS, GatewayWorld

RESPONSE_LEAVES = TokenLeaves(input_uncached=15, input_cached_read=5, output_text=5, output_reasoning=2)
MESSAGE_LEAVES = TokenLeaves(input_uncached=20, input_cached_read=5, input_cache_write=3, output_text=7)
IMAGE_PICOS = 40_000_000_000


async def metered(gateway: GatewayWorld, trace_id: str) -> UsageRecord:
    await gateway.settled()
    return await gateway.usage(trace_id)


def picos(leaves: TokenLeaves) -> int:
    return leaves.input_total * INPUT_PICOS + leaves.output_total * OUTPUT_PICOS


async def test_a_response_keeps_every_field_and_is_billed_by_its_own_usage(gateway: GatewayWorld) -> None:
    answer = await gateway.post("/responses", {"model": "ok", "input": "hi", "own": {"x": 1}}, key=await gateway.key())
    told, sent = answer.json(), surface.answer_of("/v1/responses", {"model": "ok"})
    assert isinstance(sent, dict)
    cost = told["usage"].pop("cost")
    assert told == sent
    assert gateway.upstream.requests[-1] == {"model": "ok", "input": "hi", "own": {"x": 1}}
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert (record.leaves, record.usage_source, record.route) == (RESPONSE_LEAVES, "upstream", "responses")
    assert cost == float(answer.headers["x-deepspace-cost"]) == picos(RESPONSE_LEAVES) / 1e12


async def test_a_streamed_response_passes_its_events_untouched_but_for_the_cost(gateway: GatewayWorld) -> None:
    body = {"model": "ok", "input": "hi", "stream": True}
    answer = await gateway.post("/responses", body, key=await gateway.key())
    events = surface.events_of("/v1/responses", body)
    assert events is not None
    assert answer.text.encode().startswith(b"".join(events[:-1]))
    last = json.loads(answer.text.rsplit("data: ", 1)[1])
    assert last["response"]["usage"].pop("cost") == picos(RESPONSE_LEAVES) / 1e12
    assert last == json.loads(events[-1].split(b"data: ")[1])
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert (record.leaves, record.ending, record.stream) == (RESPONSE_LEAVES, "completed", True)
    assert "stream_options" not in gateway.upstream.requests[-1]


async def test_a_response_that_fails_in_the_middle_says_so_in_its_own_words_and_bills_what_came(
    gateway: GatewayWorld,
) -> None:
    key = await gateway.key()
    model = await gateway.model("failed-mid-stream")
    answer = await gateway.post("/responses", {"model": model, "input": "hi", "stream": True}, key=key)
    assert '"type":"response.failed"' in answer.text.rsplit("\n\n", 2)[1]
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert (record.ending, record.usage_source) == ("upstream_error", "estimated")
    assert record.leaves.output_text > 0


async def test_an_upstream_s_own_error_in_a_response_is_told_in_our_words(gateway: GatewayWorld) -> None:
    key = await gateway.key()
    model = await gateway.model("error-mid-stream")
    answer = await gateway.post("/responses", {"model": model, "input": "hi", "stream": True}, key=key)
    *_, last = answer.text.strip().split("\n\n")
    assert last.startswith("event: error\n")
    told = json.loads(last.split("data: ")[1])
    assert (told["type"], told["code"], told["sequence_number"]) == ("error", "upstream_error", 5)
    assert "channel 7" not in answer.text


async def test_a_response_in_the_background_is_refused(gateway: GatewayWorld) -> None:
    body = {"model": "ok", "input": "hi", "background": True}
    answer = await gateway.post("/responses", body, key=await gateway.key())
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "background")


@pytest.mark.parametrize("priced", [True, False])
async def test_images_are_billed_by_the_piece_where_the_card_says_so_else_by_tokens(
    gateway: GatewayWorld, priced: bool
) -> None:
    model = await gateway.model("no-usage", units={Unit.IMAGES: IMAGE_PICOS} if priced else None)
    answer = await gateway.post("/images/generations", {"model": model, "prompt": "x", "n": 3}, key=await gateway.key())
    assert len(answer.json()["data"]) == 3
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert record.units == Units(images=3)
    [hold, _] = await gateway.rows(answer.headers["x-trace-id"])
    assert hold.amount_nanos >= record.cost_nanos
    if priced:
        assert (record.cost_picos, record.usage_source, record.leaves.total) == (3 * IMAGE_PICOS, "upstream", 0)
        assert float(answer.headers["x-deepspace-cost"]) == 0.12
    else:
        assert (record.leaves.output_image, record.usage_source) == (3 * 6_208, "estimated")


async def test_images_with_usage_are_billed_by_it(gateway: GatewayWorld) -> None:
    answer = await gateway.post("/images/generations", {"model": "ok", "prompt": "x"}, key=await gateway.key())
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert record.leaves == TokenLeaves(input_uncached=12, input_image=8, output_image=272)
    assert answer.json()["usage"]["cost"] == record.cost_picos / 1e12


async def test_a_streamed_image_carries_its_cost(gateway: GatewayWorld) -> None:
    body = {"model": "ok", "prompt": "x", "stream": True}
    answer = await gateway.post("/images/generations", body, key=await gateway.key())
    last = json.loads(answer.text.rsplit("data: ", 1)[1])
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert last["usage"]["cost"] == record.cost_picos / 1e12
    assert (record.units, record.leaves.output_image) == (Units(images=1), 272)


@pytest.mark.parametrize(
    ("path", "body", "leaves"),
    [
        ("/moderations", {"model": "ok", "input": "a text"}, None),
        ("/rerank", {"model": "ok", "query": "q", "documents": ["d"]}, TokenLeaves(input_uncached=20)),
    ],
)
async def test_classifying_and_reranking_are_billed_by_what_was_read(
    gateway: GatewayWorld, path: str, body: dict[str, Any], leaves: TokenLeaves | None
) -> None:
    answer = await gateway.post(path, body, key=await gateway.key())
    assert answer.json().pop("x_own") == surface.OWN
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert record.leaves.input_total > 0
    assert record.leaves.output_total == 0
    assert leaves is None or record.leaves == leaves


async def test_a_moderation_that_names_no_model_means_the_usual_one_and_says_so_upstream(
    gateway: GatewayWorld,
) -> None:
    await gateway.model("omni-moderation-latest")
    answer = await gateway.post("/moderations", {"input": "a text"}, key=await gateway.key())
    assert answer.status_code == 200
    assert gateway.upstream.requests[-1]["model"] == "omni-moderation-latest"


async def messages(gateway: GatewayWorld, model: str = "ok", **more: Any) -> httpx.Response:
    body = {
        "model": await gateway.model(model),
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "hi"}],
        **more,
    }
    headers = {"x-api-key": await gateway.key(), "anthropic-version": "2023-06-01", "anthropic-beta": "x-1"}
    return await gateway.client.post("/messages", json=body, headers=headers)


async def test_a_message_is_anthropic_s_own_and_its_cache_tokens_are_leaves(gateway: GatewayWorld) -> None:
    answer = await messages(gateway)
    told, sent = answer.json(), surface.answer_of("/v1/messages", {"model": "ok"})
    cost = told["usage"].pop("cost")
    assert told == sent
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert record.leaves == MESSAGE_LEAVES
    assert cost == record.cost_picos / 1e12
    assert answer.headers["request-id"] == answer.headers["x-trace-id"]
    seen = gateway.upstream.headers[-1]
    assert (seen["anthropic-version"], seen["anthropic-beta"]) == ("2023-06-01", "x-1")
    assert "x-api-key" not in seen


async def test_a_streamed_message_keeps_its_events_in_order_and_tells_its_cost_at_the_end(
    gateway: GatewayWorld,
) -> None:
    answer = await messages(gateway, stream=True)
    events = surface.events_of("/v1/messages", {"model": "ok"})
    assert events is not None
    passed = answer.text.encode().split(b"\n\n")[:-1]
    assert [event + b"\n\n" for event in passed[:-2]] == events[:-2]
    assert passed[-1] + b"\n\n" == events[-1]
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert json.loads(passed[-2].split(b"data: ")[1])["usage"] == {"output_tokens": 7, "cost": record.cost_picos / 1e12}
    assert (record.leaves, record.ending) == (MESSAGE_LEAVES, "completed")


async def test_a_message_that_breaks_off_says_so_in_anthropic_s_shape(gateway: GatewayWorld) -> None:
    answer = await messages(gateway, "error-mid-stream", stream=True)
    *_, last = answer.text.strip().split("\n\n")
    assert last.startswith("event: error\n")
    assert json.loads(last.split("data: ")[1])["error"]["type"] == "api_error"
    assert "channel 7" not in answer.text
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert record.ending == "upstream_error"
    assert record.leaves.input_total > 0


@pytest.mark.parametrize(
    ("key", "body", "status", "kind"),
    [
        ("sk-ds-wrong", {"model": "ok", "max_tokens": 1, "messages": []}, 401, "authentication_error"),
        (None, {"model": "absent", "max_tokens": 1, "messages": []}, 404, "not_found_error"),
        (None, {"max_tokens": 1}, 400, "invalid_request_error"),
        (None, {"model": "ok", "max_tokens": 0}, 400, "invalid_request_error"),
        (None, {"model": "ok", "x": "x" * BODY_BYTES_MAX}, 413, "request_too_large"),
    ],
)
async def test_refusals_of_messages_have_anthropic_s_shape(
    gateway: GatewayWorld, key: str | None, body: dict[str, Any], status: int, kind: str
) -> None:
    headers = {"x-api-key": key or await gateway.key()}
    answer = await gateway.client.post("/messages", json=body, headers=headers)
    told = answer.json()
    assert (answer.status_code, told["type"], told["error"]["type"]) == (status, "error", kind)
    assert told["request_id"] == answer.headers["request-id"] == answer.headers["x-trace-id"]


async def test_counting_tokens_costs_the_price_of_a_request_and_nothing_else(gateway: GatewayWorld) -> None:
    answer = await gateway.client.post(
        "/messages/count_tokens", json={"model": "ok", "messages": []}, headers={"x-api-key": await gateway.key()}
    )
    assert answer.json() == {"input_tokens": surface.INPUT_TOKENS}
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert (record.cost_nanos, record.leaves.total) == (0, 0)


async def test_a_wrong_method_has_the_shape_of_its_route(gateway: GatewayWorld) -> None:
    got = await gateway.client.get("/messages", headers={"x-api-key": await gateway.key()})
    assert (got.status_code, got.json()["error"]["type"]) == (405, "invalid_request_error")
