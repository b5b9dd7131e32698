"""Routes that are passed through: what an operator allows beyond the routes that the gateway knows.

Nobody looks into such a call. It is authenticated, limited, held and captured like any other, at the price of a request
of the model that the route names; the model stands for the route in prices, allow-lists, usage and statements.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deepspace_core.catalogue import is_name
from deepspace_core.kernel.errors import InvalidInput

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
MODEL_USUAL = "passthrough"
_PATTERN = re.compile(r"[A-Za-z0-9._~:@*-]+(?:/[A-Za-z0-9._~:@*-]+)*")
_PATH = re.compile(r"[A-Za-z0-9_~:@-][A-Za-z0-9._~:@-]*(?:/[A-Za-z0-9_~:@-][A-Za-z0-9._~:@-]*)*")
"""What a path may look like that is passed on: no part of it is empty, begins with a dot, or is escaped."""


@dataclass(frozen=True, slots=True)
class PassedRoute:
    """One entry of the list. In a pattern `*` stands for one part of a path, `**` for any number of them."""

    method: str
    pattern: str
    model: str = MODEL_USUAL

    def __str__(self) -> str:
        """As it is read."""
        return f"{self.method} {self.pattern}={self.model}"

    def covers(self, path: str) -> bool:
        """Whether a path below /v1 is this entry's."""
        return _PATH.fullmatch(path) is not None and _compiled(self.pattern).fullmatch(path) is not None


def read_passed_routes(text: str) -> tuple[PassedRoute, ...]:
    """From `GET batches/*, POST videos=video-model`. Raises InvalidInput naming the entry at fault."""
    return tuple(_read(entry.strip()) for entry in text.split(",") if entry.strip())


def passed_route(routes: Iterable[PassedRoute], *, method: str, path: str) -> PassedRoute | None:
    """The first entry that covers the call."""
    return next((route for route in routes if route.method == method and route.covers(path)), None)


def methods_of(routes: Iterable[PassedRoute], path: str) -> Sequence[str]:
    """The methods that a path may be called with; empty when it is nobody's."""
    return sorted({route.method for route in routes if route.covers(path)})


def _read(entry: str) -> PassedRoute:
    method, _, rest = entry.partition(" ")
    pattern, _, model = rest.strip().partition("=")
    pattern = pattern.strip().removeprefix("/v1/").strip("/")
    model = model.strip() or MODEL_USUAL
    if method not in METHODS or _PATTERN.fullmatch(pattern) is None or not is_name(model):
        raise InvalidInput(
            f"{entry!r} must be METHOD path or METHOD path=model, the method one of {', '.join(METHODS)}", param=None
        )
    return PassedRoute(method, pattern, model)


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", pattern)
    wild = {"*": "[^/]+", "**": ".+"}
    return re.compile("".join(wild.get(part, re.escape(part)) for part in parts))  # re keeps what it has compiled
