"""What a maker makes is what its class would have made."""

import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import NamedTuple

import pytest

from deepspace_core.kernel.making import maker_of


@dataclass(frozen=True, slots=True)
class Base:
    """Fields that are inherited."""

    first: int


@dataclass(frozen=True, slots=True)
class Record(Base):
    """Fields with defaults, and by keyword only; a check."""

    second: str = "two"
    third: tuple[int, ...] = field(default=(3,), kw_only=True)

    def __post_init__(self) -> None:
        if self.first < 0:
            raise ValueError("first must be at least 0")


@dataclass(frozen=True, slots=True)
class Named(Record):
    """No field of its own."""


class Row(NamedTuple):
    """A tuple with a default."""

    first: int
    second: str = "two"


make_record, make_row = maker_of(Record), maker_of(Row)


def test_a_record_is_equal_hashed_shown_replaced_and_pickled_as_if_its_class_had_made_it() -> None:
    made, plain = make_record(first=1, third=(4,)), Record(1, third=(4,))
    assert type(made) is Record
    assert (made, hash(made), repr(made)) == (plain, hash(plain), repr(plain))
    assert replace(made, second="2") == Record(1, "2", third=(4,))
    assert pickle.loads(pickle.dumps(made)) == plain  # noqa: S301 - our own


def test_a_record_without_fields_of_its_own_is_made_with_those_of_its_bases() -> None:
    made = maker_of(Named)(1, second="2")
    assert (type(made), made) == (Named, Named(1, second="2"))


def test_a_row_is_the_same_tuple() -> None:
    assert (make_row(1), make_row(first=1, second="2")) == (Row(1), Row(1, "2"))
    assert type(make_row(1)) is Row


@pytest.mark.parametrize("kind", [Record, Row])
def test_its_parameters_are_its_classs(kind: type) -> None:
    made, plain = inspect.signature(maker_of(kind)).parameters.values(), inspect.signature(kind).parameters.values()
    assert [(one.name, one.kind, one.default) for one in made] == [(one.name, one.kind, one.default) for one in plain]
    with pytest.raises(TypeError, match="first"):
        maker_of(kind)()


def test_a_record_stays_frozen_and_checked() -> None:
    with pytest.raises(FrozenInstanceError):
        make_record(1).first = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del make_record(1).first
    with pytest.raises(ValueError, match="at least 0"):
        make_record(-1)


def test_what_would_have_to_be_found_first_is_told() -> None:
    @dataclass(frozen=True, slots=True)
    class Lazy:
        found: list[int] = field(default_factory=list)

    @dataclass(frozen=True)
    class Open:
        found: int

    with pytest.raises(TypeError, match="Lazy can't be made so: its found"):
        maker_of(Lazy)
    with pytest.raises(TypeError, match="Open can't be made so: it has no slots"):
        maker_of(Open)
