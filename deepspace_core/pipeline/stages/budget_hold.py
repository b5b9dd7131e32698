"""budget_hold: sets the most the call is believed to cost aside, durably, before anything is asked of a model."""

from dataclasses import dataclass, field

from deepspace_core.catalogue import Model
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.ledger import (
    BudgetExceeded,
    Hold,
    Ledger,
    Outcome,
    OutcomeCode,
    Release,
    budget_fields,
    budget_sentence,
    caps_of,
    refusal_of,
)
from deepspace_core.pipeline.errors import InsufficientQuota, ModelNotPriced
from deepspace_core.pipeline.exchange import Admitted, Exchange
from deepspace_core.pipeline.ports import Directory
from deepspace_core.pipeline.purpose import worded_call, worded_undelivered
from deepspace_core.pipeline.route import TRAITS
from deepspace_core.pipeline.settlement import Settler, Unsettled
from deepspace_core.pipeline.sizing import Sizer
from deepspace_core.pricing import Quote, RateCard, estimate, shared_snapshot
from deepspace_core.usage import Ending

HOLD_SECONDS_MAX = 10.0
"""How long a caller waits for the hold: a database that is frozen, not gone, answers nothing at all."""
RETRY_AFTER_SECONDS = 2


_new_hold = maker_of(Hold)
_COMMIT_UNKNOWN = OutcomeCode.COMMIT_UNKNOWN  # found once, as kernel/making.py says


@dataclass(frozen=True, slots=True)
class BudgetHold:
    """Quotes the call and holds the quote. On the way back it releases whatever nobody has settled."""

    directory: Directory
    sizer: Sizer
    ledger: Ledger
    settler: Settler
    lifetime_seconds: int
    name: str = field(default="budget_hold", init=False)

    async def enter(self, exchange: Exchange) -> None:
        admitted = exchange.admitted()
        card = await self._card(admitted.model)
        exchange.rate_card, exchange.quote = card, self._quote(exchange, card)
        command = self._hold(exchange, admitted, card, exchange.quote)
        try:
            outcome = await self.settler.tasks.within(HOLD_SECONDS_MAX, self._applied(command))
        except Unavailable:
            raise  # surely nothing was written
        except TimeoutError:
            # The hold may come all the same; nobody waits for it then, so its release waits behind the call's back.
            self.settler.settle_later(self._releasing(exchange, command.ref))
            raise Unavailable(
                "the database does not answer just now; try again in a moment", retry_after_seconds=RETRY_AFTER_SECONDS
            ) from None
        except BaseException:
            # Cancelling doesn't undo a command that the ledger has taken: the hold may stand, and nobody comes for it.
            await self.settler.tasks.shield(self._release(exchange, command.ref))
            raise
        if outcome.code is _COMMIT_UNKNOWN:
            await self._release(exchange, command.ref)
        if not outcome.accepted:
            raise _refusal(outcome)
        exchange.hold_ref = command.ref

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        ref, exchange.hold_ref = exchange.hold_ref, None
        if ref is not None:
            await self._release(exchange, ref)

    async def _release(self, exchange: Exchange, ref: str) -> None:
        await self.settler.settle(Unsettled(self._releasing(exchange, ref), riders=()))

    def _releasing(self, exchange: Exchange, ref: str) -> Release:
        principal = exchange.admitted().principal
        return Release(
            org_id=principal.org_id,
            wallet_id=principal.wallet_id,
            ref=f"release:{exchange.call_id.hex}",
            hold_ref=ref,
            trace_id=exchange.trace_id,
            actor=principal.actor,
            description=worded_undelivered(exchange.admitted().model.name),
        )

    async def _card(self, model: Model) -> RateCard:
        card = await self.directory.find_rate_card(model.id)
        if card is None:
            raise ModelNotPriced(
                f"the model {model.name!r} has no price in effect, so it can't be sold; "
                f"an administrator sets one with `deepspace price set {model.name}`",
                param="model",
            )
        return card

    def _quote(self, exchange: Exchange, card: RateCard) -> Quote:
        size = self.sizer.size(exchange)
        return estimate(
            card,
            input_tokens=size.input_tokens,
            output_tokens_max=size.output_tokens_max,
            leaves=TRAITS[exchange.route].leaves,
            units=exchange.request.units_max,
        )

    def _hold(self, exchange: Exchange, admitted: Admitted, card: RateCard, quote: Quote) -> Hold:
        principal, model = admitted.principal, admitted.model
        return _new_hold(
            org_id=principal.org_id,
            wallet_id=principal.wallet_id,
            ref=f"hold:{exchange.call_id.hex}",
            trace_id=exchange.trace_id,
            actor=principal.actor,
            description=worded_call(exchange.route, model.name),
            currency=card.currency,
            amount_nanos=quote.amount_nanos,
            lifetime_seconds=self.lifetime_seconds,
            price_id=card.id,
            rates=shared_snapshot(card),
            caps=caps_of(
                org_id=principal.org_id,
                project_id=principal.project_id,
                api_key_id=principal.api_key_id,
                user_id=principal.user_id,
            ),
        )

    async def _applied(self, command: Hold) -> Outcome:
        """Once more with the same ref when the commit is unknown: the ledger then tells what became of it."""
        outcome = await self.ledger.apply(command)
        if outcome.code is not _COMMIT_UNKNOWN:
            return outcome
        try:
            return await self.ledger.apply(command)
        except Unavailable:
            return outcome  # nobody can tell just now


def _refusal(outcome: Outcome) -> Exception:
    if not outcome.code.denied:
        return refusal_of(outcome) or Unavailable("the ledger gave no reason")
    needed, available = outcome.needed_nanos or 0, outcome.available_nanos or 0
    if outcome.budget is not None:
        return BudgetExceeded(
            f"this call needs up to ${decimal_from_nanos(needed)}, and {budget_sentence(outcome.budget)}; "
            "raise the budget, or ask for fewer tokens with max_tokens",
            reason=outcome.code.value,
            needed_nanos=needed,
            available_nanos=available,
            budget=budget_fields(outcome.budget),
        )
    return InsufficientQuota(
        f"this call needs up to ${decimal_from_nanos(needed)} and the wallet has ${decimal_from_nanos(available)} to "
        "spend; top it up, or ask for fewer tokens with max_tokens",
        reason=outcome.code.value,
        needed_nanos=needed,
        available_nanos=available,
    )
