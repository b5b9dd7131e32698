"""What a running job and its runner share: the latest progress, and the wish that it stop."""

import asyncio

from deepspace_core.kernel.ports.job_context import JobCancelled
from deepspace_core.work import Lease, Progress, ProgressReport

GRACE_SECONDS = 5.0
"""For a job that was asked to stop to put away what it began, before it is interrupted where it stands."""


class RunningJob:
    """The `JobContext` port of one attempt, and its runner's handle on it.

    Progress is kept here and fetched by the runner about twice a second, so that telling it costs a job nothing and the
    database no more than one statement for all jobs of a process.
    """

    def __init__(self, lease: Lease, task: asyncio.Task[object]) -> None:
        self.lease = lease
        self.cancelled = False
        self.latest: Progress | None = None
        self._task = task
        self._fetched: Progress | None = None
        self._interruption: asyncio.TimerHandle | None = None

    def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        """See the port."""
        self.latest = Progress(done, total, note).bounded()
        if self.cancelled:
            raise JobCancelled("the job was asked to stop")

    def report(self) -> ProgressReport:
        """What is new since the last report."""
        news = self.latest if self.latest != self._fetched else None
        self._fetched = self.latest
        return ProgressReport(self.lease, news)

    def stop(self) -> None:
        """Asks the job to stop, and interrupts it when the grace is over."""
        if not self.cancelled:
            self.cancelled = True
            self._interruption = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._task.cancel)

    def interrupt(self) -> None:
        """Stops it at whatever it awaits."""
        self._task.cancel()

    def close(self) -> None:
        """The handler has returned: nothing is left to interrupt."""
        if self._interruption is not None:
            self._interruption.cancel()
