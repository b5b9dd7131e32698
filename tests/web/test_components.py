"""The component tests (Vitest), run once and told file by file, so that one runner counts them all."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.web.tools import WEB, try_make

FILES = sorted(path.relative_to(WEB).as_posix() for path in (WEB / "src").rglob("*.test.ts*"))
Report = dict[str, Any]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What Vitest says of each file, by its path."""
    told = tmp_path_factory.mktemp("vitest") / "report.json"
    done = try_make("web-test", f"REPORT={told}")
    assert told.is_file(), done.stdout + done.stderr
    results = json.loads(told.read_text())["testResults"]
    return {Path(one["name"]).relative_to(WEB).as_posix(): one for one in results}


@pytest.mark.parametrize("file", FILES)
def test_every_component_test_of_the_file_passes(report: Report, file: str) -> None:
    result = report[file]
    failed = [one for one in result["assertionResults"] if one["status"] != "passed"]
    told = "\n".join(f"{one['fullName']}: {'; '.join(one['failureMessages'])}" for one in failed)
    assert result["status"] == "passed", told or result["message"]
    assert result["assertionResults"], "the file holds no test"
    assert not failed, told


def test_vitest_runs_no_file_that_is_not_counted_here(report: Report) -> None:
    assert sorted(report) == FILES
