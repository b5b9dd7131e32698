"""The one seam where NewAPI's answers and the transport's exceptions become the pipeline's errors.

NewAPI's own quota or credentials failing is the operator's trouble, so its 401, 402 and 403 never reach a customer as
theirs; what it says of the request itself does.
"""

from typing import Any, NoReturn

import httpx
import msgspec

from deepspace_adapters.newapi.transport import StaleConnection
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.pipeline import (
    UpstreamFailed,
    UpstreamMisconfigured,
    UpstreamRefused,
    UpstreamSilent,
    UpstreamUnreachable,
)

MESSAGE_CHARACTERS_MAX = 1_000
RETRY_AFTER_SECONDS = 5
RETRY_AFTER_SECONDS_MAX = 3_600

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Every way of bytes not to be JSON; for bad UTF-8 and endless nesting msgspec raises Python's own errors."""

_OURS = frozenset({401, 402, 403})
_REQUEST_AT_FAULT = frozenset({400, 404, 409, 413, 415, 422})
_TOO_MANY = 429

_decoder = msgspec.json.Decoder()


def error_of_answer(status: int, body: bytes, *, retry_after: str | None = None) -> DeepSpaceError:
    """What an answer that is no success means for the caller. `status` may be 200: NewAPI sends errors inside it.

    `retry_after` is the header of that name; what it asks for stands in `fields` as upstream_retry_after_seconds.
    """
    said = _said(body)
    message = str(said.get("message") or "no reason given")[:MESSAGE_CHARACTERS_MAX]
    facts: dict[str, Any] = {
        "upstream_status": status,
        "upstream_code": said.get("code"),
        "upstream_type": said.get("type"),
        "upstream_message": message,
    }
    wait_seconds = _seconds(retry_after)
    if wait_seconds is not None:
        facts["upstream_retry_after_seconds"] = wait_seconds
    if status in _OURS:
        return UpstreamMisconfigured(
            "the model provider refuses the platform's own access; the operator has been told", **facts
        )
    if status in _REQUEST_AT_FAULT:
        param = said.get("param")
        return UpstreamRefused(message, param=param if isinstance(param, str) else None, **facts)
    if status == _TOO_MANY:
        return UpstreamFailed(
            "the model provider is over its own limits; try again shortly",
            retry_after_seconds=RETRY_AFTER_SECONDS if wait_seconds is None else max(1, wait_seconds),
            **facts,
        )
    return UpstreamFailed("the model provider answered with an error; try again", retry_after_seconds=1, **facts)


def raise_transport_fault(fault: httpx.HTTPError) -> NoReturn:
    """Raises UpstreamUnreachable when nothing was sent, UpstreamSilent on a timeout, else UpstreamFailed."""
    if isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        raise UpstreamUnreachable(
            "the model provider can't be reached; try again shortly", retry_after_seconds=RETRY_AFTER_SECONDS
        ) from fault
    if isinstance(fault, httpx.TimeoutException):
        raise UpstreamSilent("the model provider did not answer in time; try again", retry_after_seconds=1) from fault
    # A kept connection that the upstream closes when it is asked was most likely closed before the question came; one
    # that was opened for it carried the whole question, and whoever closes that may have made the call.
    raise UpstreamFailed(
        "the connection to the model provider broke; try again",
        retry_after_seconds=1,
        unsent=isinstance(fault, StaleConnection),
    ) from fault


def error_inside(body: bytes) -> dict[str, Any] | None:
    """The error object of a body that came with status 200, or None when there is none."""
    if b'"error"' not in body:
        return None
    try:
        decoded: Any = _decoder.decode(body)
    except UNREADABLE:
        return None
    if not isinstance(decoded, dict):
        return None
    error = decoded.get("error")
    if not error:
        return decoded if decoded.get("type") == "error" else None  # as a stream of responses tells it
    return error if isinstance(error, dict) else {"message": str(error)}


def _seconds(header: str | None) -> int | None:
    """Retry-After in whole seconds (RFC 9110, section 10.2.3); a date in its place is passed over, as too rare."""
    wait = (header or "").strip()
    return min(int(wait), RETRY_AFTER_SECONDS_MAX) if wait.isascii() and wait.isdigit() else None


def _said(body: bytes) -> dict[str, Any]:
    try:
        decoded: Any = _decoder.decode(body)
    except UNREADABLE:
        return {"message": body[:200].decode("utf-8", "replace")}
    if not isinstance(decoded, dict):
        return {}
    error = decoded.get("error", decoded)
    return error if isinstance(error, dict) else {"message": str(error)}
