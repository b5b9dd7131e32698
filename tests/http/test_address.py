"""Forwarded addresses are believed through configured proxies only."""

from ipaddress import ip_network

import pytest

from deepspace_http.address import client_address

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # a stranger may write what it likes
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),  # what a stranger wrote stands further left
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("fd00::1", "[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_the_client_is_the_nearest_stranger(peer: str, forwarded: str | None, address: str) -> None:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    assert str(client_address(peer, headers, trusted=TRUSTED)) == address


def test_a_unix_socket_has_no_address() -> None:
    assert client_address("", [], trusted=TRUSTED) is None


def test_a_chain_longer_than_any_honest_one_is_cut() -> None:
    hops = ",".join(["198.51.100.1"] + ["10.0.0.2"] * 50)
    assert str(client_address("10.0.0.1", [(b"x-forwarded-for", hops.encode())], trusted=TRUSTED)) == "10.0.0.2"
