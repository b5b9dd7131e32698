"""Follows jobs for whoever listens: one question a second to the database, however many listeners there are.

A listener hears a job whenever its revision has changed, and the end of the stream when it is settled. What it missed
between two looks it does not need: an event is the whole job, not a step. NOTIFY was rejected with the relay's
(deepspace_adapters/postgres/work.py): it takes one lock for all commits of the server.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import JobId
from deepspace_core.work import FindJobs, JobRun

LOOK_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 15.0
"""Proxies close a connection that is silent for a minute."""
FOLLOW_SECONDS_MAX = 3_600.0
"""A listener reconnects then, with the credentials that it has by then."""
LISTENERS_MAX = 200

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Listener:
    """One stream, and the latest that it is to be told of its job."""

    job: JobRun
    news: asyncio.Event = field(default_factory=asyncio.Event)
    gone: bool = False

    def hear(self, job: JobRun | None) -> None:
        """None: the job is gone, its retention is over."""
        if job is None:
            self.gone = True
            self.news.set()
        elif job.revision != self.job.revision:
            self.job = job
            self.news.set()


@dataclass(eq=False, slots=True)
class JobFeed:
    """The listeners of one process."""

    find_jobs: FindJobs
    _listeners: set[Listener] = field(default_factory=set, init=False)
    _looking: asyncio.Task[None] | None = field(default=None, init=False)

    def admit(self) -> None:
        """Raises Unavailable when there are as many listeners as there may be."""
        if len(self._listeners) >= LISTENERS_MAX:
            raise Unavailable(
                f"{LISTENERS_MAX} jobs are followed through this gateway, its maximum; poll the job instead",
                retry_after_seconds=5,
            )

    async def follow(self, job: JobRun, *, seen: int | None) -> AsyncIterator[JobRun | None]:
        """The job now (unless its revision was `seen`), and whenever it changes, until it is settled.

        None is a keep-alive. Ends after FOLLOW_SECONDS_MAX at the latest.
        """
        if job.revision != seen:
            yield job
        deadline = asyncio.get_running_loop().time() + FOLLOW_SECONDS_MAX
        with self._listening(job) as listener:
            while not job.settled and asyncio.get_running_loop().time() < deadline:
                try:
                    await asyncio.wait_for(listener.news.wait(), timeout=KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    yield None
                    continue
                listener.news.clear()
                if listener.gone:
                    return
                job = listener.job
                yield job

    @contextmanager
    def _listening(self, job: JobRun) -> Iterator[Listener]:
        self.admit()
        listener = Listener(job)
        self._listeners.add(listener)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def _look(self) -> None:
        """For as long as anybody listens."""
        try:
            while self._listeners:
                await asyncio.sleep(LOOK_SECONDS)
                await self._tell()
        finally:
            self._looking = None

    async def _tell(self) -> None:
        wanted = {listener.job.id for listener in self._listeners}
        try:
            found: dict[JobId, JobRun] = {job.id: job for job in await self.find_jobs(job_ids=sorted(wanted))}
        except Unavailable as fault:
            log.warning("jobs can't be followed just now: %s", fault.message)
            return
        for listener in self._listeners:
            if listener.job.id in wanted:
                listener.hear(found.get(listener.job.id))
