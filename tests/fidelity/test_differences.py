"""The comparison itself: what it lets pass and what it does not."""

import pytest

from tests.fidelity.differences import unexplained

USAGE = {"usage": {"prompt_tokens": 1}}


@pytest.mark.parametrize(
    ("direct", "through", "count"),
    [
        ({"chat": USAGE}, {"chat": {"usage": {"prompt_tokens": 1, "cost": 0.1}}}, 0),
        ({"chat": USAGE}, {"chat": {"usage": {"prompt_tokens": 2}}}, 1),
        ({"chat": [1, 2]}, {"chat": [1]}, 1),
        ({"chat": {"a": None}}, {"chat": {}}, 0),
        ({"chat": {"a": 1}}, {"chat": {}}, 1),
        ({"chat": 1}, {}, 1),
        ({"provider_down": {"raised": "A"}}, {"provider_down": {"raised": "B"}}, 0),
        ({"provider_down": {"raised": "A"}}, {"provider_down": {"id": 1}}, 1),
        ({"refused": {"raised": "A"}}, {"refused": {"raised": "B"}}, 1),
    ],
)
def test_only_what_is_listed_may_differ(direct: dict[str, object], through: dict[str, object], count: int) -> None:
    assert len(unexplained(direct, through)) == count
