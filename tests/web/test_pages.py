"""Every page in a real browser: for people who can't see well or use no mouse, in both languages, themes and widths."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.journey.stack import Stack
from tests.web.drive import travel
from tests.web.life import Life
from tests.web.pages import Page, admin_pages, user_pages, visitor_pages

STYLES = [
    {"language": "en", "theme": "light", "width": "wide"},
    {"language": "zh", "theme": "dark", "width": "phone"},
]
"""Each page in each language, theme and width; `make screenshots` takes all eight combinations."""

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def seen(stack: Stack, life: Life) -> list[Seen]:
    """What was seen of every page, once for all tests of this module."""
    return list(visit_all(stack, life, styles=STYLES))


def visit_all(
    stack: Stack, life: Life, *, styles: Sequence[Mapping[str, object]], folder: Path | None = None
) -> Iterator[Seen]:
    """Visits every page in these styles; writes pictures where a folder is given."""
    welcome = stack.welcome
    for pages, email, password in (
        (visitor_pages(), None, None),
        (user_pages(life), life.email, life.password),
        (admin_pages(life), welcome.email, welcome.password),
    ):
        yield from travel(
            stack,
            "visit",
            pages=[_told(page) for page in pages],
            styles=styles,
            email=email,
            password=password,
            folder=None if folder is None else str(folder),
        )


KINDS = {
    "axe": "nothing that keeps people out",
    "keys": "words where words belong, not their keys",
    "english": "Chinese pages speak Chinese",
    "overflow": "no page is wider than the screen",
}
"""From a kind of fault to what should be."""


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_has_a_fault_of_the_kind(seen: list[Seen], kind: str) -> None:
    faults = faults_of(seen, kind)
    assert not faults, "\n".join([KINDS[kind], *faults])


@pytest.fixture(scope="module")
def failing(stack: Stack, life: Life) -> list[Seen]:
    """What was seen of every page while the gateway refused everything but who is there."""
    return list(visit_all(stack, life, styles=[{**STYLES[0], "weather": "failing", "isJudged": False}]))


PLACES = {"/api/v1/projects", "/api/v1/workspaces"}
"""What the switch of places asks for on every page, and can do without."""


def test_a_page_that_can_not_load_says_so_with_its_trace_id_and_the_way_to_try_again(failing: list[Seen]) -> None:
    silent = [one["name"] for one in failing if set(one["refused"]) - PLACES and not one["alerts"]]
    assert not silent
    helpless = [one["name"] for one in failing for alert in one["alerts"] if not set(alert) >= HELP]
    assert not helpless
    assert sum(bool(one["alerts"]) for one in failing) > len(failing) / 2


HELP = {"Copy the trace id", "Try again"}


def test_no_page_that_can_not_load_is_wider_than_the_screen(failing: list[Seen]) -> None:
    assert not faults_of(failing, "overflow")


def test_no_page_says_there_is_none_of_what_it_could_not_load(failing: list[Seen]) -> None:
    assert not [(one["name"], one["claims"]) for one in failing if one["claims"]]


def test_no_page_goes_on_turning_for_what_was_refused(failing: list[Seen]) -> None:
    assert not [one["name"] for one in failing if one["turning"]]


def test_no_page_breaks(seen: list[Seen]) -> None:
    assert not [one["name"] for one in seen if one["crashed"]]
    assert all(one["title"].endswith("DeepSpace") for one in seen)


def test_every_page_was_visited_in_every_style(seen: list[Seen], life: Life) -> None:
    pages = [*visitor_pages(), *user_pages(life), *admin_pages(life)]
    assert len(seen) == len(pages) * len(STYLES)


def _told(page: Page) -> dict[str, str]:
    return {"name": page.name, "path": page.path}


NOBODYS_LANGUAGE = frozenset({"Webhook", "Webhook ID", "Markdown", "Python", "English"})
"""Names of things, the same in every language here."""


def _is_fault(kind: str, told: str) -> bool:
    if kind not in {"keys", "english"}:
        return True
    return told not in NOBODYS_LANGUAGE


def faults_of(seen: list[Seen], kind: str) -> list[str]:
    """One line a fault, each told once, with the first style that shows it."""
    told: dict[str, str] = {}
    for one in seen:
        for fault in filter(functools.partial(_is_fault, kind), one[kind]):
            told.setdefault(f"{one['name']}: {fault}", f"{one['language']} {one['theme']} {one['width']}")
    return [f"{fault} ({style})" for fault, style in told.items()]
