"""What can be wrong with a look into the audit trail."""

from deepspace_core.kernel.errors import InvalidInput, NotFound


class TraceNotFound(NotFound):
    """Nothing is known under that trace id in this organization."""

    code = "trace_not_found"


class InvalidTraceId(InvalidInput):
    """A trace id is 32 lower-case hex digits."""

    code = "invalid_trace_id"
