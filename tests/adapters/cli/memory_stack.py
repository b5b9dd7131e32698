"""The command's application over the memory adapters, and a way to run commands on it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from click.testing import CliRunner, Result

from deepspace_adapters.bootstrap import Bootstrap
from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.main import cli
from deepspace_adapters.cron import CronCalendar
from deepspace_adapters.memory.audit import MemoryEventLog, MemorySeals
from deepspace_adapters.memory.budgets import MemoryBudgets
from deepspace_adapters.memory.catalogue import MemoryModels
from deepspace_adapters.memory.channels import MemoryChannels
from deepspace_adapters.memory.exports import MemoryExports
from deepspace_adapters.memory.files import MemoryFiles
from deepspace_adapters.memory.identity import (
    MemoryLoginAttempts,
    MemoryMembers,
    MemoryOrganizations,
    MemorySessions,
    MemoryUsers,
)
from deepspace_adapters.memory.identity_places import (
    MemoryApiKeys,
    MemoryCredentials,
    MemoryProjects,
    MemoryWorkspaces,
)
from deepspace_adapters.memory.ledger import MemoryLedger, MemoryWalletOpening
from deepspace_adapters.memory.ledger_reader import MemoryLedgerAuditReader, MemoryLedgerReader
from deepspace_adapters.memory.objects import MemoryObjects
from deepspace_adapters.memory.own_books import MemoryOwnBooks
from deepspace_adapters.memory.past_calls import MemoryPastCalls
from deepspace_adapters.memory.policy import MemoryPolicies
from deepspace_adapters.memory.pricing import MemoryPrices
from deepspace_adapters.memory.reconciliations import MemoryReconciliations
from deepspace_adapters.memory.statements import MemoryStatementReader
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.memory.usage import MemoryRollups, MemoryUsage, MemoryUsageWriter
from deepspace_adapters.memory.webhooks import MemoryDeliveries, MemoryEndpoints
from deepspace_adapters.memory.work import (
    MemoryJobQueue,
    MemoryJobRuns,
    MemoryOutbox,
    MemoryPartitions,
    MemorySchedules,
)
from deepspace_adapters.newapi.channels import SettingsChannel
from deepspace_adapters.settings import Settings
from deepspace_adapters.system import AsyncioTasks
from deepspace_core.audit import SealRepository, TraceEntry, TraceSource
from deepspace_core.audit.sealing_use_cases import SEAL_LAG, SealAudit
from deepspace_core.catalogue import ModelRepository
from deepspace_core.channels import ChannelProbe, ChannelRepository, GivenChannel, MarginReader
from deepspace_core.exports import Exports
from deepspace_core.files import FileLimits, Files
from deepspace_core.identity.admission import KeyFacts
from deepspace_core.identity.ports import (
    ApiKeys,
    Credentials,
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
from deepspace_core.identity.secret import Secret
from deepspace_core.identity.strangers import Strangers
from deepspace_core.identity.use_cases.api_keys import KeyLimiting
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId, TraceId
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
from deepspace_core.ledger.ports import BudgetRepository, LedgerAuditReader, StatementReader
from deepspace_core.pipeline import PastCalls
from deepspace_core.policy import PolicyRepository
from deepspace_core.policy.key_limit import KeyLimits
from deepspace_core.pricing import PriceRepository, cost_again
from deepspace_core.usage import (
    OwnBooks,
    ReconciliationRepository,
    RollupRepository,
    UpstreamLog,
    UsageReader,
    UsageRecord,
)
from deepspace_core.webhooks import Deliveries, Endpoints
from deepspace_core.work import RetentionPolicy
from deepspace_core.work.ports import Calendar, JobRuns, Outbox, Partitions, Schedules
from tests.core.channels.values import ListedBooks, TwoModels
from tests.fakes import NOON, TRACE, CountingIds, FixedClock, PlainBox, ScriptedOutgoing

Wanted = TypeVar("Wanted")


class PlainHasher:
    """The `PasswordHasher` port without the work."""

    async def hash(self, password: Secret) -> str:
        return f"plain:{password.reveal()}"

    async def verify(self, password: Secret, password_hash: str) -> bool:
        return password_hash == f"plain:{password.reveal()}"

    async def verify_nobody(self, password: Secret) -> None: ...

    def is_outdated(self, password_hash: str) -> bool:
        return False


class ForgottenUses:
    """The `KeyUses` port, forgetful."""

    def note(self, facts: KeyFacts, *, now: Any) -> None: ...


class OneTrace:
    """The `TraceSource` port that knows of TRACE."""

    async def tell(self, trace_id: TraceId, org_id: OrgId | None) -> Sequence[TraceEntry]:
        entry = TraceEntry(at=NOON, kind="ledger.hold", title="held 0.002 USD", details={"hold_id": "hold_1"})
        return [entry] if trace_id == TRACE else []

    async def find(self, name: str) -> Sequence[TraceId]:
        return [TRACE] if name == "hold_1" else []


class MemoryStack:
    """One installation in memory; `run` is one command on it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.database = MemoryDatabase()
        self.clock = FixedClock()
        self.adapters = _adapters(self.database, self.clock)
        self.application = composed(Application, self.adapters)

    def run(self, *words: str, typed: str | None = None) -> Result:
        """Runs `deepspace words…`; `typed` is what is answered to its questions."""
        environ = {"DEEPSPACE_DATABASE_URL": "postgresql://nowhere/none"}
        deployment = Deployment(environ=environ, directory=self.directory, open=self.open)
        return CliRunner().invoke(cli, list(words), obj=deployment, input=typed)

    def told(self, *words: str, typed: str | None = None) -> Any:
        """What `deepspace words… --json` prints, read. Fails the test when the command fails."""
        result = self.run(*words, "--json", typed=typed)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def bootstrap(self) -> Bootstrap:
        """The first start's filling, over this installation."""
        return composed(Bootstrap, self.adapters)

    def record(self, usage: UsageRecord) -> None:
        """Puts a usage record into the books."""

        async def write() -> None:
            async with MemoryUnitOfWork(self.database)() as tx:
                await MemoryUsageWriter(self.clock)(tx, [usage])
                await tx.commit()

        asyncio.run(write())

    def seal(self) -> None:
        """Seals what stands in the audit trail by now."""
        self.clock.advance(SEAL_LAG + timedelta(seconds=1))
        asyncio.run(SealAudit(MemoryUnitOfWork(self.database), MemorySeals(self.clock))())

    @asynccontextmanager
    async def open(self, settings: Settings) -> AsyncIterator[Application]:
        yield self.application


def composed(wanted: type[Wanted], adapters: Mapping[object, object]) -> Wanted:
    """Builds a dataclass of use cases by the types of their ports, as the container does."""
    hints = get_type_hints(wanted)
    return wanted(**{one.name: _filled(hints[one.name], adapters) for one in fields(wanted)})  # type: ignore[arg-type]


def _filled(port: Any, adapters: Mapping[object, object]) -> object:
    if port in adapters:
        return adapters[port]
    assert is_dataclass(port), f"nothing in memory stands behind {port}"
    return composed(port, adapters)  # type: ignore[arg-type]


def _adapters(database: MemoryDatabase, clock: FixedClock) -> Mapping[object, object]:
    ids = CountingIds()
    events = MemoryEventLog(clock)
    return {
        ApiKeys: MemoryApiKeys(),
        BudgetRepository: MemoryBudgets(),
        ChannelProbe: TwoModels(),
        ChannelRepository: MemoryChannels(),
        Clock: clock,
        CostAgain: cost_again,
        Credentials: MemoryCredentials(),
        EventLog: events,
        Deliveries: MemoryDeliveries(),
        Endpoints: MemoryEndpoints(),
        Exports: MemoryExports(),
        FileLimits: FileLimits(),
        Files: MemoryFiles(),
        Partitions: MemoryPartitions(),
        RetentionPolicy: RetentionPolicy(),
        Tasks: AsyncioTasks(),
        ObjectStore: MemoryObjects(),
        Outgoing: ScriptedOutgoing(),
        GivenChannel: SettingsChannel("http://newapi:3000/v1", clock=clock),
        IdSource: ids,
        JobQueue: MemoryJobQueue(ids=ids, clock=clock),
        JobRuns: MemoryJobRuns(),
        KeyLimiting: KeyLimits(MemoryPolicies(), events, ids, clock),
        KeyUses: ForgottenUses(),
        Ledger: MemoryLedger(clock=clock, ids=ids, database=database, rider_writers={Event: events}),
        LedgerAuditReader: MemoryLedgerAuditReader(),
        LedgerReader: MemoryLedgerReader(),
        MarginReader: MemoryChannels(),
        LoginAttempts: MemoryLoginAttempts(),
        Members: MemoryMembers(),
        ModelRepository: MemoryModels(),
        Organizations: MemoryOrganizations(),
        Outbox: MemoryOutbox(),
        PasswordHasher: PlainHasher(),
        PastCalls: MemoryPastCalls(),
        PolicyRepository: MemoryPolicies(),
        PriceRepository: MemoryPrices(),
        OwnBooks: MemoryOwnBooks(),
        Projects: MemoryProjects(),
        ReconciliationRepository: MemoryReconciliations(),
        RollupRepository: MemoryRollups(clock),
        Calendar: CronCalendar(),
        Schedules: MemorySchedules(),
        SealRepository: MemorySeals(clock),
        SecretBox: PlainBox(),
        Sequence[TraceSource]: [OneTrace()],
        Sessions: MemorySessions(),
        StatementReader: MemoryStatementReader(),
        Strangers: Strangers(),
        UnitOfWork: MemoryUnitOfWork(database),
        UpstreamLog: ListedBooks(),
        UsageReader: MemoryUsage(),
        Users: MemoryUsers(),
        WalletOpening: MemoryWalletOpening(),
        Workspaces: MemoryWorkspaces(),
    }
