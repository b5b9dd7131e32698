"""An error's code is a promise to programs: it has one status, and a test that raises it."""

import ast
import re

import pytest

from tests.house.error_codes import ErrorClass, error_classes
from tests.house.source import last_name, listed, parse, read_text, tracked_files

STATUS_TABLE = "deepspace_http/errors.py"
OF_CORE = [error for error in error_classes() if error.path.startswith("deepspace_core/")]
"""What can reach a client. An adapter's own errors (a failed migration, a taken port) end a process, not a request."""


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in error_classes()]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    assert not twice, f"one code, one meaning: {twice}"


def test_errors_stand_where_a_reader_looks_for_them() -> None:
    astray = [f"{error.path}: {error.name}" for error in OF_CORE if not error.path.endswith("errors.py")]
    assert not astray, f"core's errors belong in an errors module: {listed(astray)}"


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.code)
def test_a_code_is_lower_snake_case(error: ErrorClass) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", error.code)


@pytest.mark.parametrize("error", OF_CORE, ids=lambda error: error.code)
def test_a_code_has_a_status(error: ErrorClass) -> None:
    assert STATUS_TABLE in tracked_files(), f"{STATUS_TABLE} is missing"
    table = parse(STATUS_TABLE)
    texts = {node.value for node in ast.walk(table.tree) if isinstance(node, ast.Constant)}
    names = {last_name(node) for node in ast.walk(table.tree) if isinstance(node, ast.Name | ast.Attribute)}
    assert error.code in texts or error.name in names, f"{error.name} ({error.code}) is not in {STATUS_TABLE}"


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.code)
def test_a_code_is_raised_by_some_test(error: ErrorClass) -> None:
    wanted = re.compile(rf"\b{error.name}\b|[\"']{re.escape(error.code)}[\"']")
    tests = [
        path
        for path in tracked_files()
        if path.startswith("tests/") and path.endswith(".py") and not path.startswith("tests/house/")
    ]
    assert any(wanted.search(read_text(path)) for path in tests), f"no test names {error.name} or {error.code!r}"
