"""Whoever reads a finding of the audit finds it explained, with what to do, in docs/operating/ledger.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
LEDGER = ROOT / "deepspace_core" / "ledger"
PAGE = ROOT / "docs" / "operating" / "ledger.md"
EXPLAINED = re.compile(r"^\| ([a-z][^|]+?) \|", re.MULTILINE)


def test_every_invariant_that_a_finding_names_is_explained_and_no_other() -> None:
    told = {name for path in LEDGER.glob("*.py") for name in _invariants(ast.parse(path.read_text(encoding="utf-8")))}
    assert len(told) > 10
    assert set(EXPLAINED.findall(PAGE.read_text(encoding="utf-8"))) == told


def _invariants(module: ast.Module) -> Iterator[str]:
    """The first argument of whatever makes a finding; a name stands for the constant of its module."""
    constants = {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Name(id="Finding") | ast.Attribute(attr="_find"), args=[ast.Constant(value=str() as name), *_]
            ):
                yield name
            case ast.Call(func=ast.Name(id="Finding") | ast.Attribute(attr="_find"), args=[ast.Name(id=name), *_]):
                if isinstance(constant := constants.get(name), str):
                    yield constant
