"""`deepspace file`: in, looked at, out again, linked and gone."""

from pathlib import Path

from tests.adapters.cli.memory_stack import MemoryStack

IN = ("--project", "Default")


def test_a_file_goes_in_and_comes_out_again(stack: MemoryStack, tmp_path: Path) -> None:
    source, target = tmp_path / "notes.txt", tmp_path / "again.txt"
    source.write_text("Zoë was here\n")
    made = stack.told("file", "upload", str(source), *IN)
    assert (made["name"], made["bytes"], made["made_by"]) == ("notes.txt", 14, None)
    assert stack.told("file", "show", made["id"], *IN) == made
    assert stack.run("file", "download", made["id"], "--to", str(target), *IN).exit_code == 0
    assert target.read_bytes() == source.read_bytes()
    again = stack.run("file", "download", made["id"], "--to", str(target), *IN)
    assert (again.exit_code, "there already" in again.output) == (1, True)


def test_files_are_listed_by_name_and_by_who_made_them(stack: MemoryStack, tmp_path: Path) -> None:
    for name, *more in (["a.txt"], ["b.csv", "--made-by", "run:7"]):
        (tmp_path / name).write_text("1,2\n")
        stack.told("file", "upload", str(tmp_path / name), *more, *IN)
    names = [row["name"] for row in stack.told("file", "list", *IN)["data"]]
    assert sorted(names) == ["a.txt", "b.csv"]
    assert [row["name"] for row in stack.told("file", "list", "--artifacts", *IN)["data"]] == ["b.csv"]
    assert [row["name"] for row in stack.told("file", "list", "--name", "a.t", *IN)["data"]] == ["a.txt"]


def test_a_link_is_made_for_a_while_and_a_file_is_deleted(stack: MemoryStack, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    made = stack.told("file", "upload", str(tmp_path / "a.txt"), *IN)
    link = stack.told("file", "link", made["id"], "--seconds", "60", *IN)
    assert "/api/v1/downloads/" in link["url"]
    assert link["expires_at"] == "2030-01-01T12:01:00Z"
    too_long = stack.run("file", "link", made["id"], "--seconds", "99999999", *IN)
    assert (too_long.exit_code, "lifetime_seconds" in too_long.output) == (1, True)
    assert stack.run("file", "delete", made["id"], "--yes", *IN).exit_code == 0
    assert stack.run("file", "show", made["id"], *IN).exit_code == 1
    assert stack.told("file", "list", *IN)["data"] == []


def test_nothing_was_archived_where_there_are_no_months(stack: MemoryStack) -> None:
    assert stack.told("archive", "list")["data"] == []
    assert stack.told("archive", "retention")["data"] == []
    refused = stack.run("archive", "restore", "usage_records_y2025m01")
    assert (refused.exit_code, "archive list" in refused.output) == (1, True)
