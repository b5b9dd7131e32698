"""A job's context without a job: for a program that calls a long use case itself, and for tests."""

from deepspace_core.kernel.ports.job_context import JobCancelled
from deepspace_core.work.progress import Progress


class MemoryJobContext:
    """The `JobContext` port. Keeps what it was told in `told`; `cancelled` may be set at any time."""

    def __init__(self) -> None:
        self.cancelled = False
        self.told: list[Progress] = []

    def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        self.told.append(Progress(done, total, note).bounded())
        if self.cancelled:
            raise JobCancelled("the job was asked to stop")
