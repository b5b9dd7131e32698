"""Where a channel may be: the address of an upstream, as an operator types it.

Rules: http or https, a host, nothing that would be sent along unseen (user, password, query, fragment). Loopback and
private networks are allowed, since that is where aggregators stand; addresses that no upstream can have are not: the
unspecified one, multicast, and the link-local ones, behind which clouds keep the credentials of machines.
Names are not resolved here: an operator may do what a customer may not.
"""

import ipaddress
from urllib.parse import urlsplit

from deepspace_core.kernel.errors import InvalidInput

URL_CHARACTERS_MAX = 500
EXAMPLE = "https://newapi.example.com/v1"


def checked_url(text: str, *, param: str = "base_url") -> str:
    """The address without a slash at its end. Raises InvalidInput naming `param`, what is wrong and an example."""
    url = text.strip().rstrip("/")
    fault = _fault(url)
    if fault:
        raise InvalidInput(f"{param} {fault}; for example {EXAMPLE}", param=param)
    return url


def _fault(url: str) -> str:
    if len(url) > URL_CHARACTERS_MAX or not url.isascii() or not url.isprintable() or " " in url:
        return f"must be at most {URL_CHARACTERS_MAX} printable ASCII characters without blanks"
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        return "has a host or port that can't be read"
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return "must begin with http:// or https:// and name a host"
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        return "must have no user, password, query or fragment; the credential is given by itself"
    return _host_fault(parts.hostname)


def _host_fault(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    real = mapped or address
    if real.is_unspecified or real.is_multicast or real.is_link_local or (real.is_reserved and not real.is_loopback):
        return "must be an address that a server can have"
    return ""
