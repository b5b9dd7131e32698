"""Where a context's actors sign up: makes a Dramatiq actor of a job's name, its promises and its handler."""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

from dramatiq import Broker, actor

from deepspace_adapters.dramatiq.broker import QUEUE
from deepspace_core.kernel.ids import JobId
from deepspace_core.work import JobSpec
from deepspace_worker.runner import Handler, JobRunner


class Board:
    """The actors of one worker process.

    Dramatiq calls an actor on one of its threads; the work itself is a coroutine on the process's one event loop, where
    the pools live. Dramatiq's own AsyncIO middleware was rejected: it brings a loop of its own, and asks ten times a
    second whether to interrupt.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        runner: JobRunner,
        loop: asyncio.AbstractEventLoop,
        found: Callable[[str, int], None],
    ) -> None:
        """`found` is told the name of a check and how much it found, at the end of each."""
        self.found = found
        self._broker = broker
        self._runner = runner
        self._loop = loop

    @property
    def names(self) -> Sequence[str]:
        """The jobs that this worker can do."""
        return sorted(self._broker.get_declared_actors())

    def add(self, spec: JobSpec, handler: Handler) -> None:
        """Makes this worker do the jobs named `spec.name`. Raises ValueError for a name that is taken."""

        def perform(job_id: str, trace_id: str) -> None:  # noqa: ARG001  # the trace is for the middleware
            work = self._runner.run(job_id=JobId(UUID(job_id)), spec=spec, handler=handler)
            asyncio.run_coroutine_threadsafe(work, self._loop).result()

        actor(actor_name=spec.name, queue_name=QUEUE, broker=self._broker)(perform)
