"""Which addresses are outside: by table, and for every address there is."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_adapters.outgoing.addresses import is_outside, reached_by, read_address

INSIDE = (
    *("0.0.0.1", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "0::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1"),
    *("fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808"),
    *("2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1"),
    *("100::1", "5f00::1", "4000::1"),
)
OUTSIDE = (
    *("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1"),
    *("198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888"),
    *("::ffff:8.8.8.8", "64:ff9b::808:808"),
)


@pytest.mark.parametrize("text", INSIDE)
def test_an_address_inside_is_not_outside(text: str) -> None:
    assert not is_outside(ip_address(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_an_address_of_the_internet_is_outside(text: str) -> None:
    assert is_outside(ip_address(text))


@given(number=st.integers(0, 2**32 - 1))
def test_no_dress_makes_an_address_inside_look_outside(number: int) -> None:
    plain = IPv4Address(number)
    dresses = [IPv6Address((0xFFFF << 32) | number), IPv6Address((0x0064_FF9B << 96) | number)]
    for dressed in dresses:
        assert is_outside(dressed) == is_outside(plain)
        assert reached_by(dressed) == plain
    for tunnel in (
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address((0x2001_0000 << 96) | (number ^ 0xFFFFFFFF)),
    ):
        assert not is_outside(tunnel)


@given(address=st.ip_addresses())
def test_whatever_the_standard_library_calls_special_is_inside(address: IPv4Address | IPv6Address) -> None:
    reached = reached_by(address)
    special = (
        reached.is_private,
        reached.is_loopback,
        reached.is_link_local,
        reached.is_multicast,
        reached.is_unspecified,
        isinstance(reached, IPv4Address) and reached.is_reserved,
    )
    assert not (is_outside(address) and any(special))


def test_a_zone_does_not_hide_an_address() -> None:
    assert not is_outside(read_address("fe80::1%eth0"))
