"""Hands jobs to Dramatiq: the last step of the outbox relay, and where a lost Redis becomes `Unavailable`."""

import asyncio
from collections.abc import Sequence

import redis
from dramatiq import Broker, Message

from deepspace_adapters.dramatiq.broker import QUEUE
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.work.delivery import Delivery

RETRY_AFTER_SECONDS = 1


class DramatiqCourier:
    """The `Courier` port. Redis is spoken to from a thread: Dramatiq's client blocks."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def send(self, deliveries: Sequence[Delivery]) -> None:
        await asyncio.to_thread(self._send, deliveries)

    def _send(self, deliveries: Sequence[Delivery]) -> None:
        try:
            for delivery in deliveries:
                self._broker.enqueue(message_of(delivery))
        except redis.RedisError as fault:
            raise Unavailable(
                "Redis can't be reached just now; jobs wait in the outbox",
                dependency="redis",
                retry_after_seconds=RETRY_AFTER_SECONDS,
            ) from fault


def message_of(delivery: Delivery) -> Message[None]:
    """The message that makes a worker start the job."""
    return Message(
        queue_name=QUEUE,
        actor_name=delivery.name,
        args=(),
        kwargs={"job_id": delivery.id.hex, "trace_id": delivery.trace_id},
        options={},
    )
