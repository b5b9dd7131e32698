"""Caps on length: what does not fit on a screen is not read as one thought."""

from tests.house.sizes import FUNCTION_LINES_CAP, MODULE_LINES_CAP, function_sizes, longer_than, module_sizes
from tests.house.source import listed


def test_no_function_is_longer_than_the_cap() -> None:
    long = longer_than(function_sizes(), FUNCTION_LINES_CAP)
    assert not long, f"functions over {FUNCTION_LINES_CAP} lines: {listed([str(size) for size in long])}"


def test_no_module_is_longer_than_the_cap() -> None:
    long = longer_than(module_sizes(), MODULE_LINES_CAP)
    assert not long, f"modules over {MODULE_LINES_CAP} lines: {listed([str(size) for size in long])}"
