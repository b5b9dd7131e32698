"""The upstream client against a real server on loopback that does what it is told."""

from collections.abc import AsyncIterator

import pytest

from deepspace_adapters.newapi.client import NewApiClient, NewApiSettings, make_transport
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.pipeline import (
    ClientGone,
    UpstreamCut,
    UpstreamFailed,
    UpstreamMisconfigured,
    UpstreamRefused,
    UpstreamRequest,
    UpstreamSilent,
    UpstreamUnreachable,
)
from tests.scripted_upstream import ScriptedUpstream, running_upstream

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedUpstream]:
    async with running_upstream() as upstream:
        yield upstream


@pytest.fixture
async def client(scripted: ScriptedUpstream) -> AsyncIterator[NewApiClient]:
    transport = make_transport()
    yield NewApiClient(settings(scripted.url), transport)
    await transport.aclose()


def settings(url: str) -> NewApiSettings:
    return NewApiSettings(
        base_url=url,
        api_key="sk-up",
        connect_timeout_seconds=2,
        first_byte_timeout_seconds=0.5,
        idle_timeout_seconds=0.5,
    )


def request(model: str, *, stream: bool = False, path: str = "chat/completions") -> UpstreamRequest:
    asked = ',"stream":true,"stream_options":{"include_usage":true}' if stream else ""
    return UpstreamRequest(
        path=path,
        body=f'{{"model":"{model}"{asked}}}'.encode(),
        stream=stream,
        traceparent=TRACEPARENT,
        request_id="req_1",
    )


async def test_an_answer_comes_whole_with_its_facts(client: NewApiClient, scripted: ScriptedUpstream) -> None:
    reply = await client.send(request("ok"))
    body = b"".join([piece async for piece in reply.chunks()])
    await reply.close()
    assert b'"word0 word1 ' in body
    assert (reply.attempts, reply.upstream_request_id) == (1, "up-1")
    seen = scripted.headers[0]
    assert (seen["authorization"], seen["traceparent"], seen["x-request-id"]) == ("Bearer sk-up", TRACEPARENT, "req_1")


async def test_a_stream_comes_event_by_event_up_to_done(client: NewApiClient) -> None:
    reply = await client.send(request("split", stream=True))
    pieces = [piece async for piece in reply.chunks()]
    await reply.close()
    assert len(pieces) > 1
    assert b"".join(pieces).endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("model", "stream", "expected"),
    [
        ("status-400", False, UpstreamRefused),
        ("status-404", True, UpstreamRefused),
        ("status-401", False, UpstreamMisconfigured),
        ("status-402", False, UpstreamMisconfigured),
        ("status-403", True, UpstreamMisconfigured),
        ("status-429", False, UpstreamFailed),
        ("status-500", True, UpstreamFailed),
        ("status-503", False, UpstreamFailed),
        ("error-in-200", False, UpstreamFailed),
        ("error-in-200", True, UpstreamFailed),
        ("hang", True, UpstreamSilent),
        ("empty", False, UpstreamFailed),
        ("empty", True, UpstreamFailed),
        ("page", False, UpstreamFailed),
        ("page", True, UpstreamFailed),
        ("unstreamed", True, UpstreamFailed),
    ],
)
async def test_what_is_no_success_is_an_error_before_anything_is_committed(
    client: NewApiClient, model: str, stream: bool, expected: type[DeepSpaceError]
) -> None:
    with pytest.raises(DeepSpaceError) as caught:
        await client.send(request(model, stream=stream))
    assert type(caught.value) is expected


async def test_a_refusal_of_the_request_keeps_the_upstream_s_own_words(client: NewApiClient) -> None:
    with pytest.raises(UpstreamRefused, match="scripted 400"):
        await client.send(request("status-400"))


async def test_a_fault_tells_what_may_be_done_now(client: NewApiClient, scripted: ScriptedUpstream) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        await client.send(request("status-429-3"))
    assert caught.value.fields["upstream_retry_after_seconds"] == 3
    assert caught.value.fields["retry_after_seconds"] == 3
    with pytest.raises(UpstreamFailed) as caught:
        await client.send(request("status-503"))
    assert caught.value.fields["upstream_status"] == 503
    assert "upstream_retry_after_seconds" not in caught.value.fields
    assert scripted.calls["status-503"] == 1, "whether to send again is decided elsewhere"


async def test_a_probe_counts_the_models_that_are_listed(client: NewApiClient) -> None:
    assert await client.count_models() == 2


async def test_nobody_there_is_unreachable() -> None:
    transport = make_transport()
    with pytest.raises(UpstreamUnreachable):
        await NewApiClient(settings("http://127.0.0.1:9/v1"), transport).send(request("ok"))
    await transport.aclose()


async def test_whoever_comes_back_for_the_rest_does_not_hear_the_beginning_again(client: NewApiClient) -> None:
    reply = await client.send(request("split", stream=True))
    beginning = await anext(reply.chunks())
    rest = b"".join([piece async for piece in reply.chunks()])
    await reply.close()
    assert beginning.startswith(b"data: ")
    assert rest.endswith(b"data: [DONE]\n\n")
    assert (beginning + rest).count(b'"role":') == 1


async def test_a_stream_flows_to_whoever_takes_it_and_stops_when_told(client: NewApiClient) -> None:
    reply = await client.send(request("split", stream=True))
    taken: list[bytes] = []

    def take(piece: bytes) -> bool:
        taken.append(piece)
        return len(taken) % 3 != 0

    holds = 0
    while not await reply.flow(take):
        holds += 1
        assert len(taken) == 3 * holds
    await reply.close()
    other = await client.send(request("split", stream=True))
    assert b"".join(taken) == b"".join([piece async for piece in other.chunks()])
    await other.close()
    assert holds > 0


async def test_what_a_taker_raises_ends_the_flow_and_the_rest_can_be_read(client: NewApiClient) -> None:
    reply = await client.send(request("split", stream=True))
    taken: list[bytes] = []

    def take(piece: bytes) -> bool:
        taken.append(piece)
        if len(taken) > 1:
            raise ClientGone
        return True

    with pytest.raises(ClientGone):
        await reply.flow(take)
    rest = b"".join([piece async for piece in reply.chunks()])
    await reply.close()
    assert (b"".join(taken) + rest).count(b'"role":') == 1
    assert rest.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(("model", "fault"), [("cut", UpstreamCut), ("stall", UpstreamSilent)])
async def test_a_flow_that_breaks_off_says_so(client: NewApiClient, model: str, fault: type[DeepSpaceError]) -> None:
    reply = await client.send(request(model, stream=True))
    with pytest.raises(fault):
        await reply.flow(lambda _: True)
    await reply.close()


async def test_a_stream_that_is_cut_says_so(client: NewApiClient) -> None:
    reply = await client.send(request("cut", stream=True))
    with pytest.raises(UpstreamCut):
        _ = [piece async for piece in reply.chunks()]
    await reply.close()


def test_the_key_is_not_in_the_settings_repr() -> None:
    assert "sk-up" not in repr(settings("http://x/v1"))
