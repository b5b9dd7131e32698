"""The table from error code to HTTP status and OpenAI error type. Total: a code without a row fails a test.

A table and not a rule over base classes, because a reader of the API wants one list, and because a new error should
make its author decide.
"""

from collections.abc import Mapping
from typing import TypeAlias

INVALID = "invalid_request_error"
AUTHENTICATION = "authentication_error"
PERMISSION = "permission_error"
QUOTA = "insufficient_quota"
RATE = "rate_limit_error"
SERVER = "server_error"

ERROR_TYPES = frozenset({INVALID, AUTHENTICATION, PERMISSION, QUOTA, RATE, SERVER})

Row: TypeAlias = tuple[int, str]

_BAD: Row = (400, INVALID)
_WHO: Row = (401, AUTHENTICATION)
_POOR: Row = (402, QUOTA)
_NO: Row = (403, PERMISSION)
_ABSENT: Row = (404, INVALID)
_COLLIDES: Row = (409, INVALID)
_TOO_OFTEN: Row = (429, RATE)
_OURS: Row = (500, SERVER)
_AWAY: Row = (503, SERVER)

ANSWERS: Mapping[str, Row] = {
    # kernel
    "invalid_input": _BAD,
    "overview_too_long": _BAD,
    "not_found": _ABSENT,
    "conflict": _COLLIDES,
    "unauthenticated": _WHO,
    "forbidden": _NO,
    "unavailable": _AWAY,
    "secret_unreadable": _OURS,
    # identity
    "wrong_credentials": _WHO,
    "login_locked": _TOO_OFTEN,
    "too_many_failures": _TOO_OFTEN,
    "user_disabled": _WHO,
    "session_unknown": _WHO,
    "session_expired": _WHO,
    "session_revoked": _WHO,
    "refresh_reused": _WHO,
    "key_unknown": _WHO,
    "key_expired": _WHO,
    "key_revoked": _WHO,
    "key_maker_gone": _WHO,
    "permission_missing": _NO,
    "session_required": _NO,
    "administrator_required": _NO,
    "organization_suspended": _NO,
    "project_archived": _NO,
    "email_taken": _COLLIDES,
    "slug_taken": _COLLIDES,
    "name_taken": _COLLIDES,
    "already_member": _COLLIDES,
    "invitation_over": _COLLIDES,
    "invitation_for_another": _NO,
    "key_over": _COLLIDES,
    "last_owner": _COLLIDES,
    "last_administrator": _COLLIDES,
    "default_kept": _COLLIDES,
    "wallet_missing": _COLLIDES,
    "archive_not_found": _ABSENT,
    "archive_damaged": _COLLIDES,
    # catalogue and prices
    "model_not_found": _ABSENT,
    "model_name_taken": _COLLIDES,
    "price_not_found": _ABSENT,
    "back_dated_price": _BAD,
    "price_changed_meanwhile": _COLLIDES,
    # ledger
    "ledger_refused": _COLLIDES,
    "ref_conflict": _COLLIDES,
    "insufficient_funds": _POOR,
    "budget_exceeded": _POOR,
    "commit_unknown": _AWAY,
    # usage and audit
    "usage_record_not_found": _ABSENT,
    "invalid_period": _BAD,
    "reconciliation_not_found": _ABSENT,
    "trace_not_found": _ABSENT,
    "invalid_trace_id": _BAD,
    # policy
    "limit_not_found": _ABSENT,
    "ip_rule_not_found": _ABSENT,
    "limit_exists": _COLLIDES,
    "rate_limited": _TOO_OFTEN,
    "larger_than_limit": _TOO_OFTEN,
    "address_forbidden": _NO,
    # channels
    "channel_not_found": _ABSENT,
    "channel_name_taken": _COLLIDES,
    "channel_kept": _COLLIDES,
    "no_channel": _AWAY,
    "channels_resting": _AWAY,
    # the pipeline
    "model_not_priced": _AWAY,
    "model_not_allowed": _NO,
    "route_not_served": _BAD,
    "insufficient_quota": _POOR,
    "idempotency_key_reused": _COLLIDES,
    "idempotent_call_running": _COLLIDES,
    "idempotent_answer_gone": _COLLIDES,
    "upstream_refused": _BAD,
    "upstream_unreachable": _AWAY,
    "upstream_misconfigured": _AWAY,
    "upstream_timeout": (504, SERVER),
    "upstream_error": (502, SERVER),
    "upstream_cut": (502, SERVER),
    # talk
    "conversation_not_found": _ABSENT,
    "conversation_full": _COLLIDES,
    "message_not_found": _ABSENT,
    "message_too_long": _BAD,
    "answer_running": _COLLIDES,
    "answer_interrupted": _AWAY,
    "attachment_refused": _BAD,
    # exports
    "export_not_found": _ABSENT,
    "export_not_ready": _COLLIDES,
    "too_many_exports": _COLLIDES,
    # webhooks
    "webhook_not_found": _ABSENT,
    "webhook_delivery_not_found": _ABSENT,
    "too_many_webhooks": _COLLIDES,
    "webhook_rejected": (502, SERVER),
    # requests to the outside
    "outgoing_refused": _BAD,
    "outgoing_failed": (502, SERVER),
    # files
    "object_not_found": _ABSENT,
    "object_too_large": (413, INVALID),
    "file_not_found": _ABSENT,
    "file_too_large": (413, INVALID),
    "storage_full": _COLLIDES,
    "range_not_satisfiable": (416, INVALID),
    "link_invalid": _ABSENT,
    "link_expired": (410, INVALID),
    # this shell
    "cross_origin": _NO,
    "registration_closed": _NO,
    "body_too_large": (413, INVALID),
    "unsupported_media_type": (415, INVALID),
    # what never meets a request, and still has its row
    "invalid_settings": _OURS,
    "nothing_running": _OURS,
    "port_taken": _OURS,
}
"""From the code of an error to (status, the type that OpenAI's clients know)."""

FRAMEWORK_CODES: Mapping[int, str] = {
    400: "invalid_input",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid_input",
    429: "rate_limited",
    503: "unavailable",
}
"""From the status of a refusal that Litestar raises to our code."""

FRAMEWORK_TYPES: Mapping[int, str] = {401: AUTHENTICATION, 403: PERMISSION, 429: RATE, 503: SERVER}
"""The error types of the framework's refusals; the others are invalid_request_error."""

RETRIED_STATUSES = frozenset({402, 408, 409, 429, 500, 502, 503, 504})
"""Where the SDKs retry, or where somebody might: here x-should-retry tells them whether it is of use."""
