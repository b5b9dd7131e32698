"""Who is really calling: the address of the client, believed through configured proxies only."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

PEERS_MAX = 4_096
"""Addresses of peers whose writing is remembered."""
HOPS_MAX = 20
"""More entries of X-Forwarded-For than any honest chain of proxies has; the rest is not read."""


def client_address(peer: str, headers: Iterable[tuple[bytes, bytes]], *, trusted: Sequence[Network]) -> Address | None:
    """The nearest address that is not one of our own proxies; None when the peer has none (a Unix socket).

    X-Forwarded-For is read from its right end, where our proxies wrote; what stands left of the first stranger may be
    the stranger's invention.
    """
    address = _read(peer)
    if address is None or not _within(address, trusted):
        return address
    for hop in reversed(_forwarded(headers)[-HOPS_MAX:]):
        nearer = _read(hop)
        if nearer is None:
            return address
        address = nearer
        if not _within(address, trusted):
            return address
    return address


def client_address_text(peer: str, headers: Iterable[tuple[bytes, bytes]], *, trusted: Sequence[Network]) -> str | None:
    """The same, written out: what every call of the gateway is logged with."""
    if not trusted:
        return _canonical(peer)
    address = client_address(peer, headers, trusted=trusted)
    return None if address is None else str(address)


@lru_cache(maxsize=PEERS_MAX)
def _canonical(peer: str) -> str | None:
    address = _read(peer)
    return None if address is None else str(address)


def is_forwarded(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether some proxy says that it passed this request on."""
    return any(name in {b"x-forwarded-for", b"forwarded"} for name, _ in headers)


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    joined = b",".join(value for name, value in headers if name == b"x-forwarded-for")
    return [hop.strip() for hop in joined.decode("latin-1").split(",") if hop.strip()]


def _read(text: str) -> Address | None:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
