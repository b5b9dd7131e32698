"""rate_limit: requests, tokens and concurrency, in every scope that applies, in one round trip."""

from dataclasses import dataclass, field

from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pipeline.ports import Directory
from deepspace_core.pipeline.sizing import Sizer
from deepspace_core.policy import LargerThanLimit, Limit, RateLimited, RateWindow, Subjects, Verdict
from deepspace_core.usage import Ending

_new_subjects = maker_of(Subjects)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Charges the call's estimate to its windows; on the way back, what it really used."""

    directory: Directory
    window: RateWindow
    sizer: Sizer
    clock: Clock
    name: str = field(default="rate_limit", init=False)

    async def enter(self, exchange: Exchange) -> None:
        admitted = exchange.admitted()
        principal = admitted.principal
        policies = await self.directory.policies_of(principal.org_id)
        if not policies.limits:
            return
        size = self.sizer.size(exchange)
        subjects = _new_subjects(
            principal.org_id,
            principal.project_id,
            principal.user_id,
            # A session is a credential as a key is, and is limited as one.
            principal.api_key_id or principal.session_id,
            admitted.model.id,
        )
        charges = policies.charges(subjects, tokens=size.input_tokens + size.output_tokens_max)
        if charges:
            exchange.verdict = await self.window.admit(charges, self.clock.now())
            _require_admission(exchange.verdict)

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        if exchange.verdict is not None and exchange.verdict.reservation is not None:
            await self.window.settle(
                exchange.verdict.reservation, tokens_used=exchange.leaves.total, now=self.clock.now()
            )


def _require_admission(verdict: Verdict) -> None:
    if verdict.admitted or verdict.refused_by is None:
        return
    limit, wait = verdict.refused_by, verdict.retry_after_seconds
    refusal: type[RateLimited] = RateLimited if wait is not None else LargerThanLimit
    if wait is None:
        advice = f"this call alone is larger than that; ask for fewer {limit.metric.value}"
    else:
        advice = f"try again in {wait} s"
    raise refusal(
        f"{_told(limit)}; {advice}",
        limit=_told(limit),
        scope=limit.scope.value,
        metric=limit.metric.value,
        cap=limit.cap,
        retry_after_seconds=wait,
    )


def _told(limit: Limit) -> str:
    what = f"{limit.cap} {limit.metric.value} in {limit.window_seconds} s"
    return f"the limit of {what} for this {limit.scope.value} is reached"
