"""What happened in a run: who asked what of which gateway and what came back, and what the clocks said meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from deepspace_core.kernel.ids import WalletId
from deepspace_core.ledger import Command, Outcome, OutcomeCode
from deepspace_core.ledger.budget import BudgetKey, BudgetWindow


@dataclass(slots=True, eq=False)
class Asked:
    """One delivery of one command. `began` and `ended` count what the clocks had told by then, see `History.told`.

    An answer isn't `kept` that says no more than that another of the group couldn't be understood.
    """

    actor: str
    gateway: int
    command: Command
    began: int
    alone: bool
    kept: bool = True
    ended: int | None = None
    answer: Outcome | None = None
    fault: str = "no answer"

    def __str__(self) -> str:
        told = f"{self.answer.answered_as}" if self.answer else self.fault
        return f"{self.actor:>10} → gateway {self.gateway}: {told_of(self.command)} → {told}"


@dataclass(frozen=True, slots=True)
class CapChange:
    """A budget that was set at a version of the wallet, or removed (None); `at` is in the first period it counts."""

    wallet_id: WalletId
    version: int
    key: BudgetKey
    window: BudgetWindow
    cap: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TermsChange:
    """A wallet's terms, as they are from a version on."""

    wallet_id: WalletId
    version: int
    credit_limit: int
    closed: bool


@dataclass(slots=True)
class History:
    """All that can be known from outside the ledger. `decided` tells by a row's id what time it was for the book."""

    asked: list[Asked] = field(default_factory=list)
    told: list[datetime] = field(default_factory=list)
    decided: dict[UUID, datetime] = field(default_factory=dict)
    acknowledged: dict[WalletId, int] = field(default_factory=dict)
    changes: list[CapChange | TermsChange] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def ask(self, actor: str, gateway: int, commands: Sequence[Command]) -> Sequence[Asked]:
        """Notes a delivery that begins."""
        asked = [Asked(actor, gateway, command, len(self.told), len(commands) == 1) for command in commands]
        self.asked += asked
        return asked

    def answer(self, asked: Sequence[Asked], outcomes: Sequence[Outcome]) -> None:
        """Notes answers that somebody got."""
        kept = _kept(outcomes)
        for one, outcome in zip(asked, outcomes, strict=True):
            one.kept = kept or outcome.replayed or outcome.code is not OutcomeCode.LINKED_FAILED
            one.answer, one.ended = outcome, len(self.told)
            if outcome.wallet is not None:
                known = self.acknowledged.get(outcome.wallet.wallet_id, 0)
                self.acknowledged[outcome.wallet.wallet_id] = max(known, outcome.wallet.version)
            self.lines.append(str(one))

    def fail(self, asked: Sequence[Asked], fault: str) -> None:
        """Notes that nobody got an answer, and why."""
        for one in asked:
            one.fault = fault
            self.lines.append(str(one))

    def times_of(self, asked: Asked) -> Iterator[datetime]:
        """What any clock said between sending and answer: one of these was the time of the decision."""
        yield from dict.fromkeys(self.told[asked.began : asked.ended])


def _kept(outcomes: Sequence[Outcome]) -> bool:
    """Whether a group failed, if it did, for a reason that is remembered."""
    code = next((one.code for one in outcomes if not one.accepted and one.code is not OutcomeCode.LINKED_FAILED), None)
    return code is None or not (code.malformed or code.conflicting)


def told_of(command: Command) -> str:
    """A command in few words."""
    shown = {
        "wallet": f"{command.wallet_id.hex[:4]}",
        "of": getattr(command, "hold_ref", None) or getattr(command, "capture_ref", None),
        "amount": getattr(command, "amount_nanos", None),
        "seconds": getattr(command, "lifetime_seconds", None),
        "final": getattr(command, "final", None),
    }
    return f"{command.type} {command.ref!r} " + " ".join(
        f"{key}={value}" for key, value in shown.items() if value is not None
    )
