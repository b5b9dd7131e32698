"""Metering: what a call used, what that costs, and the settlement that takes it.

The capture, the usage record, the audit event and the request log become durable in one commit. Where nobody counted,
delivered text is counted with a tokenizer and marked as estimated; where nothing was delivered, nothing is billed.

The settlement of a whole answer is made and noted before its last bytes go out (`foresee`), and applied after them
(`settle`): between the two stands nothing that a killed process could forget.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import EventId, UsageRecordId, show_id
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.ledger import Capture
from deepspace_core.pipeline.exchange import Admitted, Exchange, Foreseen
from deepspace_core.pipeline.ports import UsageTap
from deepspace_core.pipeline.purpose import worded_call
from deepspace_core.pipeline.request_log import CallLog
from deepspace_core.pipeline.settlement import Settler, Unsettled
from deepspace_core.pipeline.sizing import Sizer, costing, told_leaves
from deepspace_core.pricing import NO_TOKENS, NO_UNITS, RateCard, TokenCounter, TokenLeaves, Units, tokens_for
from deepspace_core.usage import Ending, UsageRecord, UsageSource

NANOS_PER_MILLISECOND = 1_000_000


_new_capture, _new_event, _new_usage_record = maker_of(Capture), maker_of(Event), maker_of(UsageRecord)
_new_unsettled = maker_of(Unsettled)
_COMPLETED = Ending.COMPLETED  # found once, as kernel/making.py says, like the next two
_UPSTREAM, _NONE = UsageSource.UPSTREAM, UsageSource.NONE


@dataclass(frozen=True, slots=True)
class Metering:
    """Makes the settlement of a call from what its tap showed, and has it applied."""

    counter: TokenCounter
    sizer: Sizer
    settler: Settler
    call_log: CallLog
    clock: Clock
    ids: IdSource

    def foresee(self, exchange: Exchange, stage: str) -> None:
        """Makes and notes the settlement of an answer that is whole, before its last bytes go out.

        From here on it is billed, whatever becomes of this process. `stage` is the one that calls, for the request log:
        it has not ended. A call without a hold owes nothing.
        """
        tap = exchange.tap
        if tap is None or exchange.hold_ref is None or exchange.foreseen is not None:
            return
        unsettled = self._unsettled(exchange, tap, exchange.hold_ref, _COMPLETED, during=stage)
        if unsettled is not None:
            exchange.foreseen = Foreseen(unsettled, tap.usage)
            self.settler.note(_with_answer(unsettled, exchange, _COMPLETED))

    async def settle(self, exchange: Exchange, ending: Ending) -> None:
        """Captures what was used. Where nothing was, the hold is left to whoever releases it."""
        tap, hold_ref = exchange.tap, exchange.hold_ref
        if tap is None or hold_ref is None:
            return
        unsettled = self._foreseen(exchange, tap, ending) or self._unsettled(exchange, tap, hold_ref, ending)
        if unsettled is None:
            return
        exchange.hold_ref = None
        await self.settler.settle(_with_answer(unsettled, exchange, ending))

    def _foreseen(self, exchange: Exchange, tap: UsageTap, ending: Ending) -> Unsettled | None:
        """What was foreseen, where the call came to no other end; otherwise as if nothing had been."""
        foreseen = exchange.foreseen
        if foreseen is None:
            return None
        if ending is _COMPLETED and tap.usage is foreseen.usage:
            return foreseen.unsettled
        self.settler.strike(foreseen.unsettled)
        exchange.foreseen, exchange.logged = None, False
        return None

    def _unsettled(
        self, exchange: Exchange, tap: UsageTap, hold_ref: str, ending: Ending, *, during: str | None = None
    ) -> Unsettled | None:
        used = self._used(exchange, tap, ending)
        if used.source is _NONE:
            return None
        exchange.usage_source, exchange.leaves, exchange.units = used.source, used.leaves, used.units
        exchange.cost = (exchange.costing or costing(card_of(exchange)))(used.leaves, used.units)
        admitted, now = exchange.admitted(), self.clock.now()
        command = self._capture(exchange, admitted, hold_ref)
        usage = self._usage(exchange, admitted, command, ending, now)
        event = self._event(exchange, admitted, ending, now)
        return _new_unsettled(command, (usage, event, *self.call_log.riders(exchange, during=during)))

    def _used(self, exchange: Exchange, tap: UsageTap, ending: Ending) -> "_Used":
        if not tap.content_seen and not tap.finished and ending is not Ending.CLIENT_ABORTED:
            # A client that leaves early has had its prompt read all the same; an upstream that fails has sold nothing.
            return _Used(_NONE)
        told = told_leaves(card_of(exchange), tap)
        if told is not None:
            return _Used(_UPSTREAM, told, tap.units)
        text = tap.delivered_text() if tap.content_seen else ""
        if not text and not tap.units and not tap.finished and ending is not Ending.CLIENT_ABORTED:
            return _Used(_NONE)
        return self._estimated(exchange, tap, self.counter.count(text) if text else 0)

    def _estimated(self, exchange: Exchange, tap: UsageTap, output_tokens: int) -> "_Used":
        units = tap.units or exchange.request.units_max
        if card_of(exchange).prices(units):
            return _Used(UsageSource.ESTIMATED, units=units)
        counted = TokenLeaves(input_uncached=self.sizer.counted_input(exchange), output_text=output_tokens)
        return _Used(UsageSource.ESTIMATED, counted + tokens_for(units) if units else counted, units)

    def _capture(self, exchange: Exchange, admitted: Admitted, hold_ref: str) -> Capture:
        if exchange.cost is None:
            raise LookupError("there is no cost to capture")
        return _new_capture(
            org_id=admitted.principal.org_id,
            wallet_id=admitted.principal.wallet_id,
            ref=f"capture:{exchange.call_id.hex}",
            trace_id=exchange.trace_id,
            actor=admitted.principal.actor,
            description=worded_call(exchange.route, admitted.model.name),
            hold_ref=hold_ref,
            amount_nanos=exchange.cost.amount_nanos,
            final=True,
        )

    def _usage(
        self, exchange: Exchange, admitted: Admitted, command: Capture, ending: Ending, now: datetime
    ) -> UsageRecord:
        principal, model = admitted.principal, admitted.model
        card = card_of(exchange)
        assert exchange.cost is not None and exchange.usage_source is not None  # noqa: S101, PT018 - set by the caller
        reply = exchange.reply
        channel = reply.channel if reply else None
        charged = channel.cost_of(model.name, exchange.leaves, exchange.units) if channel else None
        rates = channel.rates_for(model.name) if channel else None
        # All by place: each of so many keywords is looked for among all parameters.
        return _new_usage_record(
            UsageRecordId(self.ids.uuid()),
            principal.org_id,
            principal.workspace_id,
            principal.project_id,
            principal.api_key_id,
            principal.user_id,
            model.id,
            model.name,
            exchange.route,
            exchange.request.stream,
            exchange.leaves,
            exchange.cost.picos,
            exchange.cost.amount_nanos,
            card.currency,
            card.id,
            card.version,
            exchange.usage_source,
            ending,
            exchange.trace_id,
            command.hold_ref,
            command.ref,
            exchange.received_at,
            now,
            (self.clock.monotonic_nanos() - exchange.began_nanos) // NANOS_PER_MILLISECOND,
            _milliseconds(exchange.first_token_nanos),
            channel.name if channel else None,
            reply.upstream_model if reply else None,
            reply.upstream_request_id if reply else None,
            reply.attempts if reply else None,
            charged.picos if charged else None,
            rates.currency if rates else None,
            exchange.units,
        )

    def _event(self, exchange: Exchange, admitted: Admitted, ending: Ending, now: datetime) -> Event:
        principal, model = admitted.principal, admitted.model
        assert exchange.cost is not None and exchange.usage_source is not None  # noqa: S101, PT018 - set by the caller
        return _new_event(
            EventId(self.ids.uuid()),
            now,
            "call.metered",
            principal.org_id,
            principal.actor,
            show_id("model", model.id),
            exchange.trace_id,
            {
                "request_id": exchange.request_id,
                "route": exchange.route,
                "model": model.name,
                "ending": ending,
                "usage_source": exchange.usage_source,
                "input_tokens": exchange.leaves.input_total,
                "output_tokens": exchange.leaves.output_total,
                "cost_nanos": exchange.cost.amount_nanos,
                "cost_picos": exchange.cost.picos,
            },
        )


def _with_answer(unsettled: Unsettled, exchange: Exchange, ending: Ending) -> Unsettled:
    """Together with the answer, where the call has an idempotency key."""
    recording, tap = exchange.recording, exchange.tap
    if recording is None or tap is None:
        return unsettled
    if ending is Ending.CLIENT_ABORTED and exchange.request.stream and not tap.finished:
        # Whoever comes back for it is told in the stream that there is no more, as of any other answer that broke off.
        tap.error_event(message="this answer ended when its client left; use a new key to ask again", code="cut_short")
    return Unsettled(unsettled.command, (*unsettled.riders, recording.kept()))


class _Used(NamedTuple):
    source: UsageSource
    leaves: TokenLeaves = NO_TOKENS
    units: Units = NO_UNITS


def card_of(exchange: Exchange) -> RateCard:
    """What the call is priced by. Raises LookupError before `budget_hold` has been passed."""
    if exchange.rate_card is None:
        raise LookupError("what a call owes is known only after `budget_hold`")
    return exchange.rate_card


def _milliseconds(nanos: int | None) -> int | None:
    return None if nanos is None else nanos // NANOS_PER_MILLISECOND
