"""For records of which a call makes dozens: frozen dataclasses that are made in half the time."""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

Made = TypeVar("Made")


def quickly_made(record: type[Made]) -> type[Made]:
    """Above `@dataclass(frozen=True, slots=True)`: the same class, with an `__init__` that fills the slots themselves.

    The one that `dataclass` writes calls `object.__setattr__`, which looks for each field's name in the class. It stays
    frozen. Raises TypeError for a field with a default_factory or without a parameter.
    """
    told = fields(record)  # type: ignore[arg-type] # no type says "a dataclass"
    if unfit := [one.name for one in told if not one.init or one.default_factory is not MISSING]:
        raise TypeError(f"{record.__name__} can't be made quickly: its {', '.join(unfit)} would have to be found first")
    written: dict[str, Any] = {f"default_{one.name}": one.default for one in told}
    written |= {f"set_{one.name}": getattr(record, one.name).__set__ for one in told}
    lines = [f" set_{one.name}(self, {one.name})" for one in told]
    if hasattr(record, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec("\n".join([f"def __init__({_parameters(told)}):", *lines]), written)  # noqa: S102 - as dataclasses do it
    _take_the_place(record.__init__, written["__init__"])
    record.__init__ = written["__init__"]  # type: ignore[method-assign]
    return record


def _parameters(told: tuple[Field[Any], ...]) -> str:
    """As `dataclass` puts them: those by keyword only come last."""
    placed = [_parameter(one) for one in told if not one.kw_only]
    named = [_parameter(one) for one in told if one.kw_only]
    return ", ".join(["self", *placed, *(["*", *named] if named else [])])


def _parameter(one: Field[Any]) -> str:
    return one.name if one.default is MISSING else f"{one.name}=default_{one.name}"


def _take_the_place(of: Callable[..., None], new: Callable[..., None]) -> None:
    for told in ("__qualname__", "__module__", "__annotations__", "__doc__"):
        setattr(new, told, getattr(of, told))
