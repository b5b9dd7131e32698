"""Calls over several channels, through the real gateway: fallback, changes under way, what a call costs us."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from deepspace_core.channels import ANY_MODEL, ChannelChanges, CostRates, LogChanges
from deepspace_core.pricing import Leaf, Tier
from tests.http.gateway.conftest import ACTOR, INPUT_PICOS, OUTPUT_PICOS, GatewayWorld, running_gateway
from tests.scripted_upstream import PROMPT_TOKENS, WORDS_USUAL, ScriptedUpstream, running_upstream

RATES = CostRates(tiers=(Tier(0, {Leaf.INPUT_UNCACHED: INPUT_PICOS // 2, Leaf.OUTPUT_TEXT: OUTPUT_PICOS // 2}),))
COST_PICOS = PROMPT_TOKENS * INPUT_PICOS // 2 + WORDS_USUAL * OUTPUT_PICOS // 2
SEEN_SECONDS = 10


@pytest.fixture
async def second(gateway: GatewayWorld) -> AsyncIterator[ScriptedUpstream]:
    """Another upstream, preferred, that charges half of what we do."""
    async with running_upstream() as upstream:
        await gateway.app.add_channel(
            actor=ACTOR,
            trace_id=gateway.app.ids.trace_id(),
            name="second",
            base_url=upstream.url,
            key="sk-second",
            changes=ChannelChanges(
                priority=9,
                cost_rates={ANY_MODEL: RATES},
                log=LogChanges(base_url=upstream.url.removesuffix("/v1"), user_id=1, token=upstream.log.token),
            ),
        )
        await _answered_by(gateway, "second")
        yield upstream


async def test_the_preferred_channel_answers_and_the_margin_is_known(
    gateway: GatewayWorld, second: ScriptedUpstream
) -> None:
    answer = await gateway.call("ok", key=await gateway.key())
    await gateway.settled()
    usage = await gateway.usage(answer.headers["x-trace-id"])
    assert (usage.channel, usage.upstream_model, usage.attempts) == ("second", "ok", 1)
    assert (usage.upstream_cost_picos, usage.margin_picos) == (COST_PICOS, COST_PICOS)
    assert usage.upstream_request_id == f"up-{len(second.requests)}"
    assert second.headers[-1]["authorization"] == "Bearer sk-second"
    story = await gateway.story(answer.headers["x-trace-id"])
    [told] = [entry.details for entry in story if entry.kind == "usage"]
    assert (told["channel"], told["margin_picos"]) == ("second", COST_PICOS)


async def test_a_channel_that_is_down_costs_no_call(gateway: GatewayWorld, second: ScriptedUpstream) -> None:
    second.down = True
    key = await gateway.key()
    answers = await asyncio.gather(*(gateway.call("ok", key=key, stream=number % 2 == 0) for number in range(12)))
    assert [answer.status_code for answer in answers] == [200] * 12
    await gateway.settled()
    usage = await gateway.usage(answers[0].headers["x-trace-id"])
    assert (usage.channel, usage.attempts) == ("default", 2)


async def test_a_model_that_fails_on_one_channel_is_answered_by_the_other(
    gateway: GatewayWorld, second: ScriptedUpstream
) -> None:
    trace_id = gateway.app.ids.trace_id()
    changes = ChannelChanges(model_names={"ok": "status-500"})
    await gateway.app.edit_channel(actor=ACTOR, trace_id=trace_id, name="second", changes=changes)
    await _answered_by(gateway, "default")
    assert second.calls["status-500"] > 0


async def test_an_edit_takes_effect_on_a_running_gateway(gateway: GatewayWorld, second: ScriptedUpstream) -> None:
    trace_id = gateway.app.ids.trace_id()
    await gateway.app.edit_channel(actor=ACTOR, trace_id=trace_id, name="second", changes=ChannelChanges(enabled=False))
    await _answered_by(gateway, "default")
    await gateway.app.edit_channel(
        actor=ACTOR, trace_id=trace_id, name="second", changes=ChannelChanges(enabled=True, key="sk-rotated")
    )
    await _answered_by(gateway, "second")
    assert second.headers[-1]["authorization"] == "Bearer sk-rotated"


async def test_a_call_that_the_upstream_charged_and_nobody_was_billed_for_is_found(
    gateway: GatewayWorld, second: ScriptedUpstream
) -> None:
    answer = await gateway.call("ok", key=await gateway.key())
    await gateway.settled()
    usage = await gateway.usage(answer.headers["x-trace-id"])
    at = int(usage.ended_at.timestamp())
    tokens = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": WORDS_USUAL, "quota": COST_PICOS // 2_000_000}
    second.log.add(at=at, model="ok", request_id=str(usage.upstream_request_id), **tokens)
    second.log.add(at=at, model="ok", request_id="never-billed", **tokens)
    found = await gateway.app.run_reconciliation(
        actor=ACTOR,
        trace_id=gateway.app.ids.trace_id(),
        since=usage.ended_at - timedelta(minutes=1),
        until=usage.ended_at + timedelta(seconds=2),
    )
    assert (found.report["only_theirs"], found.report["usage_differs"], found.report["cost_differs"]) == (1, 0, 0)
    findings = found.report["findings"]
    assert isinstance(findings, list)
    assert "never-billed" in str(findings)
    assert str(usage.upstream_request_id) not in [one["theirs"] and one["theirs"]["request_id"] for one in findings]


async def test_a_deployment_with_stored_channels_only_needs_no_upstream_of_the_settings(
    database_url: str, clean_redis_url: str
) -> None:
    alone = {"newapi_base_url": None, "newapi_api_key": None}
    async with running_gateway(database_url, clean_redis_url, **alone) as world, running_upstream() as upstream:
        key = await world.key()
        nowhere = await world.call("ok", key=key)
        assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (503, "no_channel")
        await world.app.add_channel(
            actor=ACTOR,
            trace_id=world.app.ids.trace_id(),
            name="only",
            base_url=upstream.url,
            key="sk-only",
            changes=ChannelChanges(),
        )
        async with asyncio.timeout(SEEN_SECONDS):
            while (await world.call("ok", key=key)).status_code != 200:  # noqa: ASYNC110 - the change is seen when it is
                await asyncio.sleep(0.1)
        assert upstream.headers[-1]["authorization"] == "Bearer sk-only"
        assert world.upstream.requests == []
        ready = await world.client.get(f"{world.url}/ready")
        assert (ready.status_code, {one["status"] for one in ready.json()["dependencies"]}) == (200, {"ok"})


async def _answered_by(gateway: GatewayWorld, name: str) -> None:
    """Calls until that channel answers; a change is seen within a second."""
    key = await gateway.key()
    async with asyncio.timeout(SEEN_SECONDS):
        while True:
            answer = await gateway.call("ok", key=key)
            assert answer.status_code == 200, answer.text
            await gateway.settled()
            if (await gateway.usage(answer.headers["x-trace-id"])).channel == name:
                return
            await asyncio.sleep(0.1)
