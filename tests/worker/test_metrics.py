"""What Prometheus reads of a worker."""

import asyncio
import socket
import urllib.request
from datetime import timedelta

from prometheus_client import generate_latest

from deepspace_core.work import JobCount, JobState, WorkCensus
from deepspace_worker.metrics import Metrics
from deepspace_worker.serve import MetricsAddress
from tests.fakes import NOON
from tests.worker.conftest import Deployment, eventually
from tests.worker.jobs import DO, FAIL_ALWAYS

MINUTE = timedelta(minutes=1)


def lines_of(metrics: Metrics) -> set[str]:
    return set(generate_latest(metrics.registry).decode().splitlines())


def test_the_census_tells_what_waits_how_long_and_what_died() -> None:
    metrics = Metrics()
    counts = [
        JobCount("a", JobState.QUEUED, 3, NOON - MINUTE),
        JobCount("b", JobState.QUEUED, 1, NOON + MINUTE),
        JobCount("b", JobState.DEAD, 2, NOON - 60 * MINUTE),
    ]
    metrics.show(WorkCensus(counts, 4, NOON - 2 * MINUTE), now=NOON)
    assert {
        'deepspace_work_jobs{job="a",state="queued"} 3.0',
        'deepspace_work_jobs{job="b",state="dead"} 2.0',
        'deepspace_work_oldest_waiting_seconds{job="a"} 60.0',
        'deepspace_work_oldest_waiting_seconds{job="b"} 0.0',
        "deepspace_work_deliveries_due 4.0",
        "deepspace_work_delivery_lag_seconds 120.0",
    } <= lines_of(metrics)
    metrics.show(WorkCensus([]), now=NOON)
    left = lines_of(metrics)
    assert "deepspace_work_deliveries_due 0.0" in left
    assert not [line for line in left if line.startswith("deepspace_work_jobs{")]


def test_a_check_tells_what_it_found_last() -> None:
    metrics = Metrics()
    metrics.found("audit.verify", 2)
    metrics.found("ledger.audit", 1)
    metrics.found("ledger.audit", 0)
    assert {
        'deepspace_worker_findings{check="audit.verify"} 2.0',
        'deepspace_worker_findings{check="ledger.audit"} 0.0',
    } <= lines_of(metrics)


async def test_a_worker_tells_scrapers_what_it_did(deployment: Deployment) -> None:
    port = free_port()
    async with deployment.worker(metrics_at=MetricsAddress(port=port)):
        await deployment.ends(await deployment.enqueue(DO.name))
        await deployment.ends(await deployment.enqueue(FAIL_ALWAYS.name), JobState.DEAD)

        async def told() -> bool:
            text = await asyncio.to_thread(scrape, port)
            return {
                'deepspace_worker_jobs_total{job="test.do",outcome="succeeded"} 1.0',
                'deepspace_worker_jobs_total{job="test.fail_always",outcome="queued"} 2.0',
                'deepspace_worker_jobs_total{job="test.fail_always",outcome="dead"} 1.0',
                'deepspace_worker_job_seconds_count{job="test.do"} 1.0',
                "deepspace_work_deliveries_due 0.0",
            } <= set(text.splitlines())

        await eventually(told)


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:  # our own
        return str(answer.read().decode())


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
