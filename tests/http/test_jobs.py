"""Jobs and schedules over HTTP: an organization's own, the operator's, and the stream of events."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from deepspace_adapters.cron import CronCalendar
from deepspace_core.kernel.ids import JobId, OrgId, TraceId, read_id, show_id
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work import (
    Backoff,
    DeclareSchedules,
    FindJobs,
    JobRun,
    JobSpec,
    Progress,
    ScheduleDeclaration,
    Timetable,
)
from deepspace_core.work.ports import JobRuns, Schedules
from deepspace_http import job_feed
from deepspace_http.job_feed import JobFeed
from tests.fakes import TRACE
from tests.http.world import Person, World

LEASE = timedelta(seconds=30)
SPEC = JobSpec("test.job", timedelta(minutes=1), attempts_max=3, backoff=Backoff(first=LEASE, longest=LEASE))
NIGHTLY = ScheduleDeclaration("test.nightly", Timetable("0 3 * * *"), "test.job")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_feed, "LOOK_SECONDS", 0.01)


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.register("ada")


class Hands:
    """What a worker does, by hand."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.runs = cast(JobRuns, world.ports[JobRuns])
        self.unit_of_work = cast(UnitOfWork, world.ports[UnitOfWork])

    async def enqueue(self, person: Person | None) -> str:
        queue = cast(JobQueue, self.world.ports[JobQueue])
        org_id = None if person is None else OrgId(read_id("org", person.org_id, param="org_id"))
        async with self.unit_of_work() as tx:
            job_id = await queue.enqueue(
                tx, name="test.job", payload={"secret": 1}, trace_id=TraceId(TRACE), org_id=org_id
            )
            await tx.commit()
        return show_id("job", job_id)

    async def save(self, job: JobRun) -> None:
        async with self.unit_of_work() as tx:
            await self.runs.save(tx, job)
            await tx.commit()

    async def tell(self, job_id: str, progress: Progress) -> None:
        await self.save(replace(await self.job(job_id), progress=progress))

    async def start(self, job_id: str) -> None:
        await self.save((await self.job(job_id)).start(now=self.world.clock.now(), lease=LEASE, spec=SPEC))

    async def fail(self, job_id: str, *, error: str, error_code: str) -> None:
        now = self.world.clock.now()
        await self.save((await self.job(job_id)).give_up(now=now, error=error, error_code=error_code))

    async def finish(self, job_id: str) -> None:
        await self.save((await self.job(job_id)).succeed(now=self.world.clock.now()))

    async def job(self, job_id: str) -> JobRun:
        wanted = JobId(read_id("job", job_id, param="job_id"))
        (job,) = await FindJobs(self.unit_of_work, self.runs)(job_ids=[wanted])
        return job


@pytest.fixture
def hands(world: World) -> Hands:
    return Hands(world)


async def test_a_member_lists_shows_stops_and_retries_the_jobs_of_the_organization(
    world: World, ada: Person, hands: Hands
) -> None:
    job_id = await hands.enqueue(ada)
    await hands.enqueue(None)
    async with world.client(ada.token) as client:
        listed = (await client.get("/api/v1/jobs", params={"state": "queued", "name": "test.job"})).json()
        assert [job["id"] for job in listed["data"]] == [job_id]
        shown = (await client.get(f"/api/v1/jobs/{job_id}")).json()
        assert (shown["state"], shown["attempts"], shown["error"], "payload" in shown) == ("queued", 0, None, False)
        assert (await client.post(f"/api/v1/jobs/{job_id}/cancel")).json()["state"] == "cancelled"
        assert (await client.post(f"/api/v1/jobs/{job_id}/cancel")).status_code == 409
        assert (await client.post(f"/api/v1/jobs/{job_id}/retry")).json()["state"] == "queued"
        nothing = await client.get("/api/v1/jobs", params={"state": "nowhere"})
    assert (nothing.status_code, nothing.json()["error"]["param"]) == (400, "state")


async def test_a_running_job_is_asked_to_stop(world: World, ada: Person, hands: Hands) -> None:
    job_id = await hands.enqueue(ada)
    await hands.start(job_id)
    async with world.client(ada.token) as client:
        assert (await client.post(f"/api/v1/jobs/{job_id}/cancel")).json()["state"] == "cancelling"


async def test_what_went_wrong_inside_is_told_to_the_operator_only(
    world: World, root: Person, ada: Person, hands: Hands
) -> None:
    inside, plain = await hands.enqueue(ada), await hands.enqueue(ada)
    for job_id, error, code in (
        (inside, "KeyError: 'secret'", "internal"),
        (plain, "invalid_input: no", "invalid_input"),
    ):
        await hands.start(job_id)
        await hands.fail(job_id, error=error, error_code=code)
    async with world.client(ada.token) as client:
        errors = [(await client.get(f"/api/v1/jobs/{job_id}")).json()["error"] for job_id in (inside, plain)]
    assert [error["code"] for error in errors] == ["internal", "invalid_input"]
    assert "KeyError" not in errors[0]["message"]
    assert errors[1]["message"] == "invalid_input: no"
    async with world.client(root.token) as client:
        shown = (await client.get(f"/api/v1/admin/jobs/{inside}")).json()
        assert (shown["error"]["message"], shown["payload"]) == ("KeyError: 'secret'", {"secret": 1})
        dead = (await client.get("/api/v1/admin/jobs", params={"state": "dead", "org_id": ada.org_id})).json()
        assert {job["id"] for job in dead["data"]} == {inside, plain}
        retried = (await client.post("/api/v1/admin/jobs/retry-dead", json={"name": "test.job"})).json()
        assert {job["state"] for job in retried["data"]} == {"queued"}
        counts = (await client.get("/api/v1/admin/jobs/census")).json()
        assert [(one["state"], one["count"]) for one in counts["data"]] == [("queued", 2)]


async def test_a_job_is_followed_from_where_it_was_last_heard_of_until_it_is_settled(
    world: World, ada: Person, hands: Hands
) -> None:
    job_id = await hands.enqueue(ada)
    url = f"/api/v1/jobs/{job_id}/events"

    async def live() -> None:
        await hands.start(job_id)
        await asyncio.sleep(0.05)
        await hands.tell(job_id, Progress(3, 4, "writing"))
        await asyncio.sleep(0.05)
        await hands.finish(job_id)

    async with world.client(ada.token) as client:
        living = asyncio.create_task(live())
        answer = await client.get(url)
        await living
        heard = events_of(answer.text)
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert heard[-1]["state"] == "succeeded"
        assert [job["revision"] for job in heard] == sorted({job["revision"] for job in heard})
        again = await client.get(url)
        assert events_of(again.text) == [heard[-1]]
        nothing_new = await client.get(url, headers={"last-event-id": str(heard[-1]["revision"])})
        assert nothing_new.text == ""
        refused = await client.get(url, headers={"last-event-id": "yesterday"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "last-event-id")


async def test_no_more_listeners_than_there_may_be(
    world: World, ada: Person, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_feed, "LISTENERS_MAX", 0)
    job_id = await hands.enqueue(ada)
    async with world.client(ada.token) as client:
        full = await client.get(f"/api/v1/jobs/{job_id}/events")
    assert (full.status_code, full.json()["error"]["code"]) == (503, "unavailable")


async def test_a_silent_job_keeps_its_line_alive_and_a_pruned_one_ends_it(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_feed, "KEEP_ALIVE_SECONDS", 0.01)
    job = await hands.job(await hands.enqueue(None))
    feed = JobFeed(FindJobs(hands.unit_of_work, hands.runs))
    following = feed.follow(job, seen=job.revision)
    assert await anext(following) is None
    lost = replace(job, id=JobId(UUID(int=404)))
    assert [heard async for heard in settled(feed, lost) if heard is not None] == [lost]
    await following.aclose()  # type: ignore[attr-defined]


async def settled(feed: JobFeed, job: JobRun) -> AsyncIterator[JobRun | None]:
    async with asyncio.timeout(30):
        async for heard in feed.follow(job, seen=None):
            yield heard


async def test_schedules_are_listed_changed_and_run_by_the_operator(world: World, root: Person) -> None:
    schedules, unit_of_work = cast(Schedules, world.ports[Schedules]), cast(UnitOfWork, world.ports[UnitOfWork])
    await DeclareSchedules(unit_of_work, schedules, CronCalendar(), world.clock)(declarations=[NIGHTLY])
    at = "/api/v1/admin/schedules"
    async with world.client(root.token) as client:
        assert [one["name"] for one in (await client.get(at)).json()["data"]] == ["test.nightly"]
        changed = (
            await client.patch(f"{at}/test.nightly", json={"time_zone": "Asia/Shanghai", "enabled": False})
        ).json()
        assert (changed["cron"], changed["time_zone"], changed["enabled"]) == ("0 3 * * *", "Asia/Shanghai", False)
        wrong = await client.patch(f"{at}/test.nightly", json={"cron": "soon"})
        assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "cron")
        job = (await client.post(f"{at}/test.nightly/run")).json()
        assert (job["name"], job["state"]) == ("test.job", "queued")
        assert (await client.get(f"{at}/test.nightly")).json()["last_job_id"] == job["id"]
        assert (await client.post(f"{at}/test.nightly/run")).status_code == 409
        assert (await client.get(f"{at}/test.none")).status_code == 404


def events_of(text: str) -> list[dict[str, Any]]:
    """The jobs of a stream, whose ids are their revisions."""
    found = []
    for event in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in event.splitlines() if not line.startswith(":"))
        if fields:
            job = json.loads(fields["data"])
            assert (fields["event"], fields["id"]) == ("job", str(job["revision"]))
            found.append(job)
    return found
