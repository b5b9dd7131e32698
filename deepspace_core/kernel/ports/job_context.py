"""The port between a running job and whoever waits for it: progress goes out, the wish to stop comes in."""

from typing import Protocol

from deepspace_core.kernel.errors import Conflict


class JobCancelled(Conflict):
    """Nobody wants the job any more. A use case lets it pass, after it has put away what it began."""


class JobContext(Protocol):
    """What a long use case is given by the job that calls it.

    Cancelling is asked, not done: the job stops at its next `progress`, at a point where it can. One that calls
    neither `progress` nor `cancelled` is interrupted at whatever it awaits, a few seconds after it was asked.
    """

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the job to stop; for a loop that has no progress to tell."""
        ...

    def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        """Tells that `done` of `total` units are done (None: unknown how many); raises JobCancelled when asked to stop.

        Costs nothing, so call it for every row: it is kept in memory and written about twice a second. `done` may go
        back (an attempt starts over). `note` says what is being done, in a few words for whoever waits.
        """
        ...
