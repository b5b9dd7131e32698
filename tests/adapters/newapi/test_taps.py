"""The taps: what passes is unchanged, what is counted is right, whatever packets the bytes come in."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from deepspace_adapters.newapi.answer_tap import AnswerTap
from deepspace_adapters.newapi.stream_tap import StreamTap
from deepspace_adapters.newapi.usage import with_cost
from deepspace_core.pipeline import UpstreamFailed
from deepspace_core.pricing import NO_UNITS, TokenLeaves, Units

CHUNK = (
    b'data: {"id":"1","choices":[{"index":0,"delta":{"content":"h\xc3\xa9 \\n\\n data:"},"finish_reason":null}]}\n\n'
)
FINISH = b'data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = (
    b'data: {"id":"1","choices":[],"x":1.50,"usage":{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,'
    b'"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2},"own":[1]}}\n\n'
)
DONE = b"data: [DONE]\n\n"
STREAM = CHUNK + b": comment\n\n" + CHUNK + FINISH + USAGE + DONE
LEAVES = TokenLeaves(input_uncached=6, input_cached_read=4, output_text=5, output_reasoning=2)


def price(leaves: TokenLeaves, units: Units = NO_UNITS) -> str:
    return "0.000123"


def passed(tap: StreamTap, pieces: list[bytes]) -> bytes:
    return b"".join([tap.feed(piece) for piece in pieces] + [tap.close()])


def cut_at(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % len(data) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(st.integers(min_value=0), max_size=12))
def test_any_cut_into_packets_passes_the_same_bytes_without_the_usage_that_nobody_asked_for(places: list[int]) -> None:
    tap = StreamTap(usage_wanted=False, price=price)
    assert passed(tap, cut_at(STREAM, places)) == STREAM.replace(USAGE, b"")
    assert tap.usage == LEAVES
    assert tap.finished
    assert tap.content_seen


@given(st.lists(st.integers(min_value=0), max_size=12))
def test_a_client_that_asked_gets_its_usage_with_the_cost_and_every_other_byte_of_it(places: list[int]) -> None:
    tap = StreamTap(usage_wanted=True, price=price)
    out = passed(tap, cut_at(STREAM, places))
    told = USAGE.replace(b'"own":[1]}', b'"own":[1],"cost":0.000123}')
    assert out == STREAM.replace(USAGE, told)


def test_carriage_returns_end_events_too() -> None:
    tap = StreamTap(usage_wanted=False, price=price)
    dressed = STREAM.replace(b"\n\n", b"\r\n\r\n").replace(b"\\r\\n", b"\\n")
    out = passed(tap, [dressed])
    assert tap.usage == LEAVES
    assert b"usage" not in out
    assert tap.finished


def test_null_usage_is_stripped_for_a_client_that_did_not_ask_and_kept_for_one_that_did() -> None:
    with_null = CHUNK.replace(b"}\n\n", b',"usage":null}\n\n')
    assert StreamTap(usage_wanted=False, price=price).feed(with_null) == CHUNK
    assert StreamTap(usage_wanted=True, price=price).feed(with_null) == with_null


def test_an_error_event_ends_the_stream() -> None:
    tap = StreamTap(usage_wanted=False, price=price)
    tap.feed(CHUNK)
    with pytest.raises(UpstreamFailed):
        tap.feed(b'data: {"error":{"message":"broke"}}\n\n')


def test_an_error_that_is_null_or_text_of_the_model_is_no_error() -> None:
    tap = StreamTap(usage_wanted=False, price=price)
    null_error = CHUNK.replace(b'"id":"1"', b'"id":"1","error":null')
    spoken = CHUNK.replace(b'data:"', b'\\"error\\": \\"usage\\""')
    assert tap.feed(null_error) == null_error
    assert tap.feed(spoken) == spoken


def test_an_end_without_done_is_an_end_only_after_a_finish_reason() -> None:
    cut, whole = (StreamTap(usage_wanted=False, price=price) for _ in range(2))
    passed(cut, [CHUNK])
    passed(whole, [CHUNK + FINISH])
    assert not cut.finished
    assert whole.finished


def test_delivered_text_is_everything_a_model_produced() -> None:
    call = b'data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{1"}}]}}]}\n\n'
    thought = b'data: {"choices":[{"delta":{"reasoning_content":"hm "}}]}\n\n'
    tap = StreamTap(usage_wanted=False, price=price)
    passed(tap, [thought + CHUNK + call + b'data: {"choices":[{"text":"old"}]}\n\n'])
    assert tap.delivered_text() == "hm hé \n\n data:f{1old"


@pytest.mark.parametrize(
    ("said", "leaves"),
    [
        ({"prompt_tokens": 5, "total_tokens": 5}, TokenLeaves(input_uncached=5)),
        ({"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 9}}, TokenLeaves(input_cached_read=5)),
        ({"prompt_tokens": -1, "completion_tokens": 2}, TokenLeaves(output_text=2)),
        (
            {"prompt_tokens": 9, "completion_tokens": 9, "prompt_tokens_details": {"audio_tokens": 4}},
            TokenLeaves(input_uncached=5, input_audio=4, output_text=9),
        ),
        ({"prompt_tokens": 1, "prompt_tokens_details": None}, TokenLeaves(input_uncached=1)),
    ],
)
def test_leaves_are_disjoint_and_sum_to_the_provider_s_totals(said: dict[str, object], leaves: TokenLeaves) -> None:
    tap = AnswerTap(price=price)
    tap.feed(json.dumps({"choices": [], "usage": said}).encode())
    tap.close()
    assert tap.usage == leaves


def test_an_answer_keeps_every_field_and_gets_its_cost() -> None:
    tap = AnswerTap(price=price)
    body = b'{"x":1.50,"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}'
    for start in range(0, len(body), 7):
        assert tap.feed(body[start : start + 7]) == b""
    assert tap.close() == body.replace(b'"completion_tokens":1}', b'"completion_tokens":1,"cost":0.000123}')
    assert tap.delivered_text() == "hi"


@pytest.mark.parametrize("body", [b"not json", b"[]", b'{"usage":null}', b""])
def test_an_answer_without_usage_passes_as_it_is(body: bytes) -> None:
    tap = AnswerTap(price=price)
    tap.feed(body)
    assert tap.close() == body
    assert tap.usage is None


@pytest.mark.parametrize("usage", [b'"none"', b"[]", b'{"prompt_tokens":"ten"}', b'{"prompt_tokens":1.5}'])
def test_usage_that_can_not_be_read_passes_as_it_is_and_breaks_no_answer(usage: bytes) -> None:
    event = b'data: {"id":"1","choices":[],"usage":%s}\n\n' % usage
    stream = StreamTap(usage_wanted=False, price=price)
    assert passed(stream, [CHUNK, FINISH, event, DONE]) == CHUNK + FINISH + event + DONE
    assert (stream.usage, stream.finished) == (None, True)
    body = b'{"choices":[{"message":{"content":"hello"}}],"usage":%s}' % usage
    answer = AnswerTap(price=price)
    answer.feed(body)
    assert answer.close() == body
    assert (answer.usage, answer.delivered_text()) == (None, "hello")


def test_what_came_in_one_packet_with_an_error_goes_out_before_it() -> None:
    tap = StreamTap(usage_wanted=False, price=price)
    with pytest.raises(UpstreamFailed):
        tap.feed(CHUNK + CHUNK + b'data: {"error":{"message":"broke"}}\n\n' + CHUNK)
    told = tap.error_event(message="ours", code="upstream_error")
    assert told.startswith(CHUNK + CHUNK + b'data: {"error":{"message":"ours"')
    assert tap.error_event(message="ours", code="upstream_error").startswith(b'data: {"error"')


@pytest.mark.parametrize(
    ("told", "priced"),
    [
        (b'{"prompt_tokens":1}', b'{"prompt_tokens":1,"cost":0.5}'),
        (b'{"a": {"b": 1} }', None),
        (b'{"a":{"b":1}}', b'{"a":{"b":1},"cost":0.5}'),
        (b'{"a":"1}"}', None),
        (b"{}", None),
        (b'{"a":null}', None),
        (b'{"cost":7}', None),
        (b'{"a":1,"cost":7,"b":2}', None),
    ],
)
def test_a_usage_object_gets_its_cost_and_keeps_the_rest(told: bytes, priced: bytes | None) -> None:
    costed = bytes(with_cost(Raw(told), "0.5"))
    assert json.loads(costed) == json.loads(told) | {"cost": 0.5}
    assert priced is None or costed == priced
