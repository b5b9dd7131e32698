"""The codec: the few fields it reads, the faults it names, the bytes it leaves alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_adapters.newapi.codec import OpenAiCodec
from deepspace_adapters.newapi.request_fields import read_request
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.pipeline import ModelRequest, Route


def read(body: bytes) -> ModelRequest:
    return read_request(Route.CHAT_COMPLETIONS, body)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def test_only_what_the_gateway_needs_is_read() -> None:
    body = (
        b'{"model":"m","stream":true,"stream_options":{"include_usage":true,"x":1},"max_tokens":7,"n":2,"unknown":[1]}'
    )
    assert read(body) == ModelRequest(model="m", stream=True, usage_wanted=True, output_tokens_max=7, choices=2)


def test_max_completion_tokens_comes_before_max_tokens() -> None:
    assert (
        read_request(
            Route.CHAT_COMPLETIONS, b'{"model":"m","max_tokens":7,"max_completion_tokens":9}'
        ).output_tokens_max
        == 9
    )


@pytest.mark.parametrize(
    ("body", "param", "told"),
    [
        (b"{", None, "not valid JSON"),
        (b"", None, "not valid JSON"),
        (b"[]", None, "must be a JSON object"),
        (b"{}", "model", "must provide the field 'model'"),
        (b'{"model":1}', "model", "wrong type"),
        (b'{"model":" "}', "model", "must name a model"),
        (b'{"model":"m","stream":"yes"}', "stream", "wrong type"),
        (b'{"model":"m","stream_options":{"include_usage":1}}', "stream_options.include_usage", "wrong type"),
        (b'{"model":"m","max_tokens":0}', "max_tokens", "at least 1"),
        (b'{"model":"m","n":129}', "n", "between 1 and 128"),
        (b'{"model":"\xff"}', None, "not valid"),
        (b'{"model":"m","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", None, "not valid JSON"),
        (b'{"model":"cheap","Model":"dear"}', "model", "must be written 'model'"),
        (b'{"model":"m","STREAM":true}', "stream", "must be written 'stream'"),
        ('{"model":"m","\u017ftream":true}'.encode(), "stream", "must be written 'stream'"),
        (b'{"model":"m","stream_options":{"include_usage":true,"Include_Usage":false}}', "include_usage", "written"),
    ],
)
def test_a_fault_names_the_field_and_the_problem(body: bytes, param: str | None, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(body)
    assert caught.value.param == param
    assert told in caught.value.message


def test_a_body_that_needs_no_change_is_forwarded_byte_for_byte() -> None:
    body = b'{ "model" : "m", "x": 1.50 }'
    assert OpenAiCodec().rewrite(body, model=None, ask_usage=False) is body


@given(st.dictionaries(st.text(max_size=5), values, max_size=4), st.booleans())
def test_a_rewrite_changes_what_the_gateway_owns_and_nothing_else(fields: dict[str, object], ask_usage: bool) -> None:
    body = json.dumps({**fields, "model": "m", "stream_options": {"own": 1}}).encode()
    rewritten = json.loads(OpenAiCodec().rewrite(body, model="up", ask_usage=ask_usage))
    options = {"own": 1, "include_usage": True} if ask_usage else {"own": 1}
    assert rewritten == {**fields, "model": "up", "stream_options": options}


def test_numbers_keep_their_digits() -> None:
    body = b'{"model":"m","temperature":0.10000000000000000055511151231257827,"seed":12345678901234567890123}'
    rewritten = OpenAiCodec().rewrite(body, model="up", ask_usage=True)
    assert b"0.10000000000000000055511151231257827" in rewritten
    assert b"12345678901234567890123" in rewritten
