"""A page of another site can't act with our reader's cookie."""

import pytest

from deepspace_http.origin import CrossOrigin, require_same_origin

BASE = "https://ai.example.com"
HOST = {"host": "ai.example.com"}


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "https://ai.example.com"},
        {"origin": "https://AI.example.com"},
        {"sec-fetch-site": "same-origin", "origin": "https://elsewhere.example"},
    ],
)
def test_our_own_pages_pass(headers: dict[str, str]) -> None:
    require_same_origin("POST", HOST | headers, base_url=BASE)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": "https://ai.example.com"},
        {},
    ],
)
def test_others_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(CrossOrigin):
        require_same_origin("DELETE", HOST | headers, base_url=BASE)


def test_reading_needs_no_guard() -> None:
    require_same_origin("GET", HOST | {"sec-fetch-site": "cross-site"}, base_url=BASE)


def test_a_program_may_log_in_without_naming_an_origin() -> None:
    require_same_origin("POST", HOST, base_url=BASE, silent_allowed=True)


def test_a_page_elsewhere_may_not_log_its_reader_in() -> None:
    with pytest.raises(CrossOrigin):
        require_same_origin("POST", HOST | {"origin": "https://elsewhere.example"}, base_url=BASE, silent_allowed=True)
