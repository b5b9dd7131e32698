"""idempotency: answers a call that was sent twice from the first one's answer (the rules are in ../idempotency.py).

Stands after `policy`, so that a key or a person who has lost the right to call is not answered either, and before
`budget_hold`: a replay moves no money. A call without a key passes through a pipeline without this stage.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.pipeline.errors import (
    Answered,
    IdempotencyKeyReused,
    IdempotentAnswerGone,
    IdempotentCallRunning,
)
from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pipeline.idempotency import (
    Answer,
    Claim,
    Claimed,
    ClaimState,
    answer_secret,
    body_hash,
    key_hash,
)
from deepspace_core.pipeline.ports import AnswerHead, AnswerSeal, IdempotencyKeys
from deepspace_core.pipeline.recording import Recording
from deepspace_core.usage import Ending

ANSWER_BYTES_MAX = 1024 * 1024
"""A longer answer is not kept, its key is: some 200,000 words of text, or a stream of some 5,000 events."""
CLAIM_SECONDS_MAX = 10.0
"""How long a caller waits for the claim: a database that is frozen, not gone, answers nothing at all."""
RETRY_AFTER_SECONDS = 2
RUNNING_RETRY_SECONDS = 1
FREE_ATTEMPTS_MAX = 8
FREE_PAUSE_SECONDS = 0.25
"""Before the second attempt to free a claim; it doubles, which makes half a minute in all. Then the lease must do."""


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Claims the key of a call that has one; replays what stands under it."""

    unit_of_work: UnitOfWork
    keys: IdempotencyKeys
    seal: AnswerSeal
    tasks: Tasks
    clock: Clock
    lease_seconds: int
    kept_seconds: int
    answer_bytes_max: int = ANSWER_BYTES_MAX
    name: str = field(default="idempotency", init=False)

    async def enter(self, exchange: Exchange) -> None:
        key = exchange.idempotency_key
        if key is None:
            return
        claim, secret = self._claim(exchange, key), answer_secret(key=key, body=exchange.body_told)
        found = await self._claimed(claim)
        if found is None:
            exchange.recording = Recording(claim, secret, self.seal, self.answer_bytes_max)
            return
        exchange.replay_of = found.trace_id
        await self._replay(exchange, _answer_of(claim, found), secret)
        raise Answered

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        recording = exchange.recording
        if recording is not None and not recording.is_handed_over:
            await self._freed(recording.claim)

    def _claim(self, exchange: Exchange, key: str) -> Claim:
        principal, now = exchange.admitted().principal, self.clock.now()
        return Claim(
            org_id=principal.org_id,
            key_hash=key_hash(
                credential_id=principal.api_key_id or principal.user_id or principal.org_id,
                route=f"{exchange.method} {exchange.path}" if exchange.path else exchange.route.value,
                key=key,
            ),
            body_hash=body_hash(key=key, body=exchange.body_told),
            call_id=exchange.call_id,
            trace_id=exchange.trace_id,
            claimed_at=now,
            lease_until=now + timedelta(seconds=self.lease_seconds),
            expires_at=now + timedelta(seconds=max(self.kept_seconds, self.lease_seconds)),
        )

    async def _claimed(self, claim: Claim) -> Claimed | None:
        try:
            return await self.tasks.within(CLAIM_SECONDS_MAX, self._written(claim))
        except TimeoutError:
            self._free_later(claim)  # it may come all the same, and nobody waits for it then
            raise Unavailable(
                "the database does not answer just now; try again in a moment", retry_after_seconds=RETRY_AFTER_SECONDS
            ) from None
        except BaseException:
            self._free_later(claim)
            raise

    async def _written(self, claim: Claim) -> Claimed | None:
        async with self.unit_of_work() as tx:
            found = await self.keys.claim(tx, claim)
            await tx.commit()
        return found

    async def _replay(self, exchange: Exchange, answer: Answer, secret: bytes) -> None:
        body = self.seal.open(answer.sealed, secret=secret)
        head = AnswerHead(
            content_type=answer.content_type,
            stream=exchange.request.stream,
            verdict=exchange.verdict,
            elapsed_nanos=self.clock.monotonic_nanos() - exchange.began_nanos,
            cost=answer.cost,
            replay_of=exchange.replay_of,
            whole=True,
            status=answer.status,
        )
        await exchange.client.start(head)
        exchange.bytes_sent = len(body)
        await exchange.client.send(body)
        await exchange.client.finish()

    async def _freed(self, claim: Claim) -> None:
        try:
            await self._free(claim)
        except Unavailable:
            self._free_later(claim)

    def _free_later(self, claim: Claim) -> None:
        self.tasks.detach(self._freed_at_last(claim))

    async def _freed_at_last(self, claim: Claim) -> None:
        pause = FREE_PAUSE_SECONDS
        for _ in range(FREE_ATTEMPTS_MAX):
            await self.tasks.pause(pause)
            try:
                await self._free(claim)
            except Unavailable:
                pause *= 2
            else:
                return

    async def _free(self, claim: Claim) -> None:
        async with self.unit_of_work() as tx:
            await self.keys.free(tx, claim)
            await tx.commit()


def _answer_of(claim: Claim, found: Claimed) -> Answer:
    """Raises what keeps a retry from its answer."""
    if found.body_hash != claim.body_hash:
        raise IdempotencyKeyReused(
            "this Idempotency-Key stands for a call with another body; repeat that body exactly, or use a new key "
            f"(the first call has the trace {found.trace_id})",
            param="idempotency-key",
        )
    if found.state is ClaimState.RUNNING:
        raise IdempotentCallRunning(
            f"the first call under this Idempotency-Key is still running; try again (its trace is {found.trace_id})",
            retry_after_seconds=RUNNING_RETRY_SECONDS,
        )
    if found.answer is None:
        raise IdempotentAnswerGone(
            "the call under this Idempotency-Key was made and charged, and its answer is no longer kept or was too "
            f"large to keep; it has the trace {found.trace_id}. Use a new key to make, and pay, another call"
        )
    return found.answer
