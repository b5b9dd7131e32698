"""A copy of the tree for mutmut to break, and what has to be different in it.

mutmut leaves decorated functions alone, and much of what counts here is a property (what is spendable, what a budget
has left, whether a statement adds up). So in the copy `@property def f` is written as `def f` and `f = property(f)`,
which is what it means. A `cast(type, value)` is written as the value: at run time it is nothing else.
"""

import ast
import shutil
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ("deepspace_core", "deepspace_adapters", "deepspace_http", "deepspace_worker", "migrations", "docs", "tests")
MUTATED = ("deepspace_core/ledger", "deepspace_core/pricing")
NOT_MUTATED = ("ports.py", "__init__.py")
"""Protocols and re-exports: nothing in them runs."""

TESTS = ("tests/core/ledger", "tests/core/pricing", "tests/contract/test_metering_audit.py")
"""What must notice a mutant: the tests of core itself, and of the whole audit. No server, and seconds for all."""

LEFT_OUT = "not postgres and not library_example and not findings_are_explained"
"""The contracts' half on PostgreSQL; what mutants are nothing to: a process of its own, and who reads the source."""

UNDERSTOOD_BY_MUTMUT = {"staticmethod", "classmethod"}


CONFIGURATION = f"""
[tool.pytest.ini_options]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "function"
addopts = "-q --strict-markers --import-mode=importlib"
filterwarnings = ["error::RuntimeWarning"]

[tool.mutmut]
source_paths = ["deepspace_core"]
only_mutate = {[f"{directory}/*.py" for directory in MUTATED]}
do_not_mutate = {[f"*/{name}" for name in NOT_MUTATED]}
also_copy = {[*(name for name in COPIED if name not in {"deepspace_core", "tests"}), "README.md"]}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "tests.mutation.plugin", "-k", "{LEFT_OUT}"]
pytest_add_cli_args_test_selection = {[*TESTS]}
use_git_change_detection = false
timeout_constant = 30.0
timeout_multiplier = 60.0
on_dependency_change = "ignore"
"""


def prepare(workspace: Path) -> None:
    """Copies the tree to `workspace` (what an earlier run left there is reused by mutmut) and configures mutmut."""
    for name in COPIED:
        shutil.copytree(
            ROOT / name,
            workspace / name,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("__pycache__", "node_modules"),
        )
    shutil.copy(ROOT / "README.md", workspace / "README.md")
    for module in mutated_modules(workspace):
        module.write_text(undecorated(uncast(module.read_text(encoding="utf-8"))), encoding="utf-8")
    (workspace / "pyproject.toml").write_text(CONFIGURATION, encoding="utf-8")


def mutated_modules(root: Path) -> Iterable[Path]:
    """The modules whose functions are mutated."""
    return [
        module
        for directory in MUTATED
        for module in sorted((root / directory).rglob("*.py"))
        if module.name not in NOT_MUTATED
    ]


def undecorated(source: str) -> str:
    """The same program with each decorated function undecorated first and decorated in the line after it."""
    lines = source.splitlines()
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in sorted(found, key=lambda node: node.lineno, reverse=True):
        names = [ast.unparse(decorator) for decorator in function.decorator_list]
        if not names or UNDERSTOOD_BY_MUTMUT & set(names) or any("." in name for name in names):
            continue
        wrapped = function.name
        for name in reversed(names):
            wrapped = f"{name}({wrapped})"
        lines.insert(function.end_lineno or 0, f"{' ' * function.col_offset}{function.name} = {wrapped}")
        del lines[function.decorator_list[0].lineno - 1 : function.lineno - 1]
    return "\n".join([*lines, ""])


def uncast(source: str) -> str:
    """The same program without casts; one after the other, because one may stand in another."""
    while call := next((node for node in ast.walk(ast.parse(source)) if _is_cast(node)), None):
        assert isinstance(call, ast.Call)
        lines = source.splitlines()
        line = lines[call.lineno - 1].encode()  # columns count bytes
        value = line[call.args[1].col_offset : call.args[1].end_col_offset]
        lines[call.lineno - 1] = (line[: call.col_offset] + value + line[call.end_col_offset :]).decode()
        source = "\n".join([*lines, ""])
    return source


def _is_cast(node: ast.AST) -> bool:
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "cast"
    return named and node.lineno == node.end_lineno  # type: ignore[attr-defined]
