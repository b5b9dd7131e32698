"""An error's code is a promise to programs: it has one meaning, one status, and a test that raises it."""

import ast
import re

from tests.house.error_codes import error_classes
from tests.house.source import files_under, last_name, listed, parse, read_text

STATUS_TABLE = "deepspace_http/error_codes.py"
OF_CORE = [error for error in error_classes() if error.path.startswith("deepspace_core/")]
"""What can reach a client. An adapter's own errors (a failed migration, a taken port) end a process, not a request."""


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in error_classes()]
    shared = [f"{error.code}: {error.path}, {error.name}" for error in error_classes() if codes.count(error.code) > 1]
    assert not shared, f"one code, one meaning, one class: {listed(shared)}"


def test_errors_of_core_stand_where_a_reader_looks_for_them() -> None:
    astray = [f"{error.path}: {error.name}" for error in OF_CORE if not error.path.endswith("errors.py")]
    assert not astray, f"core's errors belong in an errors module: {listed(astray)}"


def test_every_code_is_lower_snake_case() -> None:
    odd = [error.code for error in error_classes() if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", error.code)]
    assert not odd, odd


def test_every_code_of_core_has_a_status() -> None:
    table = parse(STATUS_TABLE).tree
    texts = {node.value for node in ast.walk(table) if isinstance(node, ast.Constant)}
    names = {last_name(node) for node in ast.walk(table) if isinstance(node, ast.Name | ast.Attribute)}
    missing = [f"{error.code} ({error.name})" for error in OF_CORE if not {error.code, error.name} & (texts | names)]
    assert not missing, f"not in {STATUS_TABLE}: {listed(missing)}"


def test_every_code_is_raised_by_some_test() -> None:
    tests = [path for path in files_under("tests", suffix=".py") if not path.startswith("tests/house/")]
    words = set(re.findall(r"\w+", " ".join(read_text(path) for path in tests)))
    missing = [
        f"{error.code} ({error.path}, {error.name})"
        for error in error_classes()
        if not {error.name, error.code} & words
    ]
    assert not missing, f"no test names these: {listed(missing)}"
