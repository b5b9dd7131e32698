"""Finds every error of the product that has a code of its own."""

import ast
from dataclasses import dataclass
from functools import cache

from tests.house.source import PRODUCT, base_names, classes_in, modules_under

ROOT_ERROR = "DeepSpaceError"


@dataclass(frozen=True)
class ErrorClass:
    """A descendant of DeepSpaceError: its class, its code, and where it stands."""

    name: str
    code: str
    path: str


@cache
def error_classes() -> tuple[ErrorClass, ...]:
    """Every class of the product that descends from DeepSpaceError and sets a code; an inherited code is no new one."""
    owners = [(module.path, owner) for module in modules_under(*PRODUCT) for owner in classes_in(module)]
    family = {ROOT_ERROR}
    while grown := {owner.name for _, owner in owners if set(base_names(owner)) & family} - family:
        family |= grown
    return tuple(
        ErrorClass(owner.name, code, path)
        for path, owner in owners
        if owner.name in family and owner.name != ROOT_ERROR and (code := _code_of(owner))
    )


def _code_of(owner: ast.ClassDef) -> str | None:
    for node in owner.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                return code
            case ast.AnnAssign(target=ast.Name(id="code"), value=ast.Constant(value=str(code))):
                return code
    return None
