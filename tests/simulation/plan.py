"""What one run will do: wallets, budgets, what each actor does in turn, and what goes wrong with it. `planning` makes
it from a seed alone.

Nothing here depends on any answer, so that the same seed asks the same on every adapter and under every interleaving.
A plan is a flat list of steps, so that a failing one can be cut down by leaving steps out.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.ledger.budget import BudgetKey, BudgetWindow
from deepspace_core.ledger.command import CallersCommand

GATEWAYS = 3


class Trouble(StrEnum):
    """What may become of one request on its way."""

    NONE = "none"
    LOST_REQUEST = "lost request"
    LOST_REPLY = "lost reply"
    FAILS_INSIDE = "fails inside"
    CANCELLED = "cancelled"
    DUPLICATED = "duplicated"


class DatabaseTrouble(StrEnum):
    """What may become of one transaction of a gateway. Only a database has these."""

    NONE = "none"
    DEADLOCK_AT_LOCK = "40P01 at the lock"
    SERIALIZATION_AT_LOCK = "40001 at the lock"
    DEADLOCK_AT_COMMIT = "40P01 at the commit"
    SERIALIZATION_AT_COMMIT = "40001 at the commit"
    KILLED_AT_COMMIT = "killed before the commit"
    REPLY_LOST = "committed, reply lost"


class Memory(StrEnum):
    """How gateways over a database use what they remember of wallets."""

    USUAL = "within the ledger's own bounds"
    EAGER = "little of it, at once again, in small batches that overlap"
    WARY = "little of it, and no longer how a wallet stands once somebody else was there"


@dataclass(frozen=True, slots=True)
class Send:
    """One command, or several in one request, through a gateway; `linked` ones are done all or not at all.

    `troubles` are those of the first attempts; later ones go well, unless the client `gives_up`: it died. Somebody who
    doesn't wait (`detached`) lets later commands overtake.
    """

    commands: tuple[CallersCommand, ...]
    gateway: int
    troubles: tuple[Trouble, ...] = ()
    linked: bool = False
    gives_up: bool = False
    detached: bool = False
    pause_milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class StepClock:
    """The clock of one gateway, or of all, jumps by so much."""

    gateway: int | None
    seconds: int


@dataclass(frozen=True, slots=True)
class Sweep:
    """The sweeper makes a round at a gateway."""

    gateway: int
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Restart:
    """A gateway dies in the middle of what it does; a new one takes its place."""

    gateway: int


@dataclass(frozen=True, slots=True)
class Audit:
    """The books are audited while everybody writes, and show everything that has been acknowledged."""


@dataclass(frozen=True, slots=True)
class KillConnections:
    """The database ends all connections of a gateway."""

    gateway: int


@dataclass(frozen=True, slots=True)
class LockBackwards:
    """A stranger locks the wallets in the order opposite to the ledger's: a real deadlock."""


@dataclass(frozen=True, slots=True)
class ChangeBudget:
    """An owner sets a cap, changes it, or removes it (None), while everybody spends."""

    org_id: OrgId
    wallet_id: WalletId
    key: BudgetKey
    window: BudgetWindow
    cap: int | None


@dataclass(frozen=True, slots=True)
class ChangeTerms:
    """Somebody changes a wallet's credit limit, closes it or opens it again, without a row that would tell of it."""

    wallet_id: WalletId
    credit_limit: int
    closed: bool


Deed: TypeAlias = ChangeBudget | ChangeTerms | StepClock | Sweep | Restart | Audit | KillConnections | LockBackwards
Action: TypeAlias = Send | Deed


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that one actor does; each actor's steps happen in order, different actors' in any."""

    actor: str
    action: Action


@dataclass(frozen=True, slots=True)
class PlannedWallet:
    """A wallet to open before anything else."""

    org_id: OrgId
    wallet_id: WalletId
    currency: str
    credit_limit: int


@dataclass(frozen=True, slots=True)
class PlannedBudget:
    """A cap to set before anything else."""

    org_id: OrgId
    wallet_id: WalletId
    key: BudgetKey
    window: BudgetWindow
    cap: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one run does."""

    seed: int
    wallets: tuple[PlannedWallet, ...]
    budgets: tuple[PlannedBudget, ...]
    steps: tuple[Step, ...]
    database_troubles: tuple[tuple[DatabaseTrouble, ...], ...]
    memory: Memory = Memory.USUAL

    @property
    def sends(self) -> list[Send]:
        """All requests of all clients."""
        return [step.action for step in self.steps if isinstance(step.action, Send)]

    @property
    def groups(self) -> list[tuple[CallersCommand, ...]]:
        """The linked ones."""
        return [send.commands for send in self.sends if send.linked]

    @property
    def asked(self) -> list[CallersCommand]:
        """The commands that clients mean to send, however often they then have to."""
        return [command for send in self.sends for command in send.commands]
