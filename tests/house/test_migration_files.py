"""Migrations: one verb and noun each, a number without gaps, a way back, and the parents named."""

import re

import pytest

from tests.house.source import files_under, read_text

FILES = files_under("migrations", suffix=".sql")
FORWARD = [path for path in FILES if not path.endswith(".rollback.sql")]
NAME = re.compile(r"migrations/(\d{4})\.[a-z0-9]+(-[a-z0-9]+)+\.sql")
DEPENDS = re.compile(r"^-- depends:(.*)$", re.MULTILINE)


def _id(path: str) -> str:
    return path.removeprefix("migrations/").removesuffix(".sql")


def test_numbers_run_without_gap_or_repetition() -> None:
    numbers = [int(found.group(1)) for path in FORWARD if (found := NAME.fullmatch(path))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_nothing_else_lies_among_the_migrations() -> None:
    assert files_under("migrations") == FILES
    orphans = [path for path in FILES if path.endswith(".rollback.sql") and path not in map(_rollback, FORWARD)]
    assert not orphans, f"rollbacks of nothing: {orphans}"


@pytest.mark.parametrize("path", FORWARD, ids=_id)
def test_a_migration_is_named_number_verb_noun(path: str) -> None:
    assert NAME.fullmatch(path)


@pytest.mark.parametrize("path", FORWARD, ids=_id)
def test_a_migration_has_a_way_back(path: str) -> None:
    assert _rollback(path) in FILES


@pytest.mark.parametrize("path", FORWARD, ids=_id)
def test_a_migration_names_its_parents(path: str) -> None:
    found = DEPENDS.search(read_text(path))
    assert found, "the header `-- depends:` is missing"
    known = {_id(other) for other in FORWARD if other < path}
    strangers = set(found.group(1).split()) - known
    assert not strangers, f"not an earlier migration: {sorted(strangers)}"
    assert found.group(1).split() or path == FORWARD[0], "only the first migration depends on nothing"


def _rollback(path: str) -> str:
    return path.removesuffix(".sql") + ".rollback.sql"
