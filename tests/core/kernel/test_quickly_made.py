"""What is made quickly is what `dataclass` would have made."""

import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from deepspace_core.kernel.quickly_made import quickly_made


@dataclass(frozen=True, slots=True)
class Base:
    """Fields that are inherited."""

    first: int


@quickly_made
@dataclass(frozen=True, slots=True)
class Record(Base):
    """Fields with defaults, and by keyword only; a check."""

    second: str = "two"
    third: tuple[int, ...] = field(default=(3,), kw_only=True)

    def __post_init__(self) -> None:
        if self.first < 0:
            raise ValueError("first must be at least 0")


def test_it_is_equal_hashed_shown_replaced_and_pickled_as_before() -> None:
    made = Record(1, third=(4,))
    assert made == Record(first=1, second="two", third=(4,))
    assert hash(made) == hash(Record(1, "two", third=(4,)))
    assert repr(made) == "Record(first=1, second='two', third=(4,))"
    assert replace(made, second="2") == Record(1, "2", third=(4,))
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own


def test_its_parameters_are_the_ones_that_dataclass_gives_it() -> None:
    @dataclass(frozen=True, slots=True)
    class Plain(Base):
        second: str = "two"
        third: tuple[int, ...] = field(default=(3,), kw_only=True)

    quick, plain = (inspect.signature(made).parameters.values() for made in (Record, Plain))
    assert [(one.name, one.kind, one.default) for one in quick] == [(one.name, one.kind, one.default) for one in plain]
    with pytest.raises(TypeError, match="first"):
        Record()  # type: ignore[call-arg]


def test_it_stays_frozen_and_checked() -> None:
    with pytest.raises(FrozenInstanceError):
        Record(1).first = 2  # type: ignore[misc]
    with pytest.raises(ValueError, match="at least 0"):
        Record(-1)


def test_what_would_have_to_be_found_first_is_told() -> None:
    @dataclass(frozen=True, slots=True)
    class Lazy:
        found: list[int] = field(default_factory=list)

    with pytest.raises(TypeError, match="Lazy can't be made quickly: its found"):
        quickly_made(Lazy)
