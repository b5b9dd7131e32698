"""What calls brought in and what they cost us, by channel and model: the margin."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MarginRow:
    """The calls of one channel, model and currency. Picos.

    `costed_calls` and `costed_price_picos` are of the calls whose cost is known and in the same currency: only of those
    is there a margin.
    """

    channel: str
    model_name: str
    currency: str
    calls: int
    price_picos: int
    costed_calls: int
    costed_price_picos: int
    cost_picos: int

    @property
    def margin_picos(self) -> int | None:
        """Price less cost; None where no cost is known."""
        return self.costed_price_picos - self.cost_picos if self.costed_calls else None

    @property
    def margin_permille(self) -> int | None:
        """The margin of a thousand of price, rounded down; None where nothing was charged or no cost is known."""
        margin = self.margin_picos
        return None if margin is None or not self.costed_price_picos else margin * 1_000 // self.costed_price_picos
