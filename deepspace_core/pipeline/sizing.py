"""How large a call will be, guessed before it is made: what rate windows charge and what the hold covers.

Input. The tokens of the body are counted with a real tokenizer, of a large body in samples; JSON around the text makes
that an over-estimate, another model's vocabulary can make it an under-estimate, and no model reads beyond its context.
Output. What the client allows, clamped to the model's ceiling; where it allows nothing in particular, what such calls
have been seen to write (outputs.py), and the ceiling itself until enough is known. A guess that proves too small is no
loss: a capture above its hold draws on the wallet (docs/billing.md). It is too small by at most what the ceiling leaves
above it, for each choice.
"""

from dataclasses import dataclass, field

from deepspace_core.catalogue import Model
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.money import decimal_from_picos
from deepspace_core.pipeline.exchange import Costing, Exchange, Size
from deepspace_core.pipeline.outputs import OutputEstimates
from deepspace_core.pipeline.ports import UsageTap
from deepspace_core.pipeline.route import TRAITS
from deepspace_core.pricing import NO_TOKENS, Cost, RateCard, TokenCounter, TokenLeaves, Units, cost, tokens_for

TEMPLATE_TOKENS = 32
"""What a chat template adds around the messages."""
SAMPLES, SAMPLE_BYTES = 8, 384
"""A body larger than its samples together is guessed from pieces spread evenly over it: counting takes some 10 µs a
kilobyte on the event loop, and a head alone would not tell of what comes at the end."""
COUNTED_BYTES_MAX = 128 * 1024
"""Where a count is billed, the body is counted up to here; beyond, the count of that part is scaled up."""


_new_size = maker_of(Size)
NO_SIZE = Size(input_tokens=0, output_tokens_max=0)


@dataclass(frozen=True, slots=True)
class Sizer:
    """Sizes a call once; later stages read the same size off the exchange."""

    counter: TokenCounter
    outputs: OutputEstimates = field(default_factory=OutputEstimates)

    def size(self, exchange: Exchange) -> Size:
        """Input and output tokens of the call. Needs `auth` to have been passed."""
        if exchange.size is None:
            model = exchange.admitted().model
            if TRAITS[exchange.route].by_request:
                exchange.size = NO_SIZE
                return NO_SIZE
            exchange.size = _new_size(
                input_tokens=self._input_tokens(exchange, model),
                output_tokens_max=self._output_tokens(exchange, model),
            )
        return exchange.size

    def _input_tokens(self, exchange: Exchange, model: Model) -> int:
        tokens = self._bounded(_sampled(exchange.body), exchange, model)
        wanted = exchange.request
        if wanted.units_max or wanted.input_tokens_beside:
            beside = tokens_for(wanted.units_max).input_total + wanted.input_tokens_beside
            tokens = min(tokens + beside, model.context_tokens)
        return tokens

    def _output_tokens(self, exchange: Exchange, model: Model) -> int:
        wanted = exchange.request
        if not TRAITS[exchange.route].writes:
            return tokens_for(wanted.units_max).output_total if wanted.units_max else 0
        believed = wanted.output_tokens_max
        if believed is None:
            believed = self.outputs.estimate(model.id, exchange.admitted().principal.api_key_id)
        ceiling = model.output_tokens_max
        return (ceiling if believed is None else min(believed, ceiling)) * wanted.choices

    def counted_input(self, exchange: Exchange) -> int:
        """Input tokens for a bill, where the upstream told none: counted, not sampled."""
        return self._bounded(exchange.body[:COUNTED_BYTES_MAX], exchange, exchange.admitted().model)

    def _bounded(self, part: bytes, exchange: Exchange, model: Model) -> int:
        """The tokens of the whole body as `part` of it lets believe, at most what the model reads."""
        # A cut character is left out: one that is replaced would count for three.
        tokens = self.counter.count(part.decode("utf-8", "ignore"))
        whole = tokens * len(exchange.body) // max(1, len(part))
        return min(whole + TEMPLATE_TOKENS, model.context_tokens)


def _sampled(body: bytes) -> bytes:
    if len(body) <= SAMPLES * SAMPLE_BYTES:
        return body
    last = len(body) - SAMPLE_BYTES
    starts = (last * nth // (SAMPLES - 1) for nth in range(SAMPLES))
    return b"".join(body[start : start + SAMPLE_BYTES] for start in starts)


def told_leaves(card: RateCard, tap: UsageTap) -> TokenLeaves | None:
    """The tokens of an answer as far as they are certain; None where they have to be estimated. An answer whose units
    have a price, and for which nobody counted tokens, has none."""
    if tap.usage is not None:
        return tap.usage
    return NO_TOKENS if card.unit_picos and card.prices(tap.units) else None


def costing(card: RateCard) -> Costing:
    """`cost` by that card, which remembers its last answer: the same tokens are priced for the answer's usage, for its
    head and for the capture."""
    last: tuple[TokenLeaves, Units, Cost] | None = None

    def costs(leaves: TokenLeaves, units: Units) -> Cost:
        nonlocal last
        if last is None or last[0] is not leaves or last[1] is not units:
            last = leaves, units, cost(card, leaves, units)
        return last[2]

    return costs


def cost_text(made: Cost) -> str:
    """What an answer is told to have cost: the exact amount in whole units, as a JSON number."""
    return decimal_from_picos(made.picos)
