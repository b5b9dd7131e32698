"""What Prometheus may know of calls: how many, how long to the first token, where the time went, what they used.

Labels are bounded: models of the catalogue, stages of the pipeline, closed enums. A refused call has no ending.
"""

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from deepspace_core.pipeline import Exchange
from deepspace_http.metrics import LATENCY_BUCKETS_SECONDS, registry
from deepspace_http.tally import TalliedCounter, TalliedGauge, TalliedHistogram, TalliedTimings

NANOS_PER_SECOND = 1_000_000_000
REFUSED = "refused"
REPLAYED = "replayed"
"""The ending of a call that was answered from what its Idempotency-Key stands for."""
UNKNOWN = "(unknown)"
"""The label of every name that is no model's, so that a caller can't make labels without bound."""

STAGE_BUCKETS_SECONDS = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 30)

_calls = Counter(
    "deepspace_gateway_calls", "Calls, by how they ended.", ["model", "route", "ending"], registry=registry
)
_first_token = Histogram(
    "deepspace_gateway_first_token_seconds",
    "From the request's arrival to the first byte of its answer.",
    ["model"],
    registry=registry,
    buckets=LATENCY_BUCKETS_SECONDS,
)
_stages = TalliedTimings(
    Histogram(
        "deepspace_gateway_stage_seconds",
        "How long a stage's way in took; `stream` is the whole answer.",
        ["stage"],
        registry=registry,
        buckets=STAGE_BUCKETS_SECONDS,
    )
)
_tokens = Counter("deepspace_gateway_tokens", "Tokens metered.", ["model", "direction"], registry=registry)
_cost = Counter(
    "deepspace_gateway_cost_units", "Cost captured, in whole units.", ["model", "currency"], registry=registry
)
_channel_calls = Counter(
    "deepspace_gateway_channel_calls",
    "Calls that a channel answered, by how they ended.",
    ["channel", "ending"],
    registry=registry,
)
_channel_retries = Counter(
    "deepspace_gateway_channel_retries",
    "Sendings before the one that this channel answered.",
    ["channel"],
    registry=registry,
)
_under_way = TalliedGauge(
    Gauge(
        "deepspace_gateway_calls_under_way",
        "Calls that have not ended.",
        registry=registry,
        multiprocess_mode="livesum",
    )
)


def observe_under_way(calls: int) -> None:
    """How many calls this process has under way now."""
    _under_way.value = calls


def observe_call(exchange: Exchange) -> None:
    """Counts a call that has ended, in whichever way."""
    model = exchange.model.name if exchange.model else UNKNOWN
    ending = exchange.ending or (REFUSED if exchange.replay_of is None else REPLAYED)
    _count_of(model, exchange.route, ending).pending += 1
    reply = exchange.reply
    if reply is not None and reply.channel is not None:
        calls, retries = _answered_by(reply.channel.name, ending)
        calls.pending += 1
        if reply.attempts > 1:
            retries.pending += reply.attempts - 1
    _stages.observe(exchange.timeline)
    if exchange.first_token_nanos is not None:
        _first_token_of(model).observe(exchange.first_token_nanos / NANOS_PER_SECOND)
    if exchange.cost is not None and exchange.rate_card is not None:
        inputs, outputs, cost = _used_by(model, exchange.rate_card.currency)
        inputs.pending += exchange.leaves.input_total
        outputs.pending += exchange.leaves.output_total
        cost.pending += exchange.cost.amount_nanos / NANOS_PER_SECOND


# Looking a label up costs more than counting under it, so each is looked up once. The labels are bounded, and so are
# these caches.


@cache
def _count_of(model: str, route: str, ending: str) -> TalliedCounter:
    return TalliedCounter(_calls.labels(model, route, ending))


@cache
def _first_token_of(model: str) -> TalliedHistogram:
    return TalliedHistogram(_first_token.labels(model))


@cache
def _used_by(model: str, currency: str) -> tuple[TalliedCounter, TalliedCounter, TalliedCounter]:
    inputs, outputs = _tokens.labels(model, "input"), _tokens.labels(model, "output")
    return TalliedCounter(inputs), TalliedCounter(outputs), TalliedCounter(_cost.labels(model, currency))


@cache
def _answered_by(channel: str, ending: str) -> tuple[TalliedCounter, TalliedCounter]:
    return TalliedCounter(_channel_calls.labels(channel, ending)), TalliedCounter(_channel_retries.labels(channel))
