"""A bound on how many answers a process works on at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from deepspace_core.kernel.errors import Unavailable


class UnderWay:
    """Counts what is under way."""

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def one_more(self, most: int) -> Iterator[None]:
        """Raises Unavailable when `most` are under way already."""
        if self.count >= most:
            raise Unavailable(
                f"this gateway has {most} answers under way, its maximum; try again", retry_after_seconds=1
            )
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1
