"""HTTP/1.1 to the model provider: an httpx transport of our own on asyncio.Protocol and httptools.

It owns sockets, framing, time limits and the pool; it knows nothing of models, retries or money. No cookies (they would
be shared by tenants), no proxies, no redirects, no HTTP/2, no decoding of content: bytes go through as they are.
Rules: a connection carries one request at a time, and goes back to the pool only when request and answer are both
whole and nothing follows them; whatever else happens closes it. docs/decisions/0014-a-transport-of-our-own.md tells why
there is one and what it saves.
"""

from deepspace_adapters.newapi.transport.answer import Answer
from deepspace_adapters.newapi.transport.connection import StaleConnection, Timeouts
from deepspace_adapters.newapi.transport.pool import Http1Transport, Origin, origin_of
from deepspace_adapters.newapi.transport.wire import CHUNKED, Header, WireRequest, closed, opening_of

__all__ = [
    "CHUNKED",
    "Answer",
    "Header",
    "Http1Transport",
    "Origin",
    "StaleConnection",
    "Timeouts",
    "WireRequest",
    "closed",
    "opening_of",
    "origin_of",
]
