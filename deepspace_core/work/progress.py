"""How far a running job came, in the job's own units."""

from dataclasses import dataclass, replace

NOTE_CHARACTERS_MAX = 200
PERCENT_MAX = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` units (rows, files, bytes: the job's own); `total` None while nobody knows how many."""

    done: int = 0
    total: int | None = None
    note: str | None = None

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down, so that 100 means done; None where `total` is unknown."""
        if self.total is None:
            return None
        return PERCENT_MAX if self.done >= self.total else PERCENT_MAX * self.done // self.total

    def bounded(self) -> "Progress":
        """Nothing negative, and a note that fits."""
        return Progress(
            done=max(self.done, 0),
            total=None if self.total is None else max(self.total, 0),
            note=None if self.note is None else self.note[:NOTE_CHARACTERS_MAX],
        )

    def completed(self) -> "Progress":
        """All there was to do, which may be more than was thought."""
        all_there_was = max(self.done, self.total or 0)
        return replace(self, done=all_there_was, total=all_there_was)


NO_PROGRESS = Progress()
