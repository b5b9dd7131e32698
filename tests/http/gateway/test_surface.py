"""The routes beyond chat: what passes is what the upstream said, and what is billed is what it counted."""

import json
from typing import Any

import pytest

from deepspace_core.pricing import TokenLeaves, Unit, Units
from deepspace_core.usage import UsageRecord
from tests import scripted_surface as surface
from tests.http.gateway.conftest import INPUT_PICOS, OUTPUT_PICOS, GatewayWorld

RESPONSE_LEAVES = TokenLeaves(input_uncached=15, input_cached_read=5, output_text=5, output_reasoning=2)
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
