"""What the HTTP shell needs of the world: finished use cases by context, probes and a few settings.

deepspace_http/lifespan.py fills it from the container; a test fills it with use cases on the memory adapters. Routes
see nothing else.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from deepspace_http.address import Network

BODY_BYTES_MAX_DEFAULT = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks a dependency whether it is there; raises when it is not. `required`: without it no work can be done."""

    check: Callable[[], Awaitable[object]]
    required: bool = True


Probes: TypeAlias = Mapping[str, Probe]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """What a deployment decides about HTTP."""

    base_url: str = "http://127.0.0.1:8080"
    body_bytes_max: int = BODY_BYTES_MAX_DEFAULT
    trusted_proxies: tuple[Network, ...] = ()
    cookies_secure: bool = False
    metrics_token: str | None = field(default=None, repr=False)
    version: str = "0.1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Everything that the routes call."""

    settings: HttpSettings = field(default_factory=HttpSettings)
    probes: Probes = field(default_factory=dict)
