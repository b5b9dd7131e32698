"""What is counted of a call beside tokens: images made, seconds of sound heard, characters spoken.

Some providers sell these by the piece and count no tokens for them. In the kernel for the same reason as the token
leaves: pricing prices them and usage records them, and neither knows the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """The closed set of units; the values are the field names of `Units` and the keys of storage."""

    IMAGES = "images"
    AUDIO_SECONDS = "audio_seconds"
    CHARACTERS = "characters"


@dataclass(frozen=True, slots=True)
class Units:
    """How many of each unit; integers ≥ 0. Raises ValueError for a negative one."""

    images: int = 0
    """Pictures that an answer holds."""
    audio_seconds: int = 0
    """Sound that was listened to, each started second."""
    characters: int = 0
    """Characters (code points) of a text that was spoken."""

    def __post_init__(self) -> None:
        if min(self.images, self.audio_seconds, self.characters) < 0:
            raise ValueError(f"a unit is negative: {self}")

    def of(self, unit: Unit) -> int:
        """The count of one unit."""
        count: int = getattr(self, unit.value)
        return count

    def counted(self) -> dict[str, int]:
        """Those that were counted at all, by name; empty for most calls."""
        if not self:
            return {}
        return {unit.value: count for unit in Unit if (count := self.of(unit))}

    def __bool__(self) -> bool:
        return bool(self.images or self.audio_seconds or self.characters)


NO_UNITS = Units()


def read_units(stored: Mapping[str, int] | None) -> Units:
    """What `counted` wrote down. Raises TypeError for a name that is no unit's."""
    return Units(**stored) if stored else NO_UNITS
