"""The adapters: each named once, with what it is made of.

The one file that imports dependency_injector. Which port an adapter stands behind, and how use cases get theirs, is in
deepspace_adapters/composition.py.
"""

import random
from pathlib import Path
from typing import Any

from deepspace_adapters.cron import CronCalendar
from deepspace_adapters.crypto.aes_secret_box import secret_box
from deepspace_adapters.crypto.answer_seal import AesAnswerSeal
from deepspace_adapters.crypto.argon2_hasher import Argon2PasswordHasher
from deepspace_adapters.default_limits import default_limits
from deepspace_adapters.from_settings import (
    file_limits,
    guarded_outgoing,
    job_courier,
    object_store,
    retention_policy,
)
from deepspace_adapters.journal import FileSettlementJournal, report_unsettled
from deepspace_adapters.memory.event_streams import MemoryEventStreams
from deepspace_adapters.memory.rate_window import MemoryRateWindow
from deepspace_adapters.newapi.channels import NewApiChannels, SettingsChannel, newapi_base_url, newapi_settings
from deepspace_adapters.newapi.codec import OpenAiCodec
from deepspace_adapters.newapi.transport import Http1Transport
from deepspace_adapters.newapi.upstream_log import NewApiLogs
from deepspace_adapters.parquet.encoder import ArrowParquetEncoder
from deepspace_adapters.postgres.api_key import PostgresApiKeys
from deepspace_adapters.postgres.audit import (
    PostgresAuditReader,
    PostgresEventLog,
    PostgresSeals,
    write_events,
    write_request_logs,
)
from deepspace_adapters.postgres.budgets import PostgresBudgets
from deepspace_adapters.postgres.catalogue import PostgresModels
from deepspace_adapters.postgres.channels import PostgresChannels
from deepspace_adapters.postgres.chat import PostgresConversations, PostgresMessages
from deepspace_adapters.postgres.credential import PostgresCredentials
from deepspace_adapters.postgres.export_rows import PostgresExportRows
from deepspace_adapters.postgres.exports import PostgresExports
from deepspace_adapters.postgres.files import PostgresFiles
from deepspace_adapters.postgres.idempotency import PostgresIdempotencyKeys, write_kept_answers
from deepspace_adapters.postgres.invitation import PostgresInvitations
from deepspace_adapters.postgres.ledger import PostgresWalletOpening
from deepspace_adapters.postgres.ledger_audit import PostgresLedgerAuditReader
from deepspace_adapters.postgres.ledger_batcher import PostgresLedger
from deepspace_adapters.postgres.ledger_reader import PostgresLedgerReader
from deepspace_adapters.postgres.organization import PostgresMembers, PostgresOrganizations
from deepspace_adapters.postgres.outbox import PostgresOutbox
from deepspace_adapters.postgres.output_history import PostgresOutputHistory
from deepspace_adapters.postgres.overview import PostgresOverview
from deepspace_adapters.postgres.own_books import PostgresOwnBooks
from deepspace_adapters.postgres.partitions import PostgresPartitions
from deepspace_adapters.postgres.past_calls import PostgresPastCalls
from deepspace_adapters.postgres.policy import PostgresPolicies
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.pricing import PostgresPrices
from deepspace_adapters.postgres.project import PostgresProjects
from deepspace_adapters.postgres.reconciliations import PostgresReconciliations
from deepspace_adapters.postgres.request_log_writer import PostgresRequestLogWriter
from deepspace_adapters.postgres.schedules import PostgresSchedules
from deepspace_adapters.postgres.session import PostgresSessions
from deepspace_adapters.postgres.statements import PostgresStatementReader
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.postgres.usage import PostgresRollups, PostgresUsage, write_usage_records
from deepspace_adapters.postgres.user import PostgresLoginAttempts, PostgresUsers
from deepspace_adapters.postgres.webhooks import PostgresDeliveries, PostgresEndpoints, PostgresHappenings
from deepspace_adapters.postgres.work import PostgresJobQueue, PostgresJobRuns
from deepspace_adapters.postgres.workspace import PostgresWorkspaces
from deepspace_adapters.reasons import ReasonedEventLog
from deepspace_adapters.redis.event_streams import RedisEventStreams
from deepspace_adapters.redis.rate_window import RedisRateWindow
from deepspace_adapters.remembered import RememberingAuthenticator, RememberingChannels, RememberingDirectory
from deepspace_adapters.settings import Settings
from deepspace_adapters.system import AsyncioTasks, SystemClock, SystemIds
from deepspace_adapters.tokenizer import SplintrTokenCounter
from deepspace_adapters.uninvited import without
from deepspace_core.audit import RequestLog
from deepspace_core.audit.trace_source import EventTrace, RequestTrace
from deepspace_core.channels import (
    BreakerBoard,
)
from deepspace_core.chat import LiveAnswers
from deepspace_core.identity import NotedKeyUses
from deepspace_core.identity.use_cases import AuthenticateApiKey
from deepspace_core.kernel.event import Event
from deepspace_core.pipeline import (
    ChannelRouter,
    KeptAnswer,
    OutputEstimates,
    Settler,
)
from deepspace_core.pipeline.trace_source import JobTrace, LedgerTrace, UsageTrace
from deepspace_core.policy.key_limit import KeyLimits
from deepspace_core.policy.use_cases import LoadPolicies
from deepspace_core.pricing import cost_again
from deepspace_core.usage import (
    UsageRecord,
)

with without("pydantic", "pydantic_settings"):
    from dependency_injector import containers, providers

LOCAL_EVENTS_SECONDS = 120
"""How long the process that wrote an answer keeps its events in memory after the last; Redis keeps them longer."""


def journal_directory(settings: Settings) -> Path:
    """Where the settlements are kept that wait for the database."""
    return settings.data_dir / "journal"


class Adapters(containers.DeclarativeContainer):
    """Every adapter once. The dependencies at the top are opened and closed by `open_adapters`."""

    settings = providers.Dependency(instance_of=Settings)
    pool: providers.Dependency[Pool] = providers.Dependency()
    ledger_pool: providers.Dependency[Pool] = providers.Dependency(default=pool)
    """Connections of the ledger's own (deepspace_adapters/postgres/burst.py says why); unless given, it shares."""
    transport: providers.Dependency[Http1Transport] = providers.Dependency()
    redis: providers.Dependency[Any] = providers.Dependency()
    """A client of deepspace_adapters/redis; absent for a command line that limits nobody."""
    broker: providers.Dependency[Any] = providers.Dependency()
    """A broker of deepspace_adapters/dramatiq; the worker's only, since everybody else enqueues through PostgreSQL."""

    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(SystemIds)
    tasks = providers.Singleton(AsyncioTasks)
    unit_of_work = providers.Singleton(PostgresUnitOfWork, pool)
    event_log = providers.Singleton(ReasonedEventLog, events=providers.Singleton(PostgresEventLog))
    job_queue = providers.Singleton(PostgresJobQueue, ids=ids, clock=clock)
    job_runs = providers.Singleton(PostgresJobRuns)
    outbox = providers.Singleton(PostgresOutbox)
    schedules = providers.Singleton(PostgresSchedules)
    calendar = providers.Singleton(CronCalendar)
    courier = providers.Singleton(job_courier, broker)
    partitions = providers.Singleton(PostgresPartitions)

    secret_box = providers.Singleton(secret_box, settings)
    password_hasher = providers.Singleton(Argon2PasswordHasher)
    users = providers.Singleton(PostgresUsers)
    sessions = providers.Singleton(PostgresSessions)
    login_attempts = providers.Singleton(PostgresLoginAttempts)
    organizations = providers.Singleton(PostgresOrganizations)
    members = providers.Singleton(PostgresMembers)
    invitations = providers.Singleton(PostgresInvitations)
    workspaces = providers.Singleton(PostgresWorkspaces)
    projects = providers.Singleton(PostgresProjects)
    api_keys = providers.Singleton(PostgresApiKeys)
    credentials = providers.Singleton(PostgresCredentials)
    key_uses = providers.Singleton(NotedKeyUses, unit_of_work=unit_of_work, api_keys=api_keys, tasks=tasks)

    ledger = providers.Singleton(
        PostgresLedger,
        ledger_pool,
        clock=clock,
        ids=ids,
        rider_writers=providers.Dict(
            {
                UsageRecord: write_usage_records,
                Event: write_events,
                RequestLog: write_request_logs,
                KeptAnswer: write_kept_answers,
            }
        ),
    )
    ledger_reader = providers.Singleton(PostgresLedgerReader)
    cost_again = providers.Object(cost_again)
    ledger_audit_reader = providers.Singleton(PostgresLedgerAuditReader)
    budgets = providers.Singleton(PostgresBudgets)
    statement_reader = providers.Singleton(PostgresStatementReader)
    wallet_opening = providers.Singleton(PostgresWalletOpening)

    models = providers.Singleton(PostgresModels)
    prices = providers.Singleton(PostgresPrices)
    token_counter = providers.Singleton(SplintrTokenCounter)
    usage = providers.Singleton(PostgresUsage)
    rollups = providers.Singleton(PostgresRollups)
    own_books = providers.Singleton(PostgresOwnBooks)
    audit_reader = providers.Singleton(PostgresAuditReader)
    seals = providers.Singleton(PostgresSeals)
    request_logs = providers.Singleton(PostgresRequestLogWriter, pool)
    trace_sources = providers.List(
        providers.Singleton(RequestTrace, unit_of_work=unit_of_work, audit=audit_reader),
        providers.Singleton(EventTrace, unit_of_work=unit_of_work, audit=audit_reader),
        providers.Singleton(LedgerTrace, unit_of_work=unit_of_work, ledger=ledger_reader),
        providers.Singleton(UsageTrace, unit_of_work=unit_of_work, usage=usage),
        providers.Singleton(JobTrace, unit_of_work=unit_of_work, runs=job_runs),
    )
    policies = providers.Singleton(PostgresPolicies)
    key_limiting = providers.Singleton(KeyLimits, policies=policies, events=event_log, ids=ids, clock=clock)
    idempotency_keys = providers.Singleton(PostgresIdempotencyKeys)
    outputs = providers.Singleton(OutputEstimates)
    output_history = providers.Singleton(PostgresOutputHistory)
    overview = providers.Singleton(PostgresOverview)
    past_calls = providers.Singleton(PostgresPastCalls)
    answer_seal = providers.Singleton(AesAnswerSeal)
    local_window = providers.Singleton(MemoryRateWindow, ids=ids)
    rate_window = providers.Singleton(RedisRateWindow, redis, fallback=local_window, ids=ids, clock=clock)

    journal = providers.Singleton(FileSettlementJournal, providers.Callable(journal_directory, settings))
    conversations = providers.Singleton(PostgresConversations)
    messages = providers.Singleton(PostgresMessages)
    live_answers = providers.Singleton(LiveAnswers)
    local_events = providers.Singleton(MemoryEventStreams, kept_seconds=LOCAL_EVENTS_SECONDS)
    event_streams = providers.Singleton(RedisEventStreams, redis, local=local_events)
    objects = providers.Singleton(object_store, settings)
    files = providers.Singleton(PostgresFiles)
    outgoing = providers.Singleton(guarded_outgoing, settings)
    endpoints = providers.Singleton(PostgresEndpoints)
    exports = providers.Singleton(PostgresExports)
    parquet = providers.Singleton(ArrowParquetEncoder)
    deliveries = providers.Singleton(PostgresDeliveries)
    happenings = providers.Singleton(PostgresHappenings)
    file_limits = providers.Callable(file_limits, settings)
    retention_policy = providers.Callable(retention_policy, settings)

    settler = providers.Singleton(
        Settler,
        ledger=ledger.provided.patient,
        tasks=tasks,
        journal=journal,
        report=report_unsettled,
    )
    codec = providers.Singleton(OpenAiCodec)
    channels = providers.Singleton(PostgresChannels)
    given_channel = providers.Singleton(SettingsChannel, providers.Callable(newapi_base_url, settings), clock=clock)
    export_rows = providers.Singleton(PostgresExportRows, pool, given=given_channel)
    channel_directory = providers.Singleton(
        RememberingChannels, unit_of_work=unit_of_work, channels=channels, given=given_channel
    )
    channel_calls = providers.Singleton(
        NewApiChannels, providers.Callable(newapi_settings, settings), transport, secret_box
    )
    breakers = providers.Singleton(BreakerBoard)
    reconciliations = providers.Singleton(PostgresReconciliations)
    upstream_log = providers.Singleton(
        NewApiLogs,
        unit_of_work=unit_of_work,
        channels=channels,
        given=given_channel,
        transport=transport,
        box=secret_box,
    )
    upstream = providers.Singleton(
        ChannelRouter,
        directory=channel_directory,
        caller=channel_calls,
        codec=codec,
        clock=clock,
        tasks=tasks,
        draw=providers.Object(random.random),
        breakers=breakers,
    )
    authenticator = providers.Singleton(
        RememberingAuthenticator,
        providers.Singleton(
            AuthenticateApiKey, unit_of_work=unit_of_work, credentials=credentials, key_uses=key_uses, clock=clock
        ),
    )
    directory = providers.Singleton(
        RememberingDirectory,
        unit_of_work=unit_of_work,
        models=models,
        prices=prices,
        load_policies=providers.Singleton(LoadPolicies, unit_of_work=unit_of_work, policies=policies),
        clock=clock,
        default_limits=providers.Callable(default_limits, settings),
    )
