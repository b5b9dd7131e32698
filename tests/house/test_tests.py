"""Tests keep rules too: fakes instead of mocks, no duration asserted, no long sleeps, names that state behaviour."""

import ast
from collections.abc import Iterator

from tests.house.source import Function, Module, functions_in, imports_of, last_name, listed, modules_under

SLEEP_SECONDS_MAX = 1.0
CLOCKS = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"}
MOCKS = ("unittest.mock", "mock", "pytest_mock")


def test_tests_use_fakes_not_mocks() -> None:
    faults = [
        f"{module.path}:{line} imports {name}"
        for module in modules_under("tests")
        for line, name in imports_of(module)
        if name.startswith(MOCKS)
    ]
    assert not faults, f"a fake states what it does; a mock, what was called: {listed(faults)}"


def test_no_test_asserts_a_duration() -> None:
    faults = [
        f"{module.path}:{line}"
        for module in modules_under("tests")
        for node in functions_in(module)
        for line in _duration_asserts(node)
    ]
    assert not faults, f"a busy machine fails these; measure in tests/bench and print instead: {listed(faults)}"


def test_no_test_sleeps_long() -> None:
    faults = [
        f"{module.path}:{line} sleeps {seconds} s"
        for module in modules_under("tests")
        for line, seconds in _sleeps(module)
        if seconds > SLEEP_SECONDS_MAX
    ]
    assert not faults, f"wait for the event, not for the clock: {listed(faults)}"


def test_a_tests_name_states_behaviour() -> None:
    faults = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in modules_under("tests")
        for node in functions_in(module)
        if node.name.startswith("test_") and len(node.name.split("_")) < 4
    ]
    assert not faults, f"say what should be true, in at least three words: {listed(faults)}"


def test_no_test_is_skipped_without_a_condition() -> None:
    faults = [
        f"{module.path}:{node.lineno}"
        for module in modules_under("tests")
        for node in functions_in(module)
        for mark in node.decorator_list
        if "mark.skip" in ast.unparse(mark) and "skipif" not in ast.unparse(mark)
    ]
    assert not faults, listed(faults)


def _sleeps(module: Module) -> Iterator[tuple[int, float]]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=called, args=[ast.Constant(value=int() | float() as seconds)]) if (
                last_name(called) == "sleep"
            ):
                yield node.lineno, float(seconds)


def _duration_asserts(function: Function) -> Iterator[int]:
    """Lines of asserts that compare a difference of clock readings, directly or through a name."""
    readings: set[str] = set()
    durations: set[str] = set()
    for node in sorted(ast.walk(function), key=lambda one: getattr(one, "lineno", 0)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if _is_difference(node.value, readings):
                durations.add(node.targets[0].id)
            elif _reads_clock(node.value):
                readings.add(node.targets[0].id)
        if isinstance(node, ast.Assert) and _compares_duration(node.test, readings, durations):
            yield node.lineno


def _reads_clock(value: ast.AST) -> bool:
    return isinstance(value, ast.Call) and last_name(value.func) in CLOCKS


def _is_difference(value: ast.AST, readings: set[str]) -> bool:
    if not (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub)):
        return False
    return any(_reads_clock(side) or (isinstance(side, ast.Name) and side.id in readings) for side in ast.walk(value))


def _compares_duration(test: ast.expr, readings: set[str], durations: set[str]) -> bool:
    return any(
        _is_difference(side, readings) or (isinstance(side, ast.Name) and side.id in durations)
        for node in ast.walk(test)
        if isinstance(node, ast.Compare)
        for whole in [node.left, *node.comparators]
        for side in ast.walk(whole)
    )
