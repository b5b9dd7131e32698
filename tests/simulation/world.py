"""What a run happens in: gateways with clocks that disagree, and the store behind them. The two stores are in
`memory_world` and `postgres_world`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import OrgId, TraceId, WalletId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Command, LedgerAuditReader, LedgerReader, Wallet
from deepspace_core.ledger.budget import EPOCH, Budget, BudgetKey, BudgetLine, BudgetWindow
from deepspace_core.ledger.caps import CapBook, RemoveBudget, SetBudget
from deepspace_core.ledger.ports import BudgetRepository, OrgBudgetLine, WholeLedger
from tests.contract.ledger_world import owner_of
from tests.fakes import NOON, CountingIds, ListedEvents
from tests.simulation.history import CapChange, History
from tests.simulation.plan import GATEWAYS, ChangeBudget, ChangeTerms, KillConnections, LockBackwards, Plan


@dataclass(frozen=True, slots=True)
class Note(Record):
    """A record that rides along, so that one can see whether it is written exactly when its command is.

    A poisoned one breaks the transaction that it is written in; `yields` is how often others get their turn before.
    """

    ref: str
    poisoned: bool = False
    yields: int = 0


def note_of_group(commands: Sequence[Command]) -> str:
    """What a linked group's note is known by. Not by one of its refs: that may have been accepted alone before, with a
    note of its own, and the group still moves something when the rest of it is new."""
    return " + ".join(command.ref for command in commands)


class Poisoned(Exception):
    """What a poisoned note does to the transaction."""


class SimulatedTime:
    """One time for all, and by how much each gateway's clock is off."""

    def __init__(self) -> None:
        self.base = NOON
        self.skews = [timedelta()] * GATEWAYS

    def step(self, gateway: int | None, seconds: int) -> None:
        """Moves everybody's clock, or one gateway's."""
        if gateway is None:
            self.base += timedelta(seconds=seconds)
        else:
            self.skews[gateway] += timedelta(seconds=seconds)


class GatewayClock(Clock):
    """The clock of one gateway; what it tells is written down, because a decision was made by it."""

    def __init__(self, gateway: int, time: SimulatedTime, told: list[datetime]) -> None:
        self._gateway, self._time, self._told = gateway, time, told

    def now(self) -> datetime:
        now = self._time.base + self._time.skews[self._gateway]
        self._told.append(now)
        self.last = now
        return now

    def monotonic_nanos(self) -> int:
        return 0


class GatewayIds(IdSource):
    """Ids that remember the time their gateway last asked for: a row's id leads to the time of its decision."""

    def __init__(self, run: int, clock: GatewayClock, decided: dict[UUID, datetime]) -> None:
        self._ids, self._clock, self._decided = CountingIds(run), clock, decided

    def uuid(self) -> UUID:
        made = self._ids.uuid()
        self._decided[made] = self._clock.last
        return made

    def trace_id(self) -> TraceId:
        return self._ids.trace_id()

    def secret(self) -> str:
        return self._ids.secret()


class WitnessedBudgets(BudgetRepository):
    """The budgets, and the wallets as they were when they were locked for a change."""

    def __init__(self, budgets: BudgetRepository) -> None:
        self._budgets = budgets
        self.locked: list[Wallet] = []

    async def lock_wallet_of_org(self, tx: Transaction, *, org_id: OrgId) -> Wallet:
        self.locked.append(await self._budgets.lock_wallet_of_org(tx, org_id=org_id))
        return self.locked[-1]

    async def find_budget(
        self, tx: Transaction, *, wallet_id: WalletId, key: BudgetKey, window: BudgetWindow
    ) -> Budget | None:
        return await self._budgets.find_budget(tx, wallet_id=wallet_id, key=key, window=window)

    async def spent_since(self, tx: Transaction, *, wallet: Wallet, key: BudgetKey, since: datetime) -> tuple[int, int]:
        return await self._budgets.spent_since(tx, wallet=wallet, key=key, since=since)

    async def put_budget(self, tx: Transaction, budget: Budget, *, line: BudgetLine | None) -> None:
        await self._budgets.put_budget(tx, budget, line=line)

    async def remove_budget(
        self, tx: Transaction, *, wallet_id: WalletId, key: BudgetKey, window: BudgetWindow
    ) -> bool:
        return await self._budgets.remove_budget(tx, wallet_id=wallet_id, key=key, window=window)

    async def list_lines(self, tx: Transaction, *, org_id: OrgId, at: datetime, limit: int) -> Sequence[BudgetLine]:
        return await self._budgets.list_lines(tx, org_id=org_id, at=at, limit=limit)

    async def list_all_lines(
        self, tx: Transaction, *, org_id: OrgId | None, at: datetime, limit: int
    ) -> Sequence[OrgBudgetLine]:
        return await self._budgets.list_all_lines(tx, org_id=org_id, at=at, limit=limit)


class World(ABC):
    """Gateways over one store."""

    reader: LedgerReader
    audit_reader: LedgerAuditReader
    budgets: BudgetRepository
    unit_of_work: UnitOfWork

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.history = History()
        self.time = SimulatedTime()
        self.gateways: list[WholeLedger] = []
        self._runs = 0

    def clock(self, gateway: int) -> GatewayClock:
        """A clock for a gateway that starts."""
        return GatewayClock(gateway, self.time, self.history.told)

    def ids(self, clock: GatewayClock) -> GatewayIds:
        """Ids for a gateway that starts; no two ever give the same."""
        self._runs += 1
        return GatewayIds(self._runs, clock, self.history.decided)

    @abstractmethod
    async def open(self) -> None:
        """Opens the plan's wallets and starts the gateways."""

    async def set_budgets(self) -> None:
        """Sets the plan's budgets."""
        async with self.unit_of_work() as tx:
            for planned in self.plan.budgets:
                budget = Budget(
                    org_id=planned.org_id,
                    wallet_id=planned.wallet_id,
                    key=planned.key,
                    window=planned.window,
                    cap_nanos=planned.cap,
                    counted_from=EPOCH,
                    set_at=NOON,
                )
                await self.budgets.put_budget(tx, budget, line=None)
            await tx.commit()

    async def change(self, change: ChangeBudget | ChangeTerms) -> None:
        """Changes what binds a wallet beside its rows; at which version of the wallet is written down."""
        if isinstance(change, ChangeTerms):
            await self.change_terms(change)
        else:
            await self._change_budget(change)

    async def _change_budget(self, change: ChangeBudget) -> None:
        witness = WitnessedBudgets(self.budgets)
        clock = self.clock(0)
        book = CapBook(self.unit_of_work, witness, ListedEvents(), clock, CountingIds())
        owner = owner_of(change.org_id, change.wallet_id)
        if change.cap is not None:
            await SetBudget(book)(principal=owner, key=change.key, window=change.window, cap_nanos=change.cap)
        else:
            try:
                await RemoveBudget(book)(principal=owner, key=change.key, window=change.window)
            except NotFound:
                return
        wallet = witness.locked[-1]
        at = max(wallet.updated_at, clock.last) if change.cap is not None else wallet.updated_at
        self.history.changes.append(CapChange(wallet.id, wallet.version, change.key, change.window, change.cap, at))

    @abstractmethod
    async def change_terms(self, change: ChangeTerms) -> None:
        """Under the wallet's lock, and notes at which version; nothing where more of the limit is in use."""

    @abstractmethod
    async def restart(self, gateway: int) -> None:
        """Starts a gateway in the place of another, which dies where it stands; who waits there is cut off next."""

    @abstractmethod
    async def notes(self) -> Sequence[str]:
        """The refs that notes were written for."""

    @abstractmethod
    async def disturb(self, action: KillConnections | LockBackwards) -> None:
        """What only a database can suffer from."""

    @abstractmethod
    def heal(self) -> None:
        """From here on nothing goes wrong any more."""
