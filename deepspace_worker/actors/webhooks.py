"""Telling organizations what happened."""

import logging
from datetime import timedelta
from uuid import UUID

from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.webhooks import WebhookDeliveryId
from deepspace_core.webhooks.use_cases import DeliverWebhook, PruneDeliveries, PublishHappenings, WatchWallets
from deepspace_core.webhooks.use_cases.publishing import DELIVER_JOB
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.board import Board

DELIVER = JobSpec(
    name=DELIVER_JOB,
    time_limit=timedelta(seconds=60),
    attempts_max=16,
    backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(hours=8)),
)
"""After 5, 10, 20, … seconds and then every eight hours: sixteen attempts in a day and a half (docs/webhooks.md)."""

PUBLISH = JobSpec(
    name="webhooks.publish",
    time_limit=timedelta(minutes=2),
    attempts_max=3,
    backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(seconds=30)),
)
WATCH_WALLETS = JobSpec(
    name="webhooks.watch_wallets",
    time_limit=timedelta(minutes=2),
    attempts_max=3,
    backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(seconds=30)),
)
PRUNE = JobSpec(
    name="webhooks.prune",
    time_limit=timedelta(minutes=10),
    attempts_max=3,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10)),
)

log = logging.getLogger(__name__)


def register(
    board: Board,
    *,
    deliver_webhook: DeliverWebhook,
    publish_happenings: PublishHappenings,
    watch_wallets: WatchWallets,
    prune_deliveries: PruneDeliveries,
) -> None:
    """Signs up for the jobs of this module."""

    async def deliver(job: JobRun, _context: JobContext) -> None:
        delivery_id = WebhookDeliveryId(UUID(str(job.payload["delivery_id"])))
        await deliver_webhook(delivery_id=delivery_id, is_last=job.attempts >= DELIVER.attempts_max)

    async def publish(_job: JobRun, _context: JobContext) -> None:
        if written := await publish_happenings():
            log.info("happenings published", extra={"messages": written})

    async def watch(_job: JobRun, _context: JobContext) -> None:
        if passed := await watch_wallets():
            log.info("thresholds of wallets passed", extra={"count": passed})

    async def prune(_job: JobRun, _context: JobContext) -> None:
        log.info("webhook deliveries pruned", extra={"count": await prune_deliveries()})

    board.add(DELIVER, deliver)
    board.add(PUBLISH, publish)
    board.add(WATCH_WALLETS, watch)
    board.add(PRUNE, prune)
