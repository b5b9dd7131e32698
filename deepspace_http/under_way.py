"""A bound on how many answers a process works on at once."""

from collections.abc import Callable

from deepspace_core.kernel.errors import Unavailable


class UnderWay:
    """Counts what is under way."""

    def __init__(self) -> None:
        self.count = 0

    def take(self, most: int) -> Callable[[], None]:
        """One more; what it gives takes it away again, once however often it is called.

        Raises Unavailable when `most` are under way already.
        """
        if self.count >= most:
            raise Unavailable(
                f"this gateway has {most} answers under way, its maximum; try again", retry_after_seconds=1
            )
        self.count += 1
        is_free = False

        def free() -> None:
            nonlocal is_free
            if not is_free:
                is_free = True
                self.count -= 1

        return free
