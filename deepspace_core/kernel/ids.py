"""Ids: UUIDv7 values inside, type-prefixed text at the edge (`org_0198…`).

Core never makes an id: it takes them from the `IdSource` port, so that a test can fix them.
"""

from typing import NewType
from uuid import UUID

from deepspace_core.kernel.errors import InvalidInput

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
OrgId = NewType("OrgId", UUID)
WorkspaceId = NewType("WorkspaceId", UUID)
ProjectId = NewType("ProjectId", UUID)
InvitationId = NewType("InvitationId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
AppId = NewType("AppId", UUID)
WalletId = NewType("WalletId", UUID)
HoldId = NewType("HoldId", UUID)
TransactionId = NewType("TransactionId", UUID)
ModelId = NewType("ModelId", UUID)
PriceId = NewType("PriceId", UUID)
UsageRecordId = NewType("UsageRecordId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
JobId = NewType("JobId", UUID)
EventId = NewType("EventId", UUID)
ChannelId = NewType("ChannelId", UUID)
ReconciliationId = NewType("ReconciliationId", UUID)

TraceId = NewType("TraceId", str)
"""32 lower-case hex digits: the trace-id of W3C Trace Context, level 1, section 3.2.2.3."""

HEX_DIGITS = 32

PREFIXES = {
    "user": "user",
    "session": "sess",
    "org": "org",
    "workspace": "ws",
    "project": "proj",
    "invitation": "inv",
    "api_key": "key",
    "app": "app",
    "wallet": "wal",
    "hold": "hold",
    "transaction": "txn",
    "model": "model",
    "price": "price",
    "usage_record": "usage",
    "conversation": "conv",
    "message": "msg",
    "job": "job",
    "event": "evt",
    "channel": "chan",
    "reconciliation": "recon",
    "file": "file",
    "export": "export",
    "webhook": "webhook",
    "webhook_delivery": "whdel",
    "limit": "limit",
    "ip_rule": "iprule",
}
"""From the noun to the prefix its ids carry in URLs, JSON and logs."""


def show_id(noun: str, value: UUID) -> str:
    """Writes an id for the edge: `show_id("org", …)` -> `org_0198…` (prefix, underscore, 32 hex digits)."""
    return f"{PREFIXES[noun]}_{value.hex}"


def id_in(noun: str, text: str) -> UUID | None:
    """The id, where the text is one of that noun in its edge form."""
    try:
        return read_id(noun, text, param=noun)
    except InvalidInput:
        return None


def read_id(noun: str, text: str, *, param: str) -> UUID:
    """Reads an id from the edge.

    Raises InvalidInput naming `param` when the prefix is another noun's or the rest is not a UUID.
    """
    prefix = PREFIXES[noun]
    head, _, tail = text.partition("_")
    if head == prefix and len(tail) == HEX_DIGITS:
        try:
            return UUID(hex=tail)
        except ValueError:
            pass
    raise InvalidInput(f"{param} must look like {prefix}_ followed by 32 hex digits, not {text[:64]!r}", param=param)
