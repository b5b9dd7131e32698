"""The runner of migrations: its lock, its book, and how it meets trouble. tests/contract tries the product's own."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from deepspace_adapters.postgres.migrate import MigrationFailed, migrate, pending, rollback
from deepspace_core.kernel.errors import InvalidInput, Unavailable

PROCESSES = 4

FUNCTION = """\
-- depends: 0001.create-a

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id > 1 THEN
    RAISE EXCEPTION 'no; %', NEW.id;  -- it's; fine
  END IF;
  RETURN NEW;
END
$$;
DO $body$ BEGIN PERFORM 1; END $body$;
SELECT 'a row that nobody asked for';
"""


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two migrations, the second with what makes splitting hard."""
    write(tmp_path, "0001.create-a", "CREATE TABLE a (id int);", undo="DROP TABLE a;")
    write(tmp_path, "0002.create-touch", FUNCTION, undo="DROP FUNCTION touch();")
    return tmp_path


def write(directory: Path, name: str, text: str, *, undo: str = "") -> None:
    (directory / f"{name}.sql").write_text(text)
    (directory / f"{name}.rollback.sql").write_text(undo)


def objects_of(database_url: str) -> set[str]:
    with psycopg.connect(database_url) as connection:
        classes = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '%yoyo%'"
            " UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        return {name for (name,) in classes}


def test_a_second_run_has_nothing_to_do(empty_database_url: str, two: Path) -> None:
    assert migrate(empty_database_url, directory=two) == ["0001.create-a", "0002.create-touch"]
    assert migrate(empty_database_url, directory=two) == []
    assert pending(empty_database_url, directory=two) == []


def test_a_rollback_undoes_the_newest_first_and_as_many_as_it_is_told(empty_database_url: str, two: Path) -> None:
    migrate(empty_database_url, directory=two)
    assert rollback(empty_database_url, directory=two) == ["0002.create-touch"]
    assert objects_of(empty_database_url) == {"a"}
    assert rollback(empty_database_url, count=None, directory=two) == ["0001.create-a"]
    assert objects_of(empty_database_url) == set()


def test_it_goes_no_further_than_it_is_told(empty_database_url: str, two: Path) -> None:
    assert migrate(empty_database_url, to="0001.create-a", directory=two) == ["0001.create-a"]
    assert migrate(empty_database_url, to="0001.create-a", directory=two) == []
    with pytest.raises(InvalidInput, match=r"newest is 0002\.create-touch"):
        migrate(empty_database_url, to="0009.nothing", directory=two)


def test_it_prints_nothing(empty_database_url: str, two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(empty_database_url, directory=two)
    assert capsys.readouterr().out == ""


def test_gateways_that_migrate_at_once_apply_each_migration_once(empty_database_url: str, two: Path) -> None:
    with ThreadPoolExecutor(PROCESSES) as gateways:
        runs = list(gateways.map(lambda _: migrate(empty_database_url, directory=two), range(PROCESSES)))
    assert sorted(name for run in runs for name in run) == ["0001.create-a", "0002.create-touch"]


def test_a_lock_row_that_a_killed_yoyo_left_does_not_stop_it(empty_database_url: str, two: Path) -> None:
    migrate(empty_database_url, to="0001.create-a", directory=two)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 1)")
    assert migrate(empty_database_url, directory=two) == ["0002.create-touch"]


def test_a_migration_that_fails_leaves_nothing_behind_and_names_itself(empty_database_url: str, two: Path) -> None:
    write(two, "0003.fail", "-- depends: 0002.create-touch\n\nCREATE TABLE b (id int);\nSELECT 1 / 0;")
    with pytest.raises(MigrationFailed, match=r"0003\.fail.*division by zero"):
        migrate(empty_database_url, directory=two)
    assert pending(empty_database_url, directory=two) == ["0003.fail"]
    assert "b" not in objects_of(empty_database_url)


def test_a_dependency_that_is_missing_is_found_before_anything_is_changed(empty_database_url: str, two: Path) -> None:
    write(two, "0003.orphan", "-- depends: 0000.nowhere\n\nCREATE TABLE b (id int);")
    with pytest.raises(MigrationFailed, match=r"0003\.orphan"):
        migrate(empty_database_url, directory=two)
    assert objects_of(empty_database_url) == set()


def test_a_migration_may_refuse_a_transaction(empty_database_url: str, two: Path) -> None:
    text = "-- depends: 0001.create-a\n-- transactional: false\n\nCREATE INDEX CONCURRENTLY a_id ON a (id);"
    write(two, "0003.index-a", text, undo="DROP INDEX a_id;")
    migrate(empty_database_url, directory=two)
    assert "a_id" in objects_of(empty_database_url)


def test_a_database_that_is_away_is_named_with_the_setting() -> None:
    with pytest.raises(Unavailable, match="DEEPSPACE_DATABASE_URL"):
        migrate("postgresql://nobody@/nothing?host=/nowhere")
