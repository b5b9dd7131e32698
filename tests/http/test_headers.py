"""A request's headers by their names, and what a call's say of its body."""

import pytest

from deepspace_core.kernel.errors import InvalidInput
from deepspace_http.body import ContentTypeRefused, content_type, declared_length, require_json
from deepspace_http.headers import by_name


def test_each_header_is_found_by_its_name() -> None:
    headers = by_name([(b"host", b"here"), (b"content-length", b"12"), (b"content-type", b"text/csv")])
    assert headers == {b"host": b"here", b"content-length": b"12", b"content-type": b"text/csv"}
    assert (declared_length(headers), content_type(headers)) == (12, "text/csv")


def test_what_is_not_there_says_nothing() -> None:
    headers = by_name([])
    require_json(headers)
    assert (declared_length(headers), content_type(headers)) == (None, "")


def test_one_that_comes_several_times_is_its_values_in_their_order() -> None:
    headers = by_name([(b"accept", b"a"), (b"host", b"here"), (b"accept", b"b"), (b"accept", b"c")])
    assert headers == {b"accept": b"a, b, c", b"host": b"here"}


@pytest.mark.parametrize("kind", [b"application/json", b"application/json; charset=utf-8", b"Application/Problem+JSON"])
def test_what_says_that_it_is_json_is_taken(kind: bytes) -> None:
    require_json(by_name([(b"content-type", kind)]))


@pytest.mark.parametrize("kinds", [[b"text/plain"], [b"text/plain", b"application/json"], [b"application/json", b""]])
def test_what_says_that_it_is_anything_else_is_refused(kinds: list[bytes]) -> None:
    with pytest.raises(ContentTypeRefused, match="must be application/json"):
        require_json(by_name([(b"content-type", kind) for kind in kinds]))


@pytest.mark.parametrize("lengths", [[b"many"], [b"5", b"5"]])
def test_a_length_that_is_no_number_is_refused(lengths: list[bytes]) -> None:
    with pytest.raises(InvalidInput):
        declared_length(by_name([(b"content-length", length) for length in lengths]))
