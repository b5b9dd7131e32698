"""Fills a running product with two months of made-up calls, so that pages can be looked at with something on them.

`python -m tests.web.seed http://127.0.0.1:8080 DATABASE_URL`: users and organizations come over HTTP, calls straight
into the database. They moved no money: the comparison of our own books finds them, which is one more page to look at.
"""

import asyncio
import math
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid4

import httpx
import psycopg

from deepspace_adapters.postgres.audit import write_request_logs
from deepspace_adapters.postgres.usage import write_usage_records
from deepspace_core.audit import RequestLog
from deepspace_core.kernel.ids import ApiKeyId, ModelId, OrgId, TraceId, UsageRecordId, UserId, read_id
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import Ending, UsageRecord, UsageSource

DAYS = 40
OK = 200
SATURDAY_AND_SUNDAY = {5, 6}
NAMES = ["Ada Lovelace", "Grace Hopper", "李明", "王小红", "Alan Turing", "Katherine Johnson", "张伟", "Emmy Noether"]
MODELS = [("smollm2-135m-instruct", 400), ("nebula-large", 9_000), ("nebula-embed", 60)]
ERRORS = [(429, "rate_limited"), (402, "insufficient_quota"), (503, "upstream_unreachable"), (200, "upstream_cut")]
PASSWORD = "correct horse battery"


Caller: TypeAlias = tuple[UserId, OrgId, ApiKeyId]


def main() -> None:
    fill(*sys.argv[1:3])


def fill(base_url: str, database_url: str, *, callers: Sequence[Caller] = ()) -> None:
    """Makes up calls of eight people who register for it, and of these callers."""
    people = [*callers, *(_registered(base_url, name, number) for number, name in enumerate(NAMES))]
    asyncio.run(_write(database_url, people))


def caller_of(user: Mapping[str, str], key_id: str) -> Caller:
    """From ids as HTTP tells them."""
    return (
        UserId(read_id("user", user["id"], param="id")),
        OrgId(read_id("org", user["personal_org_id"], param="id")),
        ApiKeyId(read_id("api_key", key_id, param="id")),
    )


def _registered(base_url: str, name: str, number: int) -> Caller:
    email = f"person{number}@example.org"
    with httpx.Client(base_url=base_url) as client:
        client.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD, "display_name": name})
        opened = (
            client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD}).raise_for_status().json()
        )
        client.headers["authorization"] = f"Bearer {opened['access_token']}"
        key = client.post("/api/v1/keys", json={"name": f"key of {name}"}).raise_for_status().json()["key"]
    return caller_of(opened["user"], key["id"])


async def _write(url: str, people: Sequence[Caller]) -> None:
    calls = [*_calls(people)]
    async with await psycopg.AsyncConnection.connect(url) as connection:
        for start in range(0, len(calls), 2_000):
            some = calls[start : start + 2_000]
            await write_usage_records(connection, [record for record, _ in some if record is not None])
            await write_request_logs(connection, [log for _, log in some])
    sys.stdout.write(f"{len(calls)} calls written\n")


def _calls(people: Sequence[Caller]) -> Iterator[tuple[UsageRecord | None, RequestLog]]:
    draw = random.Random(7)  # noqa: S311 - made-up data
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for hours_back in range(DAYS * 24, -1, -1):
        hour = now - timedelta(hours=hours_back)
        quiet = 0.4 if hour.weekday() in SATURDAY_AND_SUNDAY else 1
        busy = 3 + 9 * max(0.0, math.sin((hour.hour - 6) / 24 * 2 * math.pi)) * quiet
        spike = 90 if hours_back == 6 else 0
        for _ in range(round(busy) + spike):
            yield _call(
                draw, hour + timedelta(seconds=draw.randrange(3_000)), people[0] if spike else draw.choice(people)
            )


def _call(draw: random.Random, at: datetime, person: Caller) -> tuple[UsageRecord | None, RequestLog]:
    user_id, org_id, key_id = person
    model, price = draw.choices(MODELS, [6, 3, 1])[0]
    latency = round(draw.lognormvariate(6.6, 0.6))
    status, error = draw.choice(ERRORS) if draw.random() < 0.04 else (200, None)
    log = RequestLog(
        id=_uuid7(at),
        trace_id=TraceId(uuid4().hex),
        org_id=org_id,
        project_id=None,
        api_key_id=key_id,
        user_id=user_id,
        method="POST",
        route="chat.completions",
        model_name=model,
        stream=True,
        status=status,
        error_code=error,
        stages=(),
        client_address="203.0.113.9",
        user_agent="seed",
        request_bytes=900,
        response_bytes=4_000,
        started_at=at,
        duration_ms=latency,
        channel="default",
    )
    return (None if status != OK else _record(draw, log, price, latency)), log


def _record(draw: random.Random, log: RequestLog, price: int, latency: int) -> UsageRecord:
    leaves = TokenLeaves(input_uncached=draw.randrange(50, 4_000), output_text=draw.randrange(10, 900))
    cost = (leaves.input_total + 4 * leaves.output_total) * price
    assert log.org_id is not None
    return UsageRecord(
        id=UsageRecordId(_uuid7(log.started_at)),
        org_id=log.org_id,
        workspace_id=None,
        project_id=None,
        api_key_id=log.api_key_id,
        user_id=log.user_id,
        model_id=ModelId(UUID(int=price)),
        model_name=log.model_name or "",
        route=log.route,
        stream=True,
        leaves=leaves,
        cost_picos=cost * 1_000,
        cost_nanos=cost,
        currency="USD",
        price_id=None,
        price_version=None,
        usage_source=UsageSource.UPSTREAM,
        ending=Ending.UPSTREAM_ERROR if log.error_code else Ending.COMPLETED,
        trace_id=log.trace_id,
        hold_ref=None,
        capture_ref=uuid4().hex,
        started_at=log.started_at,
        ended_at=log.started_at + timedelta(milliseconds=latency),
        latency_ms=latency,
        first_token_ms=latency // 4,
        channel="default",
        upstream_model=log.model_name,
        attempts=1,
        upstream_cost_picos=cost * 620,
        upstream_cost_currency="USD",
    )


def _uuid7(at: datetime) -> UUID:
    return UUID(int=(int(at.timestamp() * 1_000) << 80) | (7 << 76) | (2 << 62) | random.getrandbits(60))


if __name__ == "__main__":
    main()
