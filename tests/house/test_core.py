"""Core is pure: the standard library only, and of it nothing that reads the world; no clock, no chance, no floats."""

import ast
import sys

import pytest

from tests.house.source import (
    Function,
    Module,
    base_names,
    classes_in,
    contexts,
    files_under,
    holds_module,
    imports_of,
    last_name,
    listed,
    methods_of,
    modules_under,
    parse,
)

IMPURE = {
    "asyncio",
    "concurrent",
    "http",
    "logging",
    "multiprocessing",
    "os",
    "random",
    "secrets",
    "select",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
}
IMPURE_NAMES = {"uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7", "uuid.uuid8"}
CLOCK_READS = {"now", "utcnow", "today"}
IMPURE_CALLS = {"open", "print", "input", "eval", "exec", "__import__", "uuid1", "uuid4", "uuid6", "uuid7"}
WRITES_CODE = ("deepspace_core/kernel/making.py", "exec")
"""The one place that writes a function, as `dataclasses` does: out of the names of fields, and nothing else."""
MONEY_MODULES = ("deepspace_core/ledger", "deepspace_core/pricing", "deepspace_core/kernel/money.py")


def test_core_imports_only_itself_and_the_pure_part_of_the_standard_library() -> None:
    faults = [
        f"{module.path}:{line} imports {name}"
        for module in modules_under("deepspace_core")
        for line, name in imports_of(module)
        if not _may_be_imported(name)
    ]
    assert not faults, f"core must take these through a port: {listed(faults)}"


def test_core_reads_no_clock_makes_no_id_and_touches_no_file() -> None:
    faults = [
        f"{module.path}:{call.lineno} calls {ast.unparse(call.func)}()"
        for module in modules_under("deepspace_core")
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call) and _reads_the_world(call.func)
        if (module.path, ast.unparse(call.func)) != WRITES_CODE
    ]
    assert not faults, f"`now`, ids and secrets are values passed in: {listed(faults)}"


def test_money_is_never_a_float() -> None:
    faults = [
        f"{module.path}:{line} {what}"
        for module in modules_under("deepspace_core")
        if module.path.startswith(MONEY_MODULES)
        for line, what in _floats_in(module)
    ]
    assert not faults, f"money is integers, and each division names its rounding: {listed(faults)}"


def test_a_context_with_use_cases_has_every_room() -> None:
    faults = [
        f"deepspace_core/{context} has use cases and no {room}"
        for context in contexts()
        if any(
            _is_use_case(owner) for module in modules_under(f"deepspace_core/{context}") for owner in classes_in(module)
        )
        for room in ("errors", "ports", "use_cases")
        if not holds_module(f"deepspace_core/{context}/{room}")
    ]
    assert not faults, listed(faults)


@pytest.mark.parametrize("context", contexts())
def test_a_context_shows_a_public_face(context: str) -> None:
    path = f"deepspace_core/{context}/__init__.py"
    assert path in files_under("deepspace_core"), f"{context} has no __init__.py"
    face = parse(path)
    names = [
        node for node in face.tree.body if isinstance(node, ast.Assign) and last_name(node.targets[0]) == "__all__"
    ]
    assert names, f"{path} must name in __all__ what other contexts may use"


def test_contexts_know_each_other_by_their_public_faces() -> None:
    faults = [
        f"{module.path}:{node.lineno} imports from {node.module}"
        for module in modules_under("deepspace_core")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and _goes_round_the_face(module, node.module or "")
    ]
    assert not faults, f"import it from the context itself, which names it in __all__: {listed(faults)}"


def test_a_use_case_is_one_frozen_dataclass_with_one_keyword_only_call() -> None:
    faults = [
        f"{module.path}:{owner.lineno} {owner.name} {fault}"
        for module in modules_under("deepspace_core")
        if "use_cases" in module.parts
        for owner in classes_in(module)
        if _is_use_case(owner)
        for fault in _use_case_faults(owner)
    ]
    assert not faults, listed(faults)


def _may_be_imported(name: str) -> bool:
    if name.startswith("."):
        return True
    top = name.split(".", maxsplit=1)[0]
    if top != "deepspace_core" and top not in sys.stdlib_module_names:
        return False
    return name not in IMPURE_NAMES and not any(name == bad or name.startswith(f"{bad}.") for bad in IMPURE)


def _goes_round_the_face(module: Module, imported: str) -> bool:
    """True for `deepspace_core.identity.principal` anywhere outside identity; the kernel has no face to go round."""
    parts = imported.split(".")
    if len(parts) < 3 or parts[0] != "deepspace_core" or parts[1] == "kernel":
        return False
    return module.parts[1] != parts[1]


def _reads_the_world(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute):
        if called.attr in CLOCK_READS:
            return last_name(called.value) in {"datetime", "date"}
        return f"{last_name(called.value)}.{called.attr}" in IMPURE_NAMES
    return last_name(called) in IMPURE_CALLS


def _floats_in(module: Module) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(module.tree):
        match node:
            case ast.Constant(value=float()):
                found.append((node.lineno, "writes a float"))
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                found.append((node.lineno, "divides with /"))
            case ast.Name(id="float"):
                found.append((node.lineno, "names float"))
    return found


def _is_use_case(owner: ast.ClassDef) -> bool:
    """A class with an async call, unless the call takes `tx`: that is a step inside somebody else's transaction."""
    call = methods_of(owner).get("__call__")
    if not isinstance(call, ast.AsyncFunctionDef) or "Protocol" in base_names(owner):
        return False
    return not _takes_transaction(call)


def _use_case_faults(owner: ast.ClassDef) -> list[str]:
    faults = []
    decorators = {ast.unparse(decorator) for decorator in owner.decorator_list}
    if "dataclass(frozen=True, slots=True)" not in decorators:
        faults.append("is not @dataclass(frozen=True, slots=True)")
    call = methods_of(owner)["__call__"]
    if len(call.args.args) + len(call.args.posonlyargs) > 1:
        faults.append("takes positional arguments in __call__")
    others = [name for name, node in methods_of(owner).items() if name[0] != "_" and not _takes_transaction(node)]
    if others:
        faults.append(f"can be asked for more than its one call: {others}")
    return faults


def _takes_transaction(node: Function) -> bool:
    return "tx" in {argument.arg for argument in node.args.args}
