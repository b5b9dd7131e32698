"""Money as integers: nano-units in the wallet, pico-units in a rate.

Rules: no floats, ever; each division names its rounding. 1 USD = 10^9 nano-USD = 10^12 pico-USD, so a rate of
$1 per 1,000,000 tokens is 1,000,000 pico-USD a token (docs/billing.md).
"""

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NewType

Nanos = NewType("Nanos", int)
Picos = NewType("Picos", int)

NANOS_PER_UNIT = 1_000_000_000
PICOS_PER_NANO = 1_000
PICOS_PER_UNIT = NANOS_PER_UNIT * PICOS_PER_NANO
COSTS_REMEMBERED = 256
"""Amounts whose writing is remembered: an answer tells its cost in its head and in its body."""
NANOS_MAX = 2**63 - 1
"""The largest amount a BIGINT column holds; about 9.2 billion USD."""


def ceil_nanos(picos: int) -> Nanos:
    """Picos to nanos, rounding up: the rounding of a hold, which must never be too small."""
    return Nanos(-(-picos // PICOS_PER_NANO))


def half_even_nanos(picos: int) -> Nanos:
    """Picos to nanos, rounding half to even: the rounding of a capture, unbiased over many records."""
    quotient, remainder = divmod(picos, PICOS_PER_NANO)
    half = PICOS_PER_NANO // 2
    if remainder > half or (remainder == half and quotient % 2 == 1):
        quotient += 1
    return Nanos(quotient)


def nanos_from_decimal(text: str) -> Nanos:
    """Parses an amount in whole units ("10", "0.25") exactly.

    Raises ValueError on anything that is not a finite decimal number with at most nine decimal places.
    """
    return Nanos(_scaled(text, NANOS_PER_UNIT))


def picos_from_decimal(text: str) -> Picos:
    """Parses an amount in whole units exactly, to at most twelve decimal places. Raises ValueError otherwise."""
    return Picos(_scaled(text, PICOS_PER_UNIT))


def decimal_from_nanos(amount_nanos: int) -> str:
    """Writes nanos as a plain decimal number of whole units: 1_500_000_000 -> "1.5", 0 -> "0"."""
    return _plain(amount_nanos, NANOS_PER_UNIT)


@lru_cache(maxsize=COSTS_REMEMBERED)
def decimal_from_picos(amount_picos: int) -> str:
    """Writes picos as a plain decimal number of whole units."""
    return _plain(amount_picos, PICOS_PER_UNIT)


def _scaled(text: str, scale: int) -> int:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a decimal number") from None
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a finite number")
    scaled = number * scale
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text!r} has more than {len(str(scale)) - 1} decimal places")
    return int(scaled)


def _plain(amount: int, scale: int) -> str:
    whole, fraction = divmod(abs(amount), scale)
    digits = str(scale + fraction)[1:].rstrip("0")  # behind the scale's own one stand all places, zeros too
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
