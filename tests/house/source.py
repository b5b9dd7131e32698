"""The tree as the house tests see it: its files by git's account, its modules parsed once.

Nothing here imports product code: a rule must be able to speak about a module that does not import.
"""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("deepspace_core", "deepspace_adapters", "deepspace_http", "deepspace_worker")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root, its dotted name, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.removesuffix(".py").split("/"))


@cache
def tracked_files() -> tuple[str, ...]:
    """What git holds or would take: tracked files and new ones that nothing ignores, as they stand on disk."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = {path for path in listed.stdout.split("\0") if path}
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))


def files_under(*folders: str, suffix: str = "") -> list[str]:
    """Tracked files in any of `folders` whose name ends with `suffix`."""
    heads = tuple(f"{folder}/" for folder in folders)
    return [path for path in tracked_files() if path.startswith(heads) and path.endswith(suffix)]


def read_text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def parse(path: str) -> Module:
    text = read_text(path)
    return Module(path=path, text=text, tree=ast.parse(text, filename=path))


def modules_under(*folders: str) -> list[Module]:
    """The Python modules of `folders`, parsed."""
    return [parse(path) for path in files_under(*folders, suffix=".py")]


def functions_in(module: Module) -> Iterator[Function]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def classes_in(module: Module) -> Iterator[ast.ClassDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            yield node


def methods_of(owner: ast.ClassDef) -> dict[str, Function]:
    """The functions defined in a class's own body, by name."""
    return {node.name: node for node in owner.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def base_names(owner: ast.ClassDef) -> list[str]:
    """The last part of each base's name: `Protocol[Row]` and `typing.Protocol` are both `Protocol`."""
    return [last_name(base.value if isinstance(base, ast.Subscript) else base) for base in owner.bases]


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, `c` of `c`, empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def imports_of(module: Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, wherever in the module: `from a import b` yields `a.b`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            head = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{head}.{alias.name}") for alias in node.names)


def docstrings_of(module: Module) -> set[int]:
    """The identities of the constant nodes that are docstrings (or bare text under an attribute)."""
    return {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def contexts() -> list[str]:
    """The names of the bounded contexts in core; the kernel, which serves them all, is none of them."""
    names = {path.split("/")[1] for path in files_under("deepspace_core") if path.count("/") > 1}
    return sorted(names - {"kernel"})


def holds_module(path_without_suffix: str) -> bool:
    """True for a module `….py` or a package `…/__init__.py`."""
    tracked = set(tracked_files())
    return f"{path_without_suffix}.py" in tracked or f"{path_without_suffix}/__init__.py" in tracked


def listed(faults: list[str]) -> str:
    """The message of a failed rule: one fault a line."""
    return "\n  ".join(["", *faults])
