"""Finds every port of core and the classes that implement it, by shape: same methods, same parameter names.

A registry would have to be kept; the tree already says it. What the wiring relies on is checked by mypy, what a port
promises by its contract suite; this only finds a port that nobody implements.
"""

import ast
from dataclasses import dataclass
from functools import cache

from tests.house.source import (
    Function,
    Module,
    base_names,
    classes_in,
    functions_in,
    last_name,
    methods_of,
    modules_under,
)

Shape = dict[str, tuple[str, ...]]
"""From a method's name to its parameters' names, `self` left out."""


@dataclass(frozen=True)
class Port:
    """A Protocol of core: where it stands and what it asks for."""

    name: str
    path: str
    shape: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Implementation:
    """A class that has everything a port asks for."""

    name: str
    path: str

    @property
    def is_memory(self) -> bool:
        return self.path.startswith("deepspace_adapters/memory/")


@cache
def ports() -> tuple[Port, ...]:
    """Every Protocol of core that stands in a `ports` module or package and asks for at least one method."""
    return tuple(
        Port(owner.name, module.path, tuple(sorted(_own_shape(owner).items())))
        for module in modules_under("deepspace_core")
        if "ports" in module.parts
        for owner in classes_in(module)
        if "Protocol" in base_names(owner) and _own_shape(owner)
    )


def implementations(port: Port, *folders: str) -> list[Implementation]:
    """The classes of `folders` that have every method of `port` with the same parameters, inherited ones included.

    A port that is only called may be a function, or another object's method.
    """
    found = [one for one, shape in _class_shapes(folders) if _fits(shape, port)]
    return found or [one for one, parameters in _function_shapes(folders) if port.shape == (("__call__", parameters),)]


@cache
def _class_shapes(folders: tuple[str, ...]) -> list[tuple[Implementation, Shape]]:
    return [
        (Implementation(owner.name, module.path), _full_shape(owner, folders))
        for module in modules_under(*folders)
        for owner in classes_in(module)
        if "Protocol" not in base_names(owner)
    ]


@cache
def _function_shapes(folders: tuple[str, ...]) -> list[tuple[Implementation, tuple[str, ...]]]:
    """Functions and methods with their parameters, `self` left out."""
    return [
        (Implementation(node.name, module.path), names[1:] if names[:1] == ("self",) else names)
        for module in modules_under(*folders)
        for node in functions_in(module)
        for names in [_all_parameters(node)]
    ]


def _fits(shape: Shape, port: Port) -> bool:
    return all(shape.get(name) == parameters for name, parameters in port.shape)


def _full_shape(owner: ast.ClassDef, folders: tuple[str, ...]) -> Shape:
    known = _classes_by_name(folders)
    shape: Shape = {}
    for base in base_names(owner):
        if base in known and known[base] is not owner:
            shape |= _own_shape(known[base])
    return shape | _own_shape(owner)


@cache
def _classes_by_name(folders: tuple[str, ...]) -> dict[str, ast.ClassDef]:
    return {owner.name: owner for module in modules_under(*folders) for owner in classes_in(module)}


def _own_shape(owner: ast.ClassDef) -> Shape:
    """Methods only: what a port writes as a property may be an attribute of the class that has it."""
    return {
        name: _parameters(node)
        for name, node in methods_of(owner).items()
        if (not name.startswith("_") or name == "__call__")
        and not any(last_name(mark) == "property" for mark in node.decorator_list)
    }


def _parameters(node: Function) -> tuple[str, ...]:
    return _all_parameters(node)[1:]


def _all_parameters(node: Function) -> tuple[str, ...]:
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    starred = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return tuple(argument.arg for argument in [*named, *starred])


def mentions(module: Module) -> set[str]:
    """Every name and attribute a module uses: enough to tell whether a contract suite speaks of a port."""
    names = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}
    return names | {last_name(node) for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
