"""Strangers: networks that show API keys nobody knows.

A key of 256 bits can't be guessed, but each guess costs a look-up in the database, and a program with a revoked key
asks for ever. So failures are counted by network, and where they are too many no more keys are looked up for it, until
its minute is over. Keys that were known lately are looked up all the same: a colleague's broken program must not
lock out the whole house behind one address.

Each process counts for itself, so a deployment lets that many times its processes pass. Memory is bounded: beyond
NETWORKS_MAX the longest silent network is forgotten, and with it what it did in this minute.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network

from deepspace_core.identity.errors import TooManyFailures

FAILURES_MAX = 60
WINDOW = timedelta(minutes=1)
NETWORKS_MAX = 10_000
KNOWN_MAX = 10_000
KNOWN_LATELY = timedelta(hours=1)
SUBSCRIBER_BITS = 64


class Strangers:
    """Counts failures. Has a state; one a process and door."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._known: OrderedDict[bytes, datetime] = OrderedDict()

    def require(self, digest: bytes, *, address: str, now: datetime) -> None:
        """Raises TooManyFailures where the address may not have the key with that digest looked up now."""
        began, failures = self._failures.get(network_of(address), (now, 0))
        if failures < FAILURES_MAX or now >= began + WINDOW:
            return
        known_at = self._known.get(digest)
        if known_at is not None and now < known_at + KNOWN_LATELY:
            return
        raise TooManyFailures(
            "too many API keys from this address were wrong; check the key, and try again in a minute",
            retry_after_seconds=max(1, (began + WINDOW - now).seconds),
        )

    def failed(self, digest: bytes, *, address: str, now: datetime) -> None:
        """The key with that digest was refused."""
        self._known.pop(digest, None)
        network = network_of(address)
        began, failures = self._failures.pop(network, (now, 0))
        if now >= began + WINDOW:
            began, failures = now, 0
        self._failures[network] = (began, failures + 1)
        if len(self._failures) > NETWORKS_MAX:
            self._failures.popitem(last=False)

    def knew(self, digest: bytes, *, now: datetime) -> None:
        """The key with that digest is good."""
        self._known.pop(digest, None)
        self._known[digest] = now
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)


def network_of(address: str) -> str:
    """An IPv6 subscriber has at least 2^64 addresses (RFC 6177): all of them are one caller."""
    try:
        return str(IPv6Network((IPv6Address(address), SUBSCRIBER_BITS), strict=False))
    except ValueError:
        return address
