"""A call's capture beside the usage that was recorded with it: each must explain the other.

The gateway prices a call before it holds money for it, and the hold keeps the price. It captures the cost once,
finally, in the commit of one usage record. So a hold that carries a price owes its final capture a usage record, whose
cost comes again out of its token leaves and the rates on the hold. A hold without a price is money moved by hand or
through the library: nothing was metered, and nothing is missing.

Must not know: how a cost is made of leaves and rates. Pricing does, and is handed in as a `CostAgain`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import PriceId, UsageRecordId
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.kernel.units import NO_UNITS, Units
from deepspace_core.ledger.proof import Finding
from deepspace_core.ledger.transaction import LedgerTransaction

ONE_TO_ONE = "usage and final captures are one to one"
COMES_AGAIN = "a cost comes again out of leaves and rates"


class CostAgain(Protocol):
    """Makes a cost again."""

    def __call__(self, stored: Mapping[str, object], leaves: TokenLeaves, units: Units, /) -> tuple[int, int]:
        """From the rates on a hold and the leaves and units of its usage to the cost, in picos and in nanos.

        Raises KeyError, TypeError, ValueError or InvalidInput where these make no sense.
        """
        ...


@dataclass(frozen=True, slots=True)
class MeteredUsage:
    """What the books must know of a usage record."""

    id: UsageRecordId
    currency: str
    cost_picos: int
    cost_nanos: int
    price_id: PriceId | None
    hold_ref: str | None
    trace_id: str
    leaves: TokenLeaves
    units: Units = NO_UNITS


@dataclass(frozen=True, slots=True)
class MeteredCapture:
    """The final capture of a hold that carries a price, the price, and every usage record that names the capture."""

    row: LedgerTransaction
    hold_ref: str
    price_id: PriceId
    rates: Mapping[str, object] | None
    usages: Sequence[MeteredUsage]


def check_metering(capture: MeteredCapture, cost_again: CostAgain) -> list[Finding]:
    """What doesn't agree between a capture and its usage."""
    where = f"capture {capture.row.ref} of wallet {capture.row.wallet_id} seq {capture.row.seq}"
    findings = []
    if len(capture.usages) != 1:
        findings.append(Finding(ONE_TO_ONE, where, f"{len(capture.usages)} usage records tell of it"))
    for usage in capture.usages:
        findings += [
            Finding(ONE_TO_ONE, where, f"{noun} of usage {usage.id} is {told}, here it is {here}")
            for noun, told, here in _sides(capture, usage)
            if told != here
        ]
        findings += _check_cost(where, capture, usage, cost_again)
    return findings


def _sides(capture: MeteredCapture, usage: MeteredUsage) -> Iterable[tuple[str, object, object]]:
    return [
        ("cost_nanos", usage.cost_nanos, capture.row.amount_nanos),
        ("currency", usage.currency, capture.row.currency),
        ("price", usage.price_id, capture.price_id),
        ("hold", usage.hold_ref, capture.hold_ref),
        ("trace", usage.trace_id, capture.row.trace_id),
    ]


def _check_cost(where: str, capture: MeteredCapture, usage: MeteredUsage, cost_again: CostAgain) -> list[Finding]:
    told = usage.cost_picos, usage.cost_nanos
    try:
        again = cost_again(capture.rates or {}, usage.leaves, usage.units)
    except (KeyError, TypeError, ValueError, InvalidInput) as fault:
        return [Finding(COMES_AGAIN, where, f"the rates on its hold can't be read: {fault!r}")]
    if told == again:
        return []
    message = "usage {} says {} picos, {} nanos; its leaves and the rates on the hold make {} and {}".format(
        usage.id, *told, *again
    )
    return [Finding(COMES_AGAIN, where, message)]
