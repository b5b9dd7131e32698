"""The ledger as others see it: the writing port `Ledger`, the reading port `LedgerReader`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from deepspace_core.kernel.ids import HoldId, OrgId, TraceId, WalletId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.ledger.budget import Budget, BudgetKey, BudgetLine, BudgetWindow
from deepspace_core.ledger.command import CallersCommand, Command, Expire
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.metering import MeteredCapture
from deepspace_core.ledger.outcome import Outcome
from deepspace_core.ledger.statement import Movement, Spending
from deepspace_core.ledger.transaction import Account, LedgerTransaction, TransactionType
from deepspace_core.ledger.wallet import BalanceAt, Wallet

COMMANDS_MAX = 512
"""How many commands one caller may send at once; more are answered `batch_too_large`."""


class Ledger(Protocol):
    """Decides and durably writes commands; when it answers, the commit has happened."""

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        """Applies one command exactly once, however often it is sent with the same ref.

        `riders` are written in the same commit if and only if the command is newly accepted. Raises Unavailable when
        surely nothing was written, TypeError for a kind of rider that nobody told the adapter how to write. An outcome
        COMMIT_UNKNOWN says: ask again with the same ref. Cancelling the caller doesn't undo the command.
        """
        ...

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        """Applies commands in the order given, each on its own merits; outcomes in the same order."""
        ...


class LinkedLedger(Protocol):
    """Applies groups. A port of its own, because most callers of the ledger never link anything."""

    async def apply_linked(
        self, commands: Sequence[CallersCommand], *, riders: Sequence[Record] = ()
    ) -> Sequence[Outcome]:
        """Applies all commands or none, exactly once.

        The first that isn't accepted keeps its own answer, the others are `linked_failed`; both are stored, unless it
        was malformed or in conflict. `riders` are written if and only if the group is newly accepted.
        """
        ...


class DryLedger(Protocol):
    """Answers without doing."""

    async def would_admit(self, command: Command) -> Outcome:
        """What `apply` would answer now, and what is missing (`missing_nanos`, `budget`). Writes and locks nothing.

        The outcome has no transaction, because there is none.
        """
        ...


class WholeLedger(Ledger, LinkedLedger, DryLedger, Protocol):
    """Everything that an adapter of the ledger does."""


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """Which rows of an organization to list; None means any. `since` inclusive, `until` exclusive."""

    wallet_id: WalletId | None = None
    types: Sequence[TransactionType] | None = None
    hold_id: HoldId | None = None
    trace_id: TraceId | None = None
    since: datetime | None = None
    until: datetime | None = None
    ref: str | None = None
    """The row's own ref, or the capture's that it refunds."""


class WalletSort(StrEnum):
    """In which order wallets are listed; those alike come newest first."""

    NEWEST = "newest"
    HIGHEST_BALANCE = "highest_balance"
    LOWEST_BALANCE = "lowest_balance"
    MOST_FROZEN = "most_frozen"
    MOST_OWED = "most_owed"


@dataclass(frozen=True, slots=True)
class WalletFilter:
    """Which wallets; None is any. `search`: a part of the organization's name. `available_below_nanos` is exclusive."""

    search: str | None = None
    currency: str | None = None
    is_owing: bool | None = None
    available_below_nanos: int | None = None


@dataclass(frozen=True, slots=True)
class OrgWallet:
    """A wallet, and whose it is."""

    org_name: str
    suspended_at: datetime | None
    wallet: Wallet


@dataclass(frozen=True, slots=True)
class WalletTotal:
    """What wallets of one currency add up to."""

    currency: str
    wallets: int
    balance_nanos: int
    frozen_nanos: int
    receivable_nanos: int
    credit_limit_nanos: int


@dataclass(frozen=True, slots=True)
class TransactionTotal:
    """What movements of one currency and kind add up to."""

    currency: str
    type: TransactionType
    count: int
    amount_nanos: int
    balance_delta_nanos: int
    frozen_delta_nanos: int


@dataclass(frozen=True, slots=True)
class OrgBudgetLine:
    """A budget's line, and whose it is."""

    org_id: OrgId
    line: BudgetLine


@dataclass(frozen=True, slots=True)
class OpenHolds:
    """How many holds are open, how many of them are over by time, and since when the first of those is."""

    open: int
    overdue: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """One line of the trial balance."""

    currency: str
    account: Account
    balance_nanos: int


class LedgerReader(Protocol):
    """Reads the books. What belongs to another organization is not found. Lists are newest first."""

    async def get_wallet(self, tx: Transaction, *, org_id: OrgId, wallet_id: WalletId) -> Wallet: ...

    async def find_wallet_of_org(self, tx: Transaction, *, org_id: OrgId) -> Wallet | None: ...

    async def balance_at(self, tx: Transaction, *, org_id: OrgId, wallet_id: WalletId, at: datetime) -> BalanceAt:
        """The wallet as of any time: what its rows up to then add up to. Raises NotFound."""
        ...

    async def list_transactions(
        self,
        tx: Transaction,
        *,
        org_id: OrgId | None,
        page: PageRequest,
        where: TransactionFilter = TransactionFilter(),
    ) -> Page[LedgerTransaction]:
        """`org_id` None is every organization, for administrators."""
        ...

    async def total_transactions(
        self, tx: Transaction, *, org_id: OrgId | None, where: TransactionFilter
    ) -> Sequence[TransactionTotal]:
        """Over all rows that match, by currency and kind; `org_id` None is every organization."""
        ...

    async def list_wallets(
        self, tx: Transaction, *, page: PageRequest, where: WalletFilter, sort: WalletSort
    ) -> Page[OrgWallet]:
        """Of every organization. A page begins after the last row of the one before as that row stands now."""
        ...

    async def total_wallets(self, tx: Transaction, *, where: WalletFilter) -> Sequence[WalletTotal]:
        """Over all wallets that match, by currency."""
        ...

    async def get_hold(self, tx: Transaction, *, org_id: OrgId, hold_id: HoldId) -> HoldAccount: ...

    async def find_hold_by_ref(self, tx: Transaction, *, org_id: OrgId, ref: str) -> HoldAccount | None: ...

    async def list_holds(
        self, tx: Transaction, *, org_id: OrgId, page: PageRequest, open_only: bool = False
    ) -> Page[HoldAccount]:
        """Open holds first, then the others; newest first in each."""
        ...

    async def transactions_of_trace(
        self, tx: Transaction, *, org_id: OrgId | None, trace_id: TraceId
    ) -> Sequence[LedgerTransaction]:
        """The rows of one call, oldest first, at most PAGE_SIZE_MAX; `org_id` None is for administrators."""
        ...

    async def holds_of_trace(
        self, tx: Transaction, *, org_id: OrgId | None, trace_id: TraceId
    ) -> Sequence[HoldAccount]:
        """The holds of one call, oldest first, at most PAGE_SIZE_MAX; `org_id` None is for administrators."""
        ...

    async def traces_of(
        self, tx: Transaction, *, ref: str, hold_id: UUID | None, transaction_id: UUID | None, limit: int
    ) -> Sequence[TraceId]:
        """Traces of rows with that ref, of that hold, or of that id; whosever, for administrators."""
        ...

    async def due_holds(self, tx: Transaction, *, now: datetime, limit: int) -> Sequence[Expire]:
        """Up to `limit` holds of any organization that are over by time, longest due first, as commands."""
        ...

    async def count_holds(self, tx: Transaction, *, now: datetime) -> OpenHolds:
        """How many holds of all organizations are open."""
        ...

    async def trial_balance(self, tx: Transaction) -> Sequence[AccountBalance]:
        """Every account per currency, summed from the rows alone."""
        ...


class BudgetRepository(Protocol):
    """Keeps the budgets. Whoever changes one has the wallet's lock, so that no batch decides meanwhile."""

    async def lock_wallet_of_org(self, tx: Transaction, *, org_id: OrgId) -> Wallet:
        """The organization's wallet, which no batch touches until `tx` ends. Raises NotFound."""
        ...

    async def find_budget(
        self, tx: Transaction, *, wallet_id: WalletId, key: BudgetKey, window: BudgetWindow
    ) -> Budget | None: ...

    async def spent_since(self, tx: Transaction, *, wallet: Wallet, key: BudgetKey, since: datetime) -> tuple[int, int]:
        """What holds admitted since then have used and still reserve, in nano-units, summed from their rows alone."""
        ...

    async def put_budget(self, tx: Transaction, budget: Budget, *, line: BudgetLine | None) -> None:
        """Sets or changes a cap; `line`, where given, is its first counter. The wallet is capped from then on."""
        ...

    async def remove_budget(
        self, tx: Transaction, *, wallet_id: WalletId, key: BudgetKey, window: BudgetWindow
    ) -> bool:
        """Forgets a budget with all its counters; whether there was one. The last one leaves the wallet uncapped."""
        ...

    async def list_lines(self, tx: Transaction, *, org_id: OrgId, at: datetime, limit: int) -> Sequence[BudgetLine]:
        """Every budget in the period of `at`, by scope, id and window as text; at most `limit`."""
        ...

    async def list_all_lines(
        self, tx: Transaction, *, org_id: OrgId | None, at: datetime, limit: int
    ) -> Sequence[OrgBudgetLine]:
        """Of every organization, or of one, those with the least left first; at most `limit`."""
        ...


class StatementReader(Protocol):
    """Sums the rows of a wallet in a span of time, [since, until)."""

    async def freeze(self, tx: Transaction) -> None:
        """From here on `tx` sees one snapshot and can't write. Must be the first thing done in it."""
        ...

    async def movements(
        self, tx: Transaction, *, wallet_id: WalletId, since: datetime, until: datetime
    ) -> Sequence[Movement]:
        """One line a kind of row that there was, by kind."""
        ...

    async def entries(
        self, tx: Transaction, *, wallet_id: WalletId, since: datetime, until: datetime, limit: int
    ) -> Sequence[LedgerTransaction]:
        """Top-ups, refunds and adjusts, oldest first, at most `limit`."""
        ...

    async def spending(
        self, tx: Transaction, *, wallet_id: WalletId, since: datetime, until: datetime
    ) -> Sequence[Spending]:
        """Captures and refunds by the project and model of the call, by their names; what has none comes last."""
        ...

    async def root_of(self, tx: Transaction, *, wallet_id: WalletId, seq: int) -> bytes | None:
        """The root that the row carries, if any."""
        ...


class LedgerAuditReader(Protocol):
    """Reads all books of all organizations for the audit, in bounded pages of one snapshot, without locking anyone."""

    async def freeze(self, tx: Transaction) -> None:
        """From here on `tx` sees one snapshot and can't write. Must be the first thing done in it."""
        ...

    async def wallets_after(
        self, tx: Transaction, *, after: WalletId | None, limit: int, org_id: OrgId | None = None
    ) -> Sequence[Wallet]:
        """By ascending id; of one organization, where one is named."""
        ...

    async def rows_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId, after_seq: int, limit: int
    ) -> Sequence[LedgerTransaction]:
        """By ascending seq."""
        ...

    async def roots_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId, after_seq: int, to_seq: int
    ) -> Mapping[int, bytes]:
        """The roots that rows of that stretch carry, by seq; `to_seq` included."""
        ...

    async def sealed_row(
        self, tx: Transaction, *, wallet_id: WalletId, seq: int
    ) -> tuple[LedgerTransaction, bytes] | None:
        """The last row with a root at or before `seq`, and the root."""
        ...

    async def holds_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId, after: str | None, limit: int
    ) -> Sequence[HoldAccount]:
        """By ascending ref; those after the ref `after`."""
        ...

    async def rows_of_holds(self, tx: Transaction, *, hold_ids: Sequence[HoldId]) -> Sequence[LedgerTransaction]:
        """All rows about these holds, by ascending wallet and seq."""
        ...

    async def budgets_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId
    ) -> tuple[Sequence[Budget], Sequence[BudgetLine]]:
        """All its budgets, and all their counters."""
        ...

    async def orphans(self, tx: Transaction, *, limit: int) -> Sequence[str]:
        """Rows, holds and refs that point to nothing, each as a line for people; at most `limit`."""
        ...

    async def metered_captures(
        self, tx: Transaction, *, wallet_id: WalletId, after_seq: int, limit: int
    ) -> Sequence[MeteredCapture]:
        """The final captures of priced holds, each with its usage, by ascending seq.

        Only those of months whose usage is still kept: a month of it may be detached before the books are.
        """
        ...

    async def stray_usage(
        self, tx: Transaction, *, org_id: OrgId | None, since: datetime | None, limit: int
    ) -> Sequence[str]:
        """Usage that names no final capture of a priced hold, each as a line for people; at most `limit`.

        Of one organization, where one is named; `since` leaves out what was surely written before.
        """
        ...

    async def trial_balance(self, tx: Transaction) -> Sequence[AccountBalance]:
        """Every account per currency, summed from the rows alone."""
        ...
