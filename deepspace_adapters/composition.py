"""Which adapter stands behind which port, and how use cases get theirs.

`compose` builds a use case, or a whole dataclass of them, by the types of its fields. A field whose port nobody
provides is found when the application is composed, at start and in tests, never while somebody waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, get_type_hints

from deepspace_adapters.container import Adapters
from deepspace_core.audit import AuditReader, RequestLogWriter, SealRepository, TraceSource
from deepspace_core.catalogue import ModelRepository
from deepspace_core.channels import (
    BreakerBoard,
    ChannelDirectory,
    ChannelProbe,
    ChannelRepository,
    GivenChannel,
    MarginReader,
)
from deepspace_core.chat import Conversations, EventStreams, LiveAnswers, Messages
from deepspace_core.exports import ExportRows, Exports, ParquetEncoder
from deepspace_core.files import FileLimits, Files
from deepspace_core.identity.ports import (
    ApiKeys,
    Credentials,
    Invitations,
    KeyUses,
    LoginAttempts,
    Members,
    Organizations,
    PasswordHasher,
    Projects,
    Sessions,
    Users,
    WalletOpening,
    Workspaces,
)
from deepspace_core.identity.use_cases.api_keys import KeyLimiting
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.outgoing import Outgoing
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger import Ledger, LedgerReader
from deepspace_core.ledger.metering import CostAgain
from deepspace_core.ledger.ports import BudgetRepository, DryLedger, LedgerAuditReader, StatementReader
from deepspace_core.overview import OverviewReader
from deepspace_core.pipeline import (
    AnswerSeal,
    Directory,
    IdempotencyKeys,
    OutputEstimates,
    PastCalls,
)
from deepspace_core.policy import PolicyRepository, RateWindow
from deepspace_core.pricing import PriceRepository, TokenCounter
from deepspace_core.usage import (
    OutputHistory,
    OwnBooks,
    ReconciliationRepository,
    RollupRepository,
    UpstreamLog,
    UsageReader,
)
from deepspace_core.webhooks import Deliveries, Endpoints, Happenings
from deepspace_core.work import RetentionPolicy
from deepspace_core.work.ports import Calendar, Courier, JobRuns, Outbox, Partitions, Schedules

Wanted = TypeVar("Wanted")

PORTS: Mapping[object, str] = {
    AnswerSeal: "answer_seal",
    ApiKeys: "api_keys",
    AuditReader: "audit_reader",
    BreakerBoard: "breakers",
    BudgetRepository: "budgets",
    Calendar: "calendar",
    ChannelDirectory: "channel_directory",
    ChannelProbe: "channel_calls",
    ChannelRepository: "channels",
    Clock: "clock",
    Conversations: "conversations",
    CostAgain: "cost_again",
    Courier: "courier",
    Credentials: "credentials",
    Directory: "directory",
    DryLedger: "ledger",
    EventLog: "event_log",
    EventStreams: "event_streams",
    GivenChannel: "given_channel",
    FileLimits: "file_limits",
    Files: "files",
    IdSource: "ids",
    IdempotencyKeys: "idempotency_keys",
    Invitations: "invitations",
    JobQueue: "job_queue",
    JobRuns: "job_runs",
    KeyLimiting: "key_limiting",
    KeyUses: "key_uses",
    Ledger: "ledger",
    LedgerAuditReader: "ledger_audit_reader",
    LedgerReader: "ledger_reader",
    LiveAnswers: "live_answers",
    LoginAttempts: "login_attempts",
    MarginReader: "channels",
    Members: "members",
    Messages: "messages",
    ModelRepository: "models",
    ObjectStore: "objects",
    Organizations: "organizations",
    Outgoing: "outgoing",
    Deliveries: "deliveries",
    Endpoints: "endpoints",
    ExportRows: "export_rows",
    Exports: "exports",
    ParquetEncoder: "parquet",
    Happenings: "happenings",
    Outbox: "outbox",
    OwnBooks: "own_books",
    OutputEstimates: "outputs",
    OutputHistory: "output_history",
    Partitions: "partitions",
    PasswordHasher: "password_hasher",
    OverviewReader: "overview",
    PastCalls: "past_calls",
    PolicyRepository: "policies",
    PriceRepository: "prices",
    Projects: "projects",
    RateWindow: "rate_window",
    ReconciliationRepository: "reconciliations",
    RequestLogWriter: "request_logs",
    RetentionPolicy: "retention_policy",
    RollupRepository: "rollups",
    Schedules: "schedules",
    SealRepository: "seals",
    SecretBox: "secret_box",
    Sequence[TraceSource]: "trace_sources",
    Sessions: "sessions",
    StatementReader: "statement_reader",
    Tasks: "tasks",
    TokenCounter: "token_counter",
    UnitOfWork: "unit_of_work",
    UpstreamLog: "upstream_log",
    UsageReader: "usage",
    Users: "users",
    WalletOpening: "wallet_opening",
    Workspaces: "workspaces",
}
"""From a port to the provider of its adapter."""


def compose(adapters: Adapters, wanted: type[Wanted], **given: object) -> Wanted:
    """Builds the dataclass `wanted`: what is `given` as it is, ports from the adapters, other dataclasses likewise.

    Fields with a default keep it unless given. Raises LookupError naming a field that nobody can fill.
    """
    hints = get_type_hints(wanted)
    values = dict(given)
    for one in fields(wanted):  # type: ignore[arg-type]  # every `wanted` is a dataclass
        if one.name not in values and one.default is MISSING and one.default_factory is MISSING:
            values[one.name] = _filled(adapters, hints[one.name], where=f"{wanted.__name__}.{one.name}")
    return wanted(**values)


def _filled(adapters: Adapters, port: Any, *, where: str) -> object:
    if port in PORTS:
        return getattr(adapters, PORTS[port])()
    if isinstance(port, type) and is_dataclass(port):
        return compose(adapters, port)
    raise LookupError(f"no adapter stands behind the port of {where}: {port}")
