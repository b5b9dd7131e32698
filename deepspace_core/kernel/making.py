"""For what a call makes dozens of: records, made without what a class does before and after.

A class that is called by keywords puts them into a dictionary first and takes them out again, and a frozen dataclass
sets each of its fields by name through `object.__setattr__`. A function does neither, in a fifth of the time: what it
makes is open, of a subclass that lets its fields be set, until it is whole, and then of its class for ever.

The interpreter puts more than fifteen keywords of any call into a dictionary: give a large record's first by place. And
it looks a member of an enum up by code of Python's own, thirty times as dear as a name: what every call asks for is
found once, and has a name in its module.
"""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from inspect import Parameter, signature
from typing import Any, ParamSpec, TypeVar, cast

Given = ParamSpec("Given")
Made = TypeVar("Made")


def maker_of(record: Callable[Given, Made]) -> Callable[Given, Made]:
    """A function that makes what `record` makes when it is called: a frozen dataclass with slots, or a NamedTuple.

    Raises TypeError for anything else, and for a dataclass with a field that isn't just a parameter of its own.
    """
    kind = cast(type, record)
    given = list(signature(kind).parameters.values())
    written: dict[str, Any] = {f"default_{one.name}": one.default for one in given} | {"kind": kind}
    lines = _of_tuple(given) if issubclass(kind, tuple) else _of_dataclass(kind, written)
    exec("\n".join([f"def make({_parameters(given)}):", *lines]), written)  # noqa: S102 - as dataclasses do it
    made: Callable[Given, Made] = written["make"]
    made.__qualname__ = f"maker_of({kind.__qualname__})"
    return made


def _of_tuple(given: Sequence[Parameter]) -> Sequence[str]:
    return [f" return tuple.__new__(kind, ({', '.join(one.name for one in given)},))"]


def _of_dataclass(kind: type, written: dict[str, Any]) -> Sequence[str]:
    told = fields(kind)
    if unfit := [one.name for one in told if not one.init or one.default_factory is not MISSING]:
        raise TypeError(f"{kind.__name__} can't be made so: its {', '.join(unfit)} would have to be found first")
    if not hasattr(kind, "__slots__"):
        raise TypeError(f"{kind.__name__} can't be made so: it has no slots")
    # Both methods, or the interpreter takes neither for what every object has, and sets fields the long way.
    settable = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    written |= {"open_kind": type(kind.__name__, (kind,), {"__slots__": (), **settable}), "new": object.__new__}
    checks = [" made.__post_init__()"] if hasattr(kind, "__post_init__") else []
    return [
        " made = new(open_kind)",
        *[f" made.{one.name} = {one.name}" for one in told],
        " made.__class__ = kind",
        *checks,
        " return made",
    ]


def _parameters(given: Sequence[Parameter]) -> str:
    """As they are in the record: those by keyword only come last."""
    placed = [_parameter(one) for one in given if one.kind is not Parameter.KEYWORD_ONLY]
    named = [_parameter(one) for one in given if one.kind is Parameter.KEYWORD_ONLY]
    return ", ".join([*placed, *(["*", *named] if named else [])])


def _parameter(one: Parameter) -> str:
    return one.name if one.default is Parameter.empty else f"{one.name}=default_{one.name}"
