"""The owner fixed the top level; a new entry is a decision, not an accident."""

from tests.house.source import files_under, listed, tracked_files

ALLOWED = {
    "README.md",
    "pyproject.toml",
    "Makefile",
    "compose.yaml",
    "migrations",
    "deepspace_core",
    "deepspace_adapters",
    "deepspace_http",
    "deepspace_worker",
    "tests",
    "docs",
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}


def test_the_top_level_holds_only_what_the_owner_fixed() -> None:
    entries = {path.split("/")[0] for path in tracked_files()}
    strangers = sorted(entry for entry in entries - ALLOWED if not entry.startswith("."))
    assert not strangers, f"not part of the fixed top level: {strangers}"


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [
        path
        for path in files_under("deepspace_core", "deepspace_adapters", "deepspace_http", "deepspace_worker", "tests")
        if not path.startswith("deepspace_http/web/")
        for part in path.split("/")
        if set(part.split(".")[0].strip("_").split("_")) & VAGUE_NAMES
    ]
    assert not vague, f"name these for what they are about: {listed(vague)}"


def test_nothing_built_or_downloaded_is_committed() -> None:
    built = (".pyc", ".so", ".whl", ".gguf", ".sqlite", ".log", ".gz", ".zip")
    found = [path for path in tracked_files() if path.endswith(built) or "/dist/" in path or "node_modules/" in path]
    assert not found, f"generated or downloaded files do not belong in the tree: {listed(found)}"
