"""How long functions and modules are, and where they pass the aims and the caps of docs/architecture.md.

`python -m tests.house.sizes` lists what is over an aim. Passing an aim is information; passing a cap fails the check.
"""

import sys
from dataclasses import dataclass

from tests.house.source import PRODUCT, Module, functions_in, modules_under

FUNCTION_LINES_AIM = 20
FUNCTION_LINES_CAP = 60
MODULE_LINES_AIM = 250
MODULE_LINES_CAP = 400


@dataclass(frozen=True)
class Size:
    """One function or module: where it is and how many lines it has."""

    where: str
    lines: int

    def __str__(self) -> str:
        return f"{self.where}: {self.lines} lines"


def function_sizes() -> list[Size]:
    """Every function, from its `def` (decorators are not counted) to its last line."""
    return [
        Size(f"{module.path}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for module in _measured()
        for node in functions_in(module)
    ]


def module_sizes() -> list[Size]:
    return [Size(module.path, len(module.text.splitlines())) for module in _measured()]


def longer_than(sizes: list[Size], lines: int) -> list[Size]:
    """Those over the limit, the longest first."""
    return sorted((size for size in sizes if size.lines > lines), key=lambda size: -size.lines)


def summary() -> str:
    functions = longer_than(function_sizes(), FUNCTION_LINES_AIM)
    modules = longer_than(module_sizes(), MODULE_LINES_AIM)
    return (
        f"over the aims: {len(functions)} of {len(function_sizes())} functions ({FUNCTION_LINES_AIM} lines), "
        f"{len(modules)} of {len(module_sizes())} modules ({MODULE_LINES_AIM} lines)"
    )


def _measured() -> list[Module]:
    return modules_under(*PRODUCT, "tests")


if __name__ == "__main__":
    over = [
        *longer_than(module_sizes(), MODULE_LINES_AIM),
        *longer_than(function_sizes(), FUNCTION_LINES_AIM),
    ]
    sys.stdout.write("".join(f"{size}\n" for size in over) + summary() + "\n")
