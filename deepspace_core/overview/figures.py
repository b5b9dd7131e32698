"""The figures of the installation: what was asked, answered, earned and paid in a stretch of time.

Rules:
- Requests are counted in the request log: everything that knocked, refused calls too. Calls are counted in the usage
  records: what was metered and sold. So a refused call is a request and no call.
- A request that failed is our fault or an upstream's; one that was refused is its sender's matter (limits, money, keys,
  a body that makes no sense). Only failures are an operator's alarm.
- The margin is of those calls only whose cost is known and in the currency they were sold in.
- Currencies are never added up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from deepspace_core.overview.latency import Latencies, LatencyMeasure

HTTP_ERROR_MIN = 400
HTTP_FAILURE_MIN = 500
PERMILLE = 1_000


class RequestKind(StrEnum):
    """How a request ended, as far as an operator must care."""

    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"


def kind_of(status: int, error_code: str | None) -> RequestKind:
    """An error after the answer had begun carries a status of success: the error code tells it."""
    if HTTP_ERROR_MIN <= status < HTTP_FAILURE_MIN:
        return RequestKind.REFUSED
    return RequestKind.ANSWERED if error_code is None and status < HTTP_ERROR_MIN else RequestKind.FAILED


@dataclass(frozen=True, slots=True)
class CallTally:
    """What adds up of metered calls. Money in picos of one currency; `costed_…` of calls whose cost is known."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    completed: int = 0
    truncated: int = 0
    client_aborted: int = 0
    upstream_error: int = 0
    timed_out: int = 0
    price_picos: int = 0
    costed_calls: int = 0
    costed_price_picos: int = 0
    cost_picos: int = 0

    def __add__(self, other: "CallTally") -> "CallTally":
        return CallTally(*(getattr(self, name) + getattr(other, name) for name in TALLY_NAMES))

    @property
    def margin_picos(self) -> int | None:
        """Price less cost; None where no cost is known."""
        return self.costed_price_picos - self.cost_picos if self.costed_calls else None

    @property
    def margin_permille(self) -> int | None:
        """The margin of a thousand of price, rounded down; None where nothing was charged or no cost is known."""
        margin = self.margin_picos
        return None if margin is None or not self.costed_price_picos else margin * PERMILLE // self.costed_price_picos


TALLY_NAMES = tuple(one.name for one in fields(CallTally))


@dataclass(frozen=True, slots=True)
class CallSums:
    """The calls of one step of time, of one value of what they are split by (None: not split), in one currency."""

    bucket_start: datetime
    value: str | None
    currency: str
    tally: CallTally


@dataclass(frozen=True, slots=True)
class RequestSums:
    """The requests of one step of time that ended alike. `channel` is "" where none was asked."""

    bucket_start: datetime
    channel: str
    status: int
    error_code: str | None
    requests: int

    @property
    def kind(self) -> RequestKind:
        """How they ended."""
        return kind_of(self.status, self.error_code)


@dataclass(frozen=True, slots=True)
class LatencySums:
    """How long the calls of one step of time took."""

    bucket_start: datetime
    measure: LatencyMeasure
    latencies: Latencies


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it for one stretch of time. `money` is by currency."""

    answered: int = 0
    refused: int = 0
    failed: int = 0
    money: Mapping[str, CallTally] = field(default_factory=dict)
    answer: Latencies = field(default_factory=Latencies)
    first_token: Latencies = field(default_factory=Latencies)

    @property
    def requests(self) -> int:
        """Everything that knocked."""
        return self.answered + self.refused + self.failed

    @property
    def failed_permille(self) -> int | None:
        """Failures of a thousand requests that were not refused, rounded down; None where there were none."""
        served = self.answered + self.failed
        return self.failed * PERMILLE // served if served else None

    @property
    def calls(self) -> CallTally:
        """The counts of all currencies together; its money means nothing."""
        return sum(self.money.values(), CallTally())


def figures_of(calls: Iterable[CallSums], requests: Iterable[RequestSums], latencies: Iterable[LatencySums]) -> Figures:
    """Adds up rows of any steps of time."""
    money: dict[str, CallTally] = {}
    for row in calls:
        money[row.currency] = money.get(row.currency, CallTally()) + row.tally
    counted = dict.fromkeys(RequestKind, 0)
    for one in requests:
        counted[one.kind] += one.requests
    timed = dict.fromkeys(LatencyMeasure, Latencies())
    for times in latencies:
        timed[times.measure] += times.latencies
    return Figures(
        answered=counted[RequestKind.ANSWERED],
        refused=counted[RequestKind.REFUSED],
        failed=counted[RequestKind.FAILED],
        money=dict(sorted(money.items())),
        answer=timed[LatencyMeasure.ANSWER],
        first_token=timed[LatencyMeasure.FIRST_TOKEN],
    )


@dataclass(frozen=True, slots=True)
class TrendStep:
    """The figures of one step of time."""

    bucket_start: datetime
    figures: Figures


def trend_of(
    starts: Sequence[datetime],
    calls: Sequence[CallSums],
    requests: Sequence[RequestSums],
    latencies: Sequence[LatencySums],
) -> list[TrendStep]:
    """One step for every start, empty ones too: a line that leaves out the quiet hours lies."""
    steps: dict[datetime, tuple[list[CallSums], list[RequestSums], list[LatencySums]]] = {
        start: ([], [], []) for start in starts
    }
    for row in calls:
        steps[row.bucket_start][0].append(row)
    for one in requests:
        steps[one.bucket_start][1].append(one)
    for times in latencies:
        steps[times.bucket_start][2].append(times)
    return [TrendStep(start, figures_of(*rows)) for start, rows in steps.items()]


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """How often requests ended with one error, and how often in the period before."""

    error_code: str
    kind: RequestKind
    requests: int
    before: int


def errors_of(requests: Iterable[RequestSums], before: Iterable[RequestSums]) -> list[ErrorCount]:
    """Every error of either period, the most frequent first; a status without a code is told as the status."""
    now, then = _by_error(requests), _by_error(before)
    counted = [ErrorCount(*error, now.get(error, 0), then.get(error, 0)) for error in now.keys() | then.keys()]
    return sorted(counted, key=lambda one: (-one.requests, -one.before, one.error_code, one.kind))


def _by_error(requests: Iterable[RequestSums]) -> dict[tuple[str, RequestKind], int]:
    counts: dict[tuple[str, RequestKind], int] = {}
    for one in requests:
        if one.kind is not RequestKind.ANSWERED:
            error = (one.error_code or f"http_{one.status}", one.kind)
            counts[error] = counts.get(error, 0) + one.requests
    return counts
