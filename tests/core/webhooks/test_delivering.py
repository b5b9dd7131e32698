"""Delivering: signed so that receivers' own library accepts it, tried again, given up, and what the endpoint learns."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from deepspace_core.kernel.errors import Conflict, OutgoingFailed, OutgoingRefused
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.ports.outgoing import OutgoingAnswer, OutgoingRequest
from deepspace_core.webhooks import DeliveryState, HappeningType, WebhookDelivery, WebhookRejected
from deepspace_core.webhooks.use_cases import EndpointTerms, NewWebhook
from deepspace_core.webhooks.use_cases.delivering import ABANDONED_AFTER, RETENTION
from tests.core.webhooks.world import ORG, OWNER, URL, World
from tests.fakes import TRACE, FixedClock, ScriptedOutgoing

REFUSED = OutgoingAnswer(503, {}, b"not now\x00")
GONE = OutgoingAnswer(410, {}, b"")


async def _pinged(world: World) -> tuple[NewWebhook, WebhookDelivery]:
    made = await world.endpoint()
    return made, await world.ping(principal=OWNER, endpoint_id=made.endpoint.id, trace_id=TRACE)


def _verified(secret: str, sent: OutgoingRequest) -> object:
    return Webhook(secret).verify(sent.body, dict(sent.headers))


async def test_the_receivers_own_library_accepts_the_signature() -> None:
    world = World(clock=FixedClock(datetime.now(UTC)))
    made, ping = await _pinged(world)
    await world.deliver(delivery_id=ping.id, is_last=False)
    (sent,) = world.outgoing.sent
    told = _verified(made.secret.reveal(), sent)
    assert told == json.loads(sent.body)
    assert json.loads(sent.body)["type"] == "webhook.ping"
    assert (sent.method, sent.url, sent.headers["webhook-id"]) == ("POST", URL, ping.message_id)
    with pytest.raises(WebhookVerificationError):
        _verified(made.secret.reveal(), OutgoingRequest("POST", URL, sent.headers, sent.body + b" "))
    (stored,) = await world.messages()
    assert (stored.state, stored.response_status, stored.attempts) == (DeliveryState.DELIVERED, 204, 1)


async def test_during_a_rotation_both_secrets_sign_and_afterwards_the_new_one_alone() -> None:
    world = World(clock=FixedClock(datetime.now(UTC)))
    made, ping = await _pinged(world)
    rotated = await world.rotate(
        principal=OWNER, endpoint_id=made.endpoint.id, overlap=timedelta(minutes=1), trace_id=TRACE
    )
    assert rotated.secret.reveal() != made.secret.reveal()
    await world.deliver(delivery_id=ping.id, is_last=False)
    for secret in (made.secret, rotated.secret):
        _verified(secret.reveal(), world.outgoing.sent[0])
    world.clock.advance(minutes := timedelta(minutes=1))
    assert minutes
    again = await world.replay(principal=OWNER, endpoint_id=made.endpoint.id, delivery_id=ping.id, trace_id=TRACE)
    await world.deliver(delivery_id=again.id, is_last=False)
    _verified(rotated.secret.reveal(), world.outgoing.sent[1])
    with pytest.raises(WebhookVerificationError):
        _verified(made.secret.reveal(), world.outgoing.sent[1])
    assert world.outgoing.sent[1].headers["webhook-id"] == ping.message_id


async def test_a_refusal_is_tried_again_and_the_last_attempt_gives_up() -> None:
    world = World(ScriptedOutgoing(REFUSED))
    made, ping = await _pinged(world)
    with pytest.raises(WebhookRejected) as refused:
        await world.deliver(delivery_id=ping.id, is_last=False)
    assert refused.value.retryable
    (stored,) = await world.messages()
    assert (stored.state, stored.response_status, stored.response_text) == (DeliveryState.PENDING, 503, "not now\ufffd")
    await world.deliver(delivery_id=ping.id, is_last=True)
    (stored,) = await world.messages()
    assert (stored.state, stored.attempts) == (DeliveryState.FAILED, 2)
    assert (await world.stored(made)).failures == 2
    await world.deliver(delivery_id=ping.id, is_last=False)
    assert len(world.outgoing.sent) == 2


async def test_a_success_forgets_earlier_failures() -> None:
    world = World(ScriptedOutgoing(OutgoingFailed("no answer", reason="timeout"), OutgoingAnswer(200, {}, b"ok")))
    made, ping = await _pinged(world)
    with pytest.raises(OutgoingFailed):
        await world.deliver(delivery_id=ping.id, is_last=False)
    assert (await world.stored(made)).failing_since is not None
    await world.deliver(delivery_id=ping.id, is_last=False)
    assert ((await world.stored(made)).failures, (await world.stored(made)).failing_since) == (0, None)


async def test_a_forbidden_destination_is_given_up_at_once() -> None:
    world = World(ScriptedOutgoing(OutgoingRefused("inside", param="url")))
    _, ping = await _pinged(world)
    await world.deliver(delivery_id=ping.id, is_last=False)
    (stored,) = await world.messages()
    assert (stored.state, stored.error) == (DeliveryState.FAILED, "inside")


async def test_a_receiver_that_is_gone_for_good_disables_its_endpoint() -> None:
    world = World(ScriptedOutgoing(GONE))
    made, ping = await _pinged(world)
    await world.deliver(delivery_id=ping.id, is_last=False)
    endpoint = await world.stored(made)
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "the receiver answered 410, not 2xx")
    assert world.told[-1] == "webhook.disabled"


async def test_an_endpoint_that_refuses_for_days_is_disabled_and_the_others_are_told() -> None:
    world = World(ScriptedOutgoing(REFUSED))
    made, first = await _pinged(world)
    await world.endpoint(url="https://other.example.org/")
    await world.deliver(delivery_id=first.id, is_last=True)
    assert (await world.stored(made)).enabled
    world.clock.advance(timedelta(days=3))
    again = await world.replay(principal=OWNER, endpoint_id=made.endpoint.id, delivery_id=first.id, trace_id=TRACE)
    await world.deliver(delivery_id=again.id, is_last=True)
    assert not (await world.stored(made)).enabled
    await world.publish()
    assert [one.event_type for one in (await world.messages())[1:]] == [HappeningType.WEBHOOK_DISABLED]
    with pytest.raises(Conflict):
        await world.ping(principal=OWNER, endpoint_id=made.endpoint.id, trace_id=TRACE)
    enabled = await world.update(
        principal=OWNER, endpoint_id=made.endpoint.id, terms=EndpointTerms(URL), enabled=True, trace_id=TRACE
    )
    assert (enabled.enabled, enabled.failures, enabled.disabled_reason) == (True, 0, None)


async def test_messages_for_a_disabled_endpoint_are_given_up_unsent() -> None:
    world = World()
    made, ping = await _pinged(world)
    await world.update(
        principal=OWNER, endpoint_id=made.endpoint.id, terms=EndpointTerms(URL), enabled=False, trace_id=TRACE
    )
    await world.deliver(delivery_id=ping.id, is_last=False)
    (stored,) = await world.messages()
    assert (stored.state, world.outgoing.sent) == (DeliveryState.FAILED, [])


async def test_a_message_that_is_on_its_way_is_not_sent_again() -> None:
    world = World()
    made, ping = await _pinged(world)
    with pytest.raises(Conflict):
        await world.replay(principal=OWNER, endpoint_id=made.endpoint.id, delivery_id=ping.id, trace_id=TRACE)


async def test_a_message_that_its_job_left_behind_is_sent_again() -> None:
    world = World()
    made, ping = await _pinged(world)
    assert ping.job_id is not None
    async with world.unit_of_work() as tx:
        job = await world.jobs.get(tx, ping.job_id, org_id=None)
        await world.jobs.save(tx, job.cancel(now=world.clock.now()))
        await tx.commit()
    sent = await world.replay(principal=OWNER, endpoint_id=made.endpoint.id, delivery_id=ping.id, trace_id=TRACE)
    assert sent.job_id not in {None, ping.job_id}
    await world.deliver(delivery_id=ping.id, is_last=False)
    assert [one.state for one in await world.messages()] == [DeliveryState.DELIVERED]


async def test_a_message_that_nobody_brought_is_removed_with_a_record_after_what_is_settled() -> None:
    world = World()
    made, ping = await _pinged(world)
    _, taken = await _pinged(world)
    await world.deliver(delivery_id=taken.id, is_last=False)
    world.clock.advance(RETENTION + timedelta(hours=1))
    assert await world.prune() == 1
    assert [one.id for one in await world.messages()] == [ping.id]
    world.clock.advance(ABANDONED_AFTER - RETENTION)
    assert [await world.prune(), await world.prune()] == [1, 0]
    assert await world.messages() == []
    assert world.told[-1] == "webhook.message_abandoned"
    last = [*world.database.tables["audit_logs"].values()][-1].event
    assert (last.org_id, last.subject) == (ORG, show_id("webhook", made.endpoint.id))
    assert last.payload == {"message": ping.message_id, "type": "webhook.ping", "attempts": 0}


async def test_a_secret_is_stored_sealed() -> None:
    world = World()
    made = await world.endpoint()
    secret = made.secret.reveal()
    assert secret.startswith("whsec_")
    assert secret.encode() not in made.endpoint.secret_sealed
    assert secret not in repr(made)
