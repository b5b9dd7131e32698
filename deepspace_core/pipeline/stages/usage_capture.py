"""usage_capture: puts the meter on the answer, and on the way back has taken what it showed (metering.py)."""

from dataclasses import dataclass, field

from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pipeline.metering import Metering, card_of
from deepspace_core.pipeline.ports import WireCodec
from deepspace_core.pipeline.recording import RecordedTap
from deepspace_core.pipeline.sizing import cost_text, costing
from deepspace_core.pricing import NO_UNITS, TokenLeaves, Units
from deepspace_core.usage import Ending


@dataclass(frozen=True, slots=True)
class UsageCapture:
    """Puts the meter on the answer; on the way back captures what it showed."""

    codec: WireCodec
    metering: Metering
    name: str = field(default="usage_capture", init=False)

    async def enter(self, exchange: Exchange) -> None:
        if exchange.reply is None:
            raise LookupError("`usage_capture` needs `newapi_call` before it")
        costs = exchange.costing = costing(card_of(exchange))

        def price(leaves: TokenLeaves, units: Units = NO_UNITS) -> str:
            return cost_text(costs(leaves, units))

        content_type = exchange.reply.content_type
        tap = self.codec.tap(exchange.route, exchange.request, content_type=content_type, price=price)
        exchange.tap = tap if exchange.recording is None else RecordedTap(tap, exchange.recording)

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        if ending is not None:
            await self.metering.settle(exchange, ending)
