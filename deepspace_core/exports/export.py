"""An export: what somebody wants out of the books, in which form, and the file that came of it.

    asked for --(its job writes it)--> ready --(its time is over)--> gone

It belongs to whoever asked for it: another member may not be allowed to see what is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NewType
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deepspace_core.identity import Permission
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import JobId, OrgId, ProjectId, TraceId, UserId, show_id
from deepspace_core.kernel.object_key import ObjectKey, tenant_key

ExportId = NewType("ExportId", UUID)

LIFETIME = timedelta(days=7)
EXPORTS_MAX = 50
"""Of one caller at once."""
EXPORT_BYTES_MAX = 64 * 1024**3


class ExportKind(StrEnum):
    """What can be exported."""

    TRANSACTIONS = "transactions"
    USAGE = "usage"
    AUDIT = "audit"
    CONVERSATIONS = "conversations"
    REQUESTS = "requests"
    WALLETS = "wallets"
    API_KEYS = "api_keys"
    DELIVERIES = "deliveries"
    JOBS = "jobs"
    BUDGETS = "budgets"
    LIMITS = "limits"
    IP_RULES = "ip_rules"
    WEBHOOKS = "webhooks"
    USERS = "users"
    ORGANIZATIONS = "organizations"
    MODELS = "models"
    CHANNELS = "channels"
    RECONCILIATIONS = "reconciliations"
    SCHEDULES = "schedules"


class ExportFormat(StrEnum):
    """In which form. The value is the file's ending."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    MARKDOWN = "md"
    PARQUET = "parquet"


CONTENT_TYPES: Mapping[ExportFormat, str] = MappingProxyType(
    {
        ExportFormat.CSV: "text/csv",
        ExportFormat.JSON_LINES: "application/x-ndjson",
        ExportFormat.MARKDOWN: "text/markdown",
        ExportFormat.PARQUET: "application/vnd.apache.parquet",
    }
)
PERMISSION_FOR: Mapping[ExportKind, Permission] = MappingProxyType(
    {
        ExportKind.TRANSACTIONS: Permission.READ_WALLET,
        ExportKind.USAGE: Permission.READ_USAGE,
        ExportKind.AUDIT: Permission.READ_AUDIT,
        ExportKind.CONVERSATIONS: Permission.USE_CHAT,
        ExportKind.REQUESTS: Permission.READ_AUDIT,
        ExportKind.WALLETS: Permission.READ_WALLET,
        ExportKind.API_KEYS: Permission.MANAGE_API_KEYS,
        ExportKind.DELIVERIES: Permission.MANAGE_WEBHOOKS,
        ExportKind.JOBS: Permission.READ_JOBS,
        ExportKind.BUDGETS: Permission.READ_WALLET,
        ExportKind.LIMITS: Permission.READ_ORGANIZATION,
        ExportKind.IP_RULES: Permission.READ_ORGANIZATION,
        ExportKind.WEBHOOKS: Permission.MANAGE_WEBHOOKS,
    }
)
"""What one must be allowed to read to export it. Conversations are one's own."""

KINDS_OF_THE_INSTALLATION = frozenset(ExportKind) - PERMISSION_FOR.keys()
"""What belongs to no organization, and is exported by administrators alone."""

KINDS_WITHOUT_TIME = frozenset({ExportKind.SCHEDULES})
"""What can't be narrowed to a period."""

KINDS_OF_PROJECTS = frozenset({ExportKind.USAGE, ExportKind.CONVERSATIONS, ExportKind.REQUESTS})
"""What can be narrowed to a project."""

MATCHED_BY: Mapping[ExportKind, frozenset[str]] = MappingProxyType(
    {
        ExportKind.TRANSACTIONS: frozenset({"type", "ref", "trace_id", "hold_id"}),
        ExportKind.USAGE: frozenset({"api_key_id", "model", "ending", "usage_source", "trace_id"}),
        ExportKind.AUDIT: frozenset({"event_type", "actor", "subject", "trace_id"}),
        ExportKind.CONVERSATIONS: frozenset(),
        ExportKind.REQUESTS: frozenset(
            {
                "api_key_id",
                "user_id",
                "workspace_id",
                "app_id",
                "channel",
                "model",
                "ending",
                "error_code",
                "status_min",
                "status_max",
                "route",
                "slower_than_ms",
                "trace_id",
            }
        ),
        ExportKind.WALLETS: frozenset({"search", "currency", "is_owing", "available_below_nanos"}),
        ExportKind.API_KEYS: frozenset({"search", "state"}),
        ExportKind.DELIVERIES: frozenset({"webhook_id", "state"}),
        ExportKind.JOBS: frozenset({"name", "state", "trace_id"}),
        ExportKind.BUDGETS: frozenset(),
        ExportKind.LIMITS: frozenset({"whose"}),
        ExportKind.IP_RULES: frozenset(),
        ExportKind.WEBHOOKS: frozenset({"enabled"}),
        ExportKind.USERS: frozenset({"search", "disabled", "administrator"}),
        ExportKind.ORGANIZATIONS: frozenset({"search", "kind", "suspended"}),
        ExportKind.MODELS: frozenset({"search", "kind", "enabled", "visibility"}),
        ExportKind.CHANNELS: frozenset(),
        ExportKind.RECONCILIATIONS: frozenset(),
        ExportKind.SCHEDULES: frozenset(),
    }
)
"""What else the rows of a kind can be narrowed by: the filters of its list."""

MATCHED_BY_OPERATORS = frozenset({"channel"})
"""What only those may narrow by who export everybody's rows: channels are the operator's matter."""


@dataclass(frozen=True, slots=True)
class ExportFilters:
    """From when to when (exclusive), of which project, told in which time zone; None does not filter.

    `matching` are the filters of the list that is exported, as texts by their names (MATCHED_BY), ids in edge form.
    `everybody`: the rows of all organizations, or of `of_org_id`; for administrators.
    """

    since: datetime | None = None
    until: datetime | None = None
    project_id: ProjectId | None = None
    time_zone: str = "UTC"
    matching: Mapping[str, str] = field(default_factory=dict)
    everybody: bool = False
    of_org_id: OrgId | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """One export. Size and rows are None until it is ready."""

    id: ExportId
    org_id: OrgId
    user_id: UserId
    kind: ExportKind
    format: ExportFormat
    filters: ExportFilters
    requested_by: str
    job_id: JobId
    trace_id: TraceId
    created_at: datetime
    expires_at: datetime
    storage_key: ObjectKey | None = None
    size_bytes: int | None = None
    row_count: int | None = None

    @property
    def is_ready(self) -> bool:
        """Whether there is a file to download."""
        return self.storage_key is not None

    @property
    def file_name(self) -> str:
        """Under which it is downloaded."""
        return f"{self.kind.value}-{self.created_at:%Y-%m-%d}-{show_id('export', self.id)[-8:]}.{self.format.value}"

    @property
    def key(self) -> ObjectKey:
        """Where its file lies, or will."""
        return tenant_key(self.org_id, "exports", f"{self.id.hex}.{self.format.value}")

    @property
    def tells_owners(self) -> bool:
        """Whether each row begins with its organization: rows of everybody do, where there is one."""
        return self.filters.everybody and self.kind not in KINDS_OF_THE_INSTALLATION

    @property
    def org_read(self) -> OrgId | None:
        """Whose rows are read: its own organization's, unless it is of everybody, which None says."""
        return self.filters.of_org_id if self.filters.everybody else self.org_id

    def written(self, *, size_bytes: int, row_count: int) -> "Export":
        """Its file is whole."""
        return replace(self, storage_key=self.key, size_bytes=size_bytes, row_count=row_count)


def checked(filters: ExportFilters, kind: ExportKind) -> ExportFilters:
    """The filters themselves. Raises InvalidInput naming the field."""
    if filters.since is not None and filters.until is not None and filters.since >= filters.until:
        raise InvalidInput("to must be after from", param="to")
    if filters.project_id is not None and kind not in KINDS_OF_PROJECTS:
        raise InvalidInput(f"{kind.value} can't be narrowed to a project; leave project_id out", param="project_id")
    known = MATCHED_BY[kind] if filters.everybody else MATCHED_BY[kind] - MATCHED_BY_OPERATORS
    for name in sorted(filters.matching.keys() - known):
        raise InvalidInput(f"{kind.value} can't be narrowed by {name}; leave it out", param=f"matching.{name}")
    if filters.everybody and kind is ExportKind.CONVERSATIONS:
        raise InvalidInput("conversations are their owner's alone; nobody exports everybody's", param="kind")
    _check_reach(filters, kind)
    zone_of(filters.time_zone)
    return filters


def _check_reach(filters: ExportFilters, kind: ExportKind) -> None:
    if kind in KINDS_WITHOUT_TIME and (filters.since or filters.until):
        param = "since" if filters.since else "until"
        raise InvalidInput(f"{kind.value} have no period; leave {param} out", param=param)
    if kind not in KINDS_OF_THE_INSTALLATION:
        return
    if not filters.everybody:
        raise InvalidInput(f"{kind.value} belong to the installation; administrators export them", param="kind")
    if filters.of_org_id is not None and kind is not ExportKind.USERS:
        raise InvalidInput(f"{kind.value} belong to no organization; leave org_id out", param="org_id")


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. Raises InvalidInput naming `time_zone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"time_zone must be a name of the IANA database such as Europe/Berlin, not {name[:64]!r}",
            param="time_zone",
        ) from None
