"""The guard against forged requests: a page of another site must not act with our reader's cookie.

By what browsers say of a request's origin, not by tokens in forms: Sec-Fetch-Site where there is one, else Origin
against Host (the way of Go's net/http.CrossOriginProtection). Requests that carry no cookie of ours need no guard,
since nobody's browser adds a Bearer token by itself.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from deepspace_core.kernel.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SAME_SITE_FETCHES = frozenset({"same-origin", "none"})
"""`none`: the person typed or bookmarked it. `same-site` is no friend: a sibling sub-domain may be a customer's."""


class CrossOrigin(Forbidden):
    """The request comes from a page of another origin, or doesn't say from which."""

    code = "cross_origin"


def require_same_origin(
    method: str, headers: Mapping[str, str], *, base_url: str, silent_allowed: bool = False
) -> None:
    """Raises CrossOrigin for an unsafe method from elsewhere.

    `silent_allowed` lets pass what names no origin at all: right where no cookie is at stake yet (a log-in by curl).
    """
    if method in SAFE_METHODS:
        return
    fetch_site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if fetch_site is not None:
        allowed = fetch_site in SAME_SITE_FETCHES
    elif origin is not None:
        allowed = _host(origin) in {headers.get("host", "").lower(), _host(base_url)}
    else:
        allowed = silent_allowed
    if not allowed:
        raise CrossOrigin("a session cookie works only from our own pages; programs send a Bearer token instead")


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
