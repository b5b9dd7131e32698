"""The port of requests to addresses that users name: webhooks, tools, feeds. Guarded: see deepspace_adapters/outgoing.

Calls to what an operator has configured (the upstream, the object store) need no guard and don't go this way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """What is sent. `seconds_max` bounds all of it; the answer is cut at `answer_bytes_max`; 0 redirects: none."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds_max: float = 15.0
    answer_bytes_max: int = 64 * 1024
    redirects_max: int = 0


@dataclass(frozen=True, slots=True)
class OutgoingAnswer:
    """What came back. Header names are lower-case; `is_cut` when there was more than was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


class Outgoing(Protocol):
    """Sends requests to the outside and to nowhere else."""

    def check(self, url: str) -> None:
        """Whether such a URL may be asked for at all, as far as can be told without resolving its name.

        Raises OutgoingRefused.
        """
        ...

    async def send(self, request: OutgoingRequest) -> OutgoingAnswer:
        """Whatever the status. Raises OutgoingRefused for a forbidden destination, OutgoingFailed when none answers."""
        ...
