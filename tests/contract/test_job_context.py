"""The context of a job, the same for one that a worker runs and for one that a program calls itself."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from deepspace_adapters.memory.job_context import MemoryJobContext
from deepspace_core.kernel.ids import JobId
from deepspace_core.kernel.ports.job_context import JobCancelled, JobContext
from deepspace_core.work import Lease, Progress
from deepspace_core.work.progress import NOTE_CHARACTERS_MAX
from deepspace_worker.context import RunningJob


@dataclass(frozen=True)
class Listened:
    """A context, what it heard last, and how it is asked to stop."""

    context: JobContext
    latest: Callable[[], Progress | None]
    stop: Callable[[], None]


@pytest.fixture(params=["memory", "worker"])
async def listened(request: pytest.FixtureRequest) -> Listened:
    if request.param == "memory":
        memory = MemoryJobContext()
        return Listened(memory, lambda: memory.told[-1], lambda: setattr(memory, "cancelled", True))
    task = asyncio.current_task()
    assert task is not None
    running = RunningJob(Lease(JobId(UUID(int=1)), 1), task)
    return Listened(running, lambda: running.latest, running.stop)


async def test_progress_is_heard_within_its_bounds(listened: Listened) -> None:
    listened.context.progress(3)
    assert listened.latest() == Progress(3)
    listened.context.progress(-1, 4, "x" * 1_000)
    assert listened.latest() == Progress(0, 4, "x" * NOTE_CHARACTERS_MAX)


async def test_a_job_that_is_asked_to_stop_hears_it_at_its_next_progress_which_still_counts(listened: Listened) -> None:
    before = listened.context.cancelled
    listened.stop()
    assert (before, listened.context.cancelled) == (False, True)
    with pytest.raises(JobCancelled):
        listened.context.progress(5)
    assert listened.latest() == Progress(5)


async def test_a_report_holds_only_what_is_new() -> None:
    task = asyncio.current_task()
    assert task is not None
    running = RunningJob(Lease(JobId(UUID(int=1)), 1), task)
    assert running.report().progress is None
    running.progress(1, 2)
    assert [running.report().progress for _ in range(2)] == [Progress(1, 2), None]
