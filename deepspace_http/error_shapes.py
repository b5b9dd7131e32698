"""How an error is written in the protocol that its route speaks: OpenAI's, which is ours everywhere, or Anthropic's.

Source: Anthropic's API reference, "Errors": `{"type": "error", "error": {"type", "message"}, "request_id"}`. What
finds the story of a call is its trace id, so that is what stands in `request_id`, in `request-id` and here.
"""

from collections.abc import Mapping

import msgspec

from deepspace_core.pipeline import Route
from deepspace_http.error_codes import ERROR_TYPES
from deepspace_http.errors import ErrorAnswer

ANTHROPIC_TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "timeout_error",
    409: "invalid_request_error",
    413: "request_too_large",
    415: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
API_ERROR = "api_error"


class ErrorShape:
    """The errors of OpenAI's protocol."""

    def encode(self, answer: ErrorAnswer, trace_id: str) -> bytes:
        """The body of an answer that is an error."""
        return answer.encode(trace_id)

    def event(self, answer: ErrorAnswer, trace_id: str) -> bytes:
        """The event of a stream that has begun, where nothing of an answer has passed."""
        return b"data: " + self.encode(answer, trace_id) + b"\n\n"

    def headers(self, trace_id: str) -> list[tuple[bytes, bytes]]:
        """What every answer of the protocol carries beside our own headers."""
        return []


class AnthropicShape(ErrorShape):
    """The errors of Anthropic's protocol."""

    def encode(self, answer: ErrorAnswer, trace_id: str) -> bytes:
        # A refusal in the provider's own words keeps its type; our own have OpenAI's.
        kind = ANTHROPIC_TYPES.get(answer.status, API_ERROR) if answer.type in ERROR_TYPES else answer.type
        error = {"type": kind, "message": answer.message, "code": answer.code, "param": answer.param}
        return msgspec.json.encode({"type": "error", "error": error, "request_id": trace_id})

    def event(self, answer: ErrorAnswer, trace_id: str) -> bytes:
        return b"event: error\ndata: " + self.encode(answer, trace_id) + b"\n\n"

    def headers(self, trace_id: str) -> list[tuple[bytes, bytes]]:
        return [(b"request-id", trace_id.encode())]


OPENAI, ANTHROPIC = ErrorShape(), AnthropicShape()
_ANTHROPIC_ROUTES = frozenset({Route.MESSAGES, Route.COUNT_TOKENS})


def shape_of(route: Route) -> ErrorShape:
    """The shape of a route's errors."""
    return ANTHROPIC if route in _ANTHROPIC_ROUTES else OPENAI
