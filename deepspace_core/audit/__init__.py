"""Audit: what happened and who did it, one row a request, the whole story of a trace, and seals over all of it.

Knows the kernel and identity; what other contexts know of a trace comes through the `TraceSource` port.
The verbs are in `deepspace_core.audit.use_cases`.
"""

from deepspace_core.audit.chain import FaultKind, Seal, SealFault, StoredEvent
from deepspace_core.audit.errors import InvalidTraceId, TraceNotFound
from deepspace_core.audit.ports import (
    FAILED_FROM,
    FAULT_FROM,
    FOUND_MAX,
    AuditReader,
    EventFilters,
    RequestLogFilters,
    RequestLogWriter,
    RequestTotals,
    SealRepository,
    TraceSource,
)
from deepspace_core.audit.request_log import (
    PASSED,
    REJECTED,
    STAGES_MAX,
    RequestLog,
    StageTiming,
    bounded_model_name,
    bounded_user_agent,
    read_stages,
    show_stages,
)
from deepspace_core.audit.trace import TRACE_ENTRIES_MAX, TraceEntry, TraceStory, told_event, told_request
from deepspace_core.audit.trace_source import EventTrace, RequestTrace

__all__ = [
    "FAILED_FROM",
    "FAULT_FROM",
    "FOUND_MAX",
    "PASSED",
    "REJECTED",
    "STAGES_MAX",
    "TRACE_ENTRIES_MAX",
    "AuditReader",
    "EventFilters",
    "EventTrace",
    "FaultKind",
    "InvalidTraceId",
    "RequestLog",
    "RequestLogFilters",
    "RequestLogWriter",
    "RequestTotals",
    "RequestTrace",
    "Seal",
    "SealFault",
    "SealRepository",
    "StageTiming",
    "StoredEvent",
    "TraceEntry",
    "TraceNotFound",
    "TraceSource",
    "TraceStory",
    "bounded_model_name",
    "bounded_user_agent",
    "read_stages",
    "show_stages",
    "told_event",
    "told_request",
]
