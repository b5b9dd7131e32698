"""Forms with files: passed on byte for byte without being held, metered by seconds, tokens or pieces."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from deepspace_core.pricing import TokenLeaves, Unit, Units
from tests import scripted_surface as surface
from tests.http.gateway.conftest import GatewayWorld
from tests.http.gateway.test_surface import metered

BOUNDARY = "----x-boundary-7"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
SECOND_PICOS = 100_000_000
WAVE = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0" + (16_000).to_bytes(4, "little") + (32_000).to_bytes(4, "little")


def field(name: str, value: str) -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def file(data: bytes, name: str = "file") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="a.wav"\r\n'
    return head.encode() + b"Content-Type: audio/wav\r\n\r\n" + data + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


async def sent(
    gateway: GatewayWorld, *parts: bytes, path: str = "/audio/transcriptions", **more: str
) -> httpx.Response:
    headers = {"authorization": f"Bearer {await gateway.key()}", "content-type": FORM, **more}
    return await gateway.client.post(path, content=b"".join(parts) + END, headers=headers)


@pytest.mark.parametrize("model_first", [True, False])
async def test_a_form_passes_whole_wherever_its_model_stands(gateway: GatewayWorld, model_first: bool) -> None:
    sound = WAVE + b"\r\n--not-the-boundary\r\n" + bytes(range(256)) * 6_000
    parts = [field("model", "ok"), file(sound), field("language", "en")]
    answer = await sent(gateway, *(parts if model_first else parts[1:] + parts[:1]))
    assert answer.json()["text"] == "".join(surface.WORDS)
    assert gateway.upstream.requests[-1] == {"model": "ok", "file": len(sound), "language": "en"}
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert (record.units, record.route) == (Units(audio_seconds=9), "audio/transcriptions")


async def test_an_upload_is_not_held_until_it_is_whole(gateway: GatewayWorld) -> None:
    """The upstream has the beginning while the client still has the end."""
    arrived = gateway.upstream.arrived
    body = [field("model", "ok"), file(WAVE + b"\0" * 8_000)[:-2]]

    async def slowly() -> AsyncIterator[bytes]:
        yield b"".join(body)
        await asyncio.wait_for(arrived.wait(), 10)
        yield b"\0" * 1_000 + b"\r\n" + END

    headers = {"authorization": f"Bearer {await gateway.key()}", "content-type": FORM}
    answer = await gateway.client.post("/audio/transcriptions", content=slowly(), headers=headers)
    assert answer.status_code == 200, answer.text


async def test_the_model_is_renamed_inside_the_form(gateway: GatewayWorld) -> None:
    await gateway.model("short", upstream_name="ok-a-much-longer-name")
    for parts in ([field("model", "short"), file(b"x" * 9)], [file(b"x" * 9), field("model", "short")]):
        answer = await sent(gateway, *parts)
        assert answer.status_code == 200, answer.text
        assert gateway.upstream.requests[-1] == {"model": "ok-a-much-longer-name", "file": 9}


async def test_seconds_are_the_whole_bill_where_they_have_a_price(gateway: GatewayWorld) -> None:
    model = await gateway.model("ok-priced", units={Unit.AUDIO_SECONDS: SECOND_PICOS})
    answer = await sent(gateway, field("model", model), file(WAVE + b"\0" * 320_000))
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert (record.cost_picos, record.leaves.total) == (surface.AUDIO_SECONDS * SECOND_PICOS, 0)
    [hold, _] = await gateway.rows(answer.headers["x-trace-id"])
    assert hold.amount_nanos >= 10 * SECOND_PICOS // 1_000


async def test_tokens_of_a_transcript_are_leaves(gateway: GatewayWorld) -> None:
    model = await gateway.model("ok-tokens")
    answer = await sent(gateway, field("model", model), file(WAVE))
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert record.leaves == TokenLeaves(input_uncached=2, input_audio=18, output_text=7)
    assert answer.json()["usage"]["cost"] == record.cost_picos / 1e12


async def test_subtitles_pass_as_they_are_and_the_length_is_read_from_the_sound(gateway: GatewayWorld) -> None:
    model = await gateway.model("ok-priced", units={Unit.AUDIO_SECONDS: SECOND_PICOS})
    answer = await sent(
        gateway, field("model", model), field("response_format", "text"), file(WAVE + b"\0" * 32_000 * 3)
    )
    assert (answer.headers["content-type"], answer.text) == ("text/plain; charset=utf-8", "".join(surface.WORDS) + "\n")
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert (record.units, record.usage_source) == (Units(audio_seconds=4), "estimated")


@pytest.mark.parametrize("stream_first", [True, False])
async def test_a_streamed_transcript_is_events_wherever_it_was_asked_for(
    gateway: GatewayWorld, stream_first: bool
) -> None:
    wish = field("stream", "true")
    answer = await sent(
        gateway, *([wish] if stream_first else []), field("model", "ok"), file(WAVE), *([] if stream_first else [wish])
    )
    assert answer.headers["content-type"].startswith("text/event-stream")
    last = json.loads(answer.text.rsplit("data: ", 1)[1])
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert last["usage"]["cost"] == record.cost_picos / 1e12
    assert record.stream


async def test_edited_images_are_counted(gateway: GatewayWorld) -> None:
    model = await gateway.model("no-usage", units={Unit.IMAGES: 5_000_000_000})
    parts = [field("model", model), field("n", "2"), field("prompt", "x"), file(b"png", "image")]
    answer = await sent(gateway, *parts, path="/images/edits")
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert (record.units, record.cost_picos) == (Units(images=2), 10_000_000_000)


@pytest.mark.parametrize(
    ("parts", "param"),
    [
        ([file(b"x")], "model"),
        ([field("model", "ok"), field("model", "dear"), file(b"x")], "model"),
        ([field("model", "ok"), file(b"x" * 9_000), field("model", "dear")], "model"),
        ([field("Model", "ok"), file(b"x")], "model"),
        ([b"--other\r\n\r\n"], None),
        ([field("model", "ok"), file(b"x")[:-2]], None),
    ],
)
async def test_a_form_that_might_be_read_in_two_ways_is_refused_and_costs_nothing(
    gateway: GatewayWorld, parts: list[bytes], param: str | None
) -> None:
    answer = await sent(gateway, *parts)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "invalid_input", param)
    assert (await gateway.settled()).balance_nanos == 1_000_000_000


async def test_a_form_that_is_none_is_told_what_it_should_be(gateway: GatewayWorld) -> None:
    answer = await gateway.post("/audio/transcriptions", {"model": "ok"}, key=await gateway.key())
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("declared", [True, False])
async def test_a_form_that_is_too_large_is_413_and_costs_nothing(gateway: GatewayWorld, declared: bool) -> None:
    body = field("model", "ok") + file(b"x" * 2_100_000) + END

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 250_000):
            yield body[start : start + 250_000]

    headers = {"authorization": f"Bearer {await gateway.key()}", "content-type": FORM}
    content = body if declared else pieces()
    answer = await gateway.client.post("/audio/transcriptions", content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert (await gateway.settled()).balance_nanos == 1_000_000_000


async def test_a_client_that_leaves_in_the_middle_of_its_upload_pays_nothing(gateway: GatewayWorld) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield field("model", "ok") + file(b"x" * 10_000)
        await asyncio.wait_for(gateway.upstream.arrived.wait(), 10)
        raise ConnectionError("gone, as scripted")

    headers = {"authorization": f"Bearer {await gateway.key()}", "content-type": FORM}
    with pytest.raises(ConnectionError):
        await gateway.client.post("/audio/transcriptions", content=broken(), headers=headers)
    assert (await gateway.settled()).balance_nanos == 1_000_000_000


async def test_the_same_form_under_the_same_key_is_charged_once_whatever_its_boundary(gateway: GatewayWorld) -> None:
    key = await gateway.key()
    answers = []
    for boundary in ("a" * 20, "b" * 20):
        body = (field("model", "ok") + file(WAVE) + END).replace(BOUNDARY.encode(), boundary.encode())
        headers = {
            "authorization": f"Bearer {key}",
            "content-type": f"multipart/form-data; boundary={boundary}",
            "idempotency-key": "k-1",
        }
        answers.append(await gateway.client.post("/audio/transcriptions", content=body, headers=headers))
        await gateway.settled()
    assert answers[0].content == answers[1].content
    assert answers[1].headers["x-idempotent-replayed"] == "true"
    assert len(gateway.upstream.requests) == 1


async def test_speech_streams_through_and_costs_its_characters(gateway: GatewayWorld) -> None:
    model = await gateway.model("ok-voice", units={Unit.CHARACTERS: 15_000_000})
    body = {"model": model, "input": "Nothing is löst.", "voice": "alloy"}
    answer = await gateway.post("/audio/speech", body, key=await gateway.key())
    assert (answer.headers["content-type"], answer.content) == ("audio/mpeg", surface.SOUND)
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert (record.units, record.cost_picos) == (Units(characters=16), 16 * 15_000_000)
    assert float(answer.headers["x-deepspace-cost"]) == record.cost_picos / 1e12


async def test_speech_as_events_is_billed_by_their_usage(gateway: GatewayWorld) -> None:
    body = {"model": "ok", "input": "x", "voice": "alloy", "stream_format": "sse"}
    answer = await gateway.post("/audio/speech", body, key=await gateway.key())
    assert answer.headers["content-type"].startswith("text/event-stream")
    record = await metered(gateway, answer.headers["x-trace-id"])
    assert (record.leaves.input_total, record.leaves.output_total) == (14, 101)


async def test_a_sound_that_breaks_off_cuts_the_connection_and_is_paid(gateway: GatewayWorld) -> None:
    model = await gateway.model("cut", units={Unit.CHARACTERS: 15_000_000})
    with pytest.raises(httpx.RemoteProtocolError):
        await gateway.post("/audio/speech", {"model": model, "input": "ab"}, key=await gateway.key())
    wallet = await gateway.settled()
    assert wallet.balance_nanos == 1_000_000_000 - 30_000
