"""The worker's jobs as they really run: fired by their schedules, through the outbox and Redis."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from tests.journey.books import Books
from tests.journey.jobs import ROLL_UP, SWEEP, Jobs, jobs_of
from tests.journey.stack import Json, Stack
from tests.journey.waiting import eventually

pytestmark = pytest.mark.usefixtures("audited")

CHAT = "smollm2-135m-instruct"
HOUR = timedelta(hours=1)
EXPORTS = "/api/v1/exports"


@pytest.fixture
def jobs(stack: Stack) -> Iterator[Jobs]:
    with jobs_of(stack) as found:
        yield found


def test_the_sweep_of_holds_runs_by_its_schedule(jobs: Jobs) -> None:
    run = jobs.finished(SWEEP, since=datetime.now(UTC) - HOUR)
    assert (run["state"], run["attempts"], run["error"]) == ("succeeded", 1, None)
    left = jobs.database.execute("SELECT count(*) AS jobs FROM outbox WHERE id = %s", [run["id"]]).fetchone()
    assert left == {"jobs": 0}


def test_the_roll_up_sums_the_hours_that_are_over(stack: Stack, books: Books, jobs: Jobs) -> None:
    trace_id = _call(stack)
    usage = _an_hour_earlier(jobs, books, trace_id)
    jobs.fire(ROLL_UP)
    hour = datetime.fromisoformat(usage["ended_at"]).replace(minute=0, second=0, microsecond=0) - HOUR
    rolled = jobs.database.execute("SELECT * FROM usage_rollups WHERE hour = %s", [hour]).fetchone()
    assert rolled is not None
    assert (rolled["requests"], rolled["cost_nanos"]) == (1, usage["cost_nanos"])
    found = _summary(books, since=hour, until=hour + HOUR)
    assert [(row["value"], row["sums"]["requests"]) for row in found] == [(CHAT, 1)]
    assert found[0]["sums"]["cost_nanos"] == usage["cost_nanos"]
    assert found[0]["sums"]["tokens"] == usage["tokens"]
    _forget_the_copy(jobs)


def test_the_summary_counts_the_running_hour_too(stack: Stack, books: Books) -> None:
    since = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - HOUR
    until = since + 3 * HOUR
    requests_before, cost_before = _sums(_summary(books, since=since, until=until))
    bill = books.bill(_call(stack))
    assert _sums(_summary(books, since=since, until=until)) == (requests_before + 1, cost_before + bill.cost_nanos)


def test_an_export_is_written_by_the_worker_and_downloaded_by_anybody_with_its_link(stack: Stack, books: Books) -> None:
    bill = books.bill(_call(stack))
    assert bill.usage is not None
    asked = books.http.post(EXPORTS, json={"kind": "usage", "format": "csv"})
    assert asked.status_code in {200, 201, 202}, asked.text
    export = f"{EXPORTS}/{asked.json()['id']}"
    eventually(lambda: books.http.get(export).json()["ready"], what="the export")
    link = books.http.post(f"{export}/links", json={}).json()["url"]
    content = httpx.get(f"http://127.0.0.1:{stack.port}{urlsplit(link).path}")
    assert content.status_code == 200, content.text
    [row] = [row for row in csv.DictReader(io.StringIO(content.text)) if row["id"] == bill.usage["id"]]
    assert (int(row["cost_nanos"]), row["trace_id"], row["model"]) == (bill.cost_nanos, bill.usage["trace_id"], CHAT)
    assert books.http.delete(export).status_code == 204
    assert httpx.get(f"http://127.0.0.1:{stack.port}{urlsplit(link).path}").json()["error"]["code"] == "link_invalid"


def _sums(rows: list[Json]) -> tuple[int, int]:
    """Requests and cost of all rows."""
    sums = [row["sums"] for row in rows]
    return sum(one["requests"] for one in sums), sum(one["cost_nanos"] for one in sums)


def _summary(books: Books, *, since: datetime, until: datetime) -> list[Json]:
    times = {"from": since.isoformat(), "to": until.isoformat()}
    answer = books.http.get("/api/v1/usage/summary", params={**times, "bucket": "hour", "group_by": "model"})
    assert answer.status_code == 200, answer.text
    rows: list[Json] = answer.json()["data"]
    return rows


def _call(stack: Stack) -> str:
    with stack.openai(stack.welcome.api_key) as client:
        raw = client.chat.completions.with_raw_response.create(
            model=CHAT, messages=[{"role": "user", "content": "Hello"}], max_tokens=2
        )
    return str(raw.headers["x-trace-id"])


def _an_hour_earlier(jobs: Jobs, books: Books, trace_id: str) -> Json:
    """Puts a copy of the call's usage record into the hour before, which is over; gives the record."""
    usage = books.bill(trace_id).usage
    assert usage is not None
    copied = jobs.database.execute(
        """
        INSERT INTO usage_records
        SELECT copy.* FROM usage_records AS record, jsonb_populate_record(record, jsonb_build_object(
            'id', gen_random_uuid(), 'capture_ref', 'copy-of-' || record.capture_ref,
            'started_at', record.started_at - interval '1 hour', 'ended_at', record.ended_at - interval '1 hour'
        )) AS copy
        WHERE record.trace_id = %s
        """,
        [trace_id],
    )
    assert copied.rowcount == 1
    return usage


def _forget_the_copy(jobs: Jobs) -> None:
    """Takes it out again, with the triggers off: to the audit it is usage that nobody captured."""
    with jobs.database.transaction():
        jobs.database.execute("SET LOCAL session_replication_role = replica")
        jobs.database.execute("DELETE FROM usage_records WHERE capture_ref LIKE 'copy-of-%'")
