"""The worker's jobs as they really run: fired by their schedules, through the outbox and Redis."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.journey.books import Books
from tests.journey.stack import Json, Stack
from tests.journey.waiting import eventually

pytestmark = pytest.mark.usefixtures("audited")

CHAT = "smollm2-135m-instruct"
HOUR = timedelta(hours=1)
SWEEP_SECONDS = 40.0

Database = psycopg.Connection[Json]


@pytest.fixture
def database(stack: Stack) -> Iterator[Database]:
    with psycopg.connect(stack.running["database_url"], autocommit=True, row_factory=dict_row) as connection:
        yield connection


def test_the_sweep_of_holds_runs_by_its_schedule(database: Database) -> None:
    run = eventually(
        lambda: _finished(database, "ledger.sweep_expired_holds", datetime.now(UTC) - HOUR),
        seconds=SWEEP_SECONDS,
        what="a sweep",
    )
    assert (run["state"], run["attempts"], run["error"]) == ("succeeded", 1, None)
    left = database.execute("SELECT count(*) AS jobs FROM outbox WHERE id = %s", [run["id"]]).fetchone()
    assert left == {"jobs": 0}


def test_the_roll_up_sums_the_hours_that_are_over(stack: Stack, books: Books, database: Database) -> None:
    trace_id = _call(stack)
    usage = _an_hour_earlier(database, books, trace_id)
    began = datetime.now(UTC)
    database.execute("UPDATE schedules SET next_fire_at = now() WHERE name = 'usage.roll_up'")
    eventually(lambda: _finished(database, "usage.roll_up", began), what="the roll-up")
    hour = datetime.fromisoformat(usage["ended_at"]).replace(minute=0, second=0, microsecond=0) - HOUR
    rolled = database.execute("SELECT * FROM usage_rollups WHERE hour = %s", [hour]).fetchone()
    assert rolled is not None
    assert (rolled["requests"], rolled["cost_nanos"]) == (1, usage["cost_nanos"])
    found = _summary(books, since=hour, until=hour + HOUR)
    assert [(row["value"], row["sums"]["requests"]) for row in found] == [(CHAT, 1)]
    assert found[0]["sums"]["cost_nanos"] == usage["cost_nanos"]
    assert found[0]["sums"]["tokens"] == usage["tokens"]


def test_the_summary_counts_the_running_hour_too(stack: Stack, books: Books) -> None:
    since = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - HOUR
    until = since + 3 * HOUR
    requests_before, cost_before = _sums(_summary(books, since=since, until=until))
    bill = books.bill(_call(stack))
    assert _sums(_summary(books, since=since, until=until)) == (requests_before + 1, cost_before + bill.cost_nanos)


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


def _an_hour_earlier(database: Database, books: Books, trace_id: str) -> Json:
    """Puts a copy of the call's usage record into the hour before, which is over; gives the record."""
    usage = books.bill(trace_id).usage
    assert usage is not None
    copied = database.execute(
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


def _finished(database: Database, name: str, since: datetime) -> Json | None:
    """A job of that name that was queued since then and is done."""
    return database.execute(
        "SELECT * FROM job_runs WHERE name = %s AND queued_at >= %s AND finished_at IS NOT NULL ORDER BY id LIMIT 1",
        [name, since],
    ).fetchone()
