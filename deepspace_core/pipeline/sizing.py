"""How large a call will be, guessed before it is made: what rate windows charge and what the hold covers.

Input. The tokens of the whole body are counted with a real tokenizer; JSON around the text makes that an
over-estimate, another model's vocabulary can make it an under-estimate, and no model reads beyond its context.
Output. What the client allows, clamped to the model's ceiling; where it allows nothing in particular,
OUTPUT_TOKENS_USUAL. A guess that proves too small is no loss: a capture above its hold draws on the wallet
(docs/billing.md).
"""

from dataclasses import dataclass

from deepspace_core.catalogue import Model
from deepspace_core.kernel.money import decimal_from_picos
from deepspace_core.pipeline.exchange import Exchange, Size
from deepspace_core.pipeline.model_request import Route
from deepspace_core.pricing import RateCard, TokenCounter, TokenLeaves, cost

OUTPUT_TOKENS_USUAL = 1_024
TEMPLATE_TOKENS = 32
"""What a chat template adds around the messages."""
COUNTED_BYTES_MAX = 128 * 1024
"""Beyond it the count of the first part is scaled up: counting is linear, some 10 µs a kilobyte, on the event loop."""


@dataclass(frozen=True, slots=True)
class Sizer:
    """Sizes a call once; later stages read the same size off the exchange."""

    counter: TokenCounter

    def size(self, exchange: Exchange) -> Size:
        """Input and output tokens of the call. Needs `auth` to have been passed."""
        if exchange.size is None:
            model = exchange.admitted().model
            exchange.size = Size(
                input_tokens=min(self._counted(exchange.body) + TEMPLATE_TOKENS, model.context_tokens),
                output_tokens_max=_output_tokens(exchange, model),
            )
        return exchange.size

    def _counted(self, body: bytes) -> int:
        head = body[:COUNTED_BYTES_MAX]
        tokens = self.counter.count(head.decode("utf-8", "replace"))
        return tokens if len(head) == len(body) else tokens * len(body) // len(head)


def _output_tokens(exchange: Exchange, model: Model) -> int:
    if exchange.route is Route.EMBEDDINGS:
        return 0
    asked = exchange.request.output_tokens_max or OUTPUT_TOKENS_USUAL
    return min(asked, model.output_tokens_max) * exchange.request.choices


def cost_text(card: RateCard, leaves: TokenLeaves) -> str:
    """What an answer is told to have cost: the exact amount in whole units, as a JSON number."""
    return decimal_from_picos(cost(card, leaves).picos)
