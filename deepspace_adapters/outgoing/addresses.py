"""Which addresses are outside: only what is globally reachable, by the IANA special-purpose registries.

Tables of our own and not `ipaddress.is_global`, whose answers differ between Python's patch releases and which knows
nothing of an IPv4 address inside an IPv6 one. Sources: RFC 6890 and the registries "IPv4 / IPv6 Special-Purpose Address
Space" (2026); RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 4291 section 2.5.5 (mapped, compatible).
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

INSIDE_V4: Sequence[IPv4Network] = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; Linux takes 0.0.0.0 for itself
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; Alibaba's metadata 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's own services, at a public address
        "169.254.0.0/16",  # link-local; the metadata of most clouds 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments; Oracle's metadata 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

GLOBAL_V6 = IPv6Network("2000::/3")
"""All of IPv6 that is given out for the internet. Everything else is inside, or nothing at all."""

INSIDE_V6: Sequence[IPv6Network] = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments, Teredo among them: a tunnel to any IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: likewise a tunnel
        "3fff::/20",  # documentation
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")


def is_outside(address: Address) -> bool:
    """Whether the address is one of the internet's, wherever we stand."""
    reached = reached_by(address)
    if isinstance(reached, IPv4Address):
        return not any(reached in network for network in INSIDE_V4)
    return reached in GLOBAL_V6 and not any(reached in network for network in INSIDE_V6)


def is_in(address: Address, networks: Sequence[Network]) -> bool:
    """Whether a packet to `address` ends up in one of the networks."""
    return any(reached_by(address) in network for network in networks)


def reached_by(address: Address) -> Address:
    """Where a packet to `address` ends up: the IPv4 address inside a mapped, compatible or NAT64 one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64 or (address in COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def read_address(text: str) -> Address:
    """An address as a resolver gives it, its zone (`%eth0`) dropped: a zone makes it link-local anyway."""
    return ip_address(text.partition("%")[0])
