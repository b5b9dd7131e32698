"""What one can ask of the ledger.

Every command carries a `ref`: the caller's name for it, unique per organization for ever, so that asking twice is the
same as asking once. `description`, `actor`, `trace_id`, `reason` and the price snapshot are told, not decided upon: a
retry may differ in them and is a retry all the same (the first telling stands). Callers give lifetimes, never
timestamps.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from deepspace_core.kernel.ids import HoldId, OrgId, PriceId, TraceId, WalletId
from deepspace_core.kernel.money import NANOS_PER_UNIT
from deepspace_core.ledger.budget import BudgetKey
from deepspace_core.ledger.outcome import OutcomeCode
from deepspace_core.ledger.transaction import TransactionType

REF_CHARACTERS_MAX = 128
OWN_REF_PREFIX = "ledger:"
"""Refs that the ledger itself writes begin so; a caller's may not."""

AMOUNT_NANOS_MAX = 1_000_000_000 * NANOS_PER_UNIT
"""A billion units in one command: far above any call, and nine such sums still fit a BIGINT."""

LIFETIME_SECONDS_MIN = 1
LIFETIME_SECONDS_MAX = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerCommand:
    """What every command carries. `currency`, when given, must be the wallet's."""

    type: ClassVar[TransactionType]

    org_id: OrgId
    wallet_id: WalletId
    ref: str
    trace_id: TraceId
    actor: str
    description: str = ""
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp(CallerCommand):
    """Money paid in."""

    type: ClassVar[TransactionType] = TransactionType.TOP_UP

    amount_nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(CallerCommand):
    """Sets money aside, for at most `lifetime_seconds`. Its ref names the hold from then on.

    Zero is allowed: a free model's call goes the same way as any other. `caps` says whose call it is, at most one id a
    scope; where a budget is set for one of these, the hold counts against it. A retry may differ in them, as it may in
    who asks.
    """

    type: ClassVar[TransactionType] = TransactionType.HOLD

    amount_nanos: int
    lifetime_seconds: int
    price_id: PriceId | None = None
    rates: Mapping[str, object] | None = None
    caps: tuple[BudgetKey, ...] = ()

    def __post_init__(self) -> None:
        if len(self.caps) > 1 and len({key.scope for key in self.caps}) < len(self.caps):
            raise ValueError("a hold has at most one cap a scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCommand(CallerCommand):
    """A command about a hold, named by its ref or by its id; when both are given, both must name the same hold."""

    hold_ref: str | None = None
    hold_id: HoldId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(HoldCommand):
    """Sets more aside, or for longer: `lifetime_seconds` counts from now and never shortens a hold."""

    type: ClassVar[TransactionType] = TransactionType.EXTEND

    amount_nanos: int = 0
    lifetime_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture(HoldCommand):
    """Takes what a call really cost. `final` frees the rest in the same operation and ends the hold.

    Never refused for want of money: the provider has been paid.
    """

    type: ClassVar[TransactionType] = TransactionType.CAPTURE

    amount_nanos: int
    final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(HoldCommand):
    """Frees what remains on a hold and ends it."""

    type: ClassVar[TransactionType] = TransactionType.RELEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(CallerCommand):
    """Gives back some of a capture, named by the capture's ref; all refunds together never exceed it."""

    type: ClassVar[TransactionType] = TransactionType.REFUND

    capture_ref: str
    amount_nanos: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(CallerCommand):
    """A correction by an operator, up or down. Down never takes more than is spendable."""

    type: ClassVar[TransactionType] = TransactionType.ADJUST

    amount_nanos: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """The sweeper's: writes down that a hold is over. Nobody's ref; the hold's own state makes it happen once."""

    type: ClassVar[TransactionType] = TransactionType.EXPIRE

    org_id: OrgId
    wallet_id: WalletId
    hold_id: HoldId

    @property
    def ref(self) -> str:
        """The ref of the row that it writes."""
        return expiry_ref(self.hold_id)


CallersCommand: TypeAlias = TopUp | Hold | Extend | Capture | Release | Refund | Adjust
Command: TypeAlias = CallersCommand | Expire


@dataclass(frozen=True, slots=True)
class Linked:
    """Commands of which either all are accepted or none is."""

    commands: tuple[CallersCommand, ...]


Asked: TypeAlias = Command | Linked
"""What is decided as one: a command, or a group of them."""


def flat(asked: Iterable[Asked]) -> list[Command]:
    """The commands of everything asked, in order; outcomes come in the same."""
    return [command for one in asked for command in (one.commands if isinstance(one, Linked) else (one,))]


def expiry_ref(hold_id: HoldId) -> str:
    """The ref of the row that expires a hold."""
    return f"{OWN_REF_PREFIX}expire:{hold_id.hex}"


def fault_of(command: Command) -> OutcomeCode | None:
    """The first reason (class 1) why `command` can't be understood, or None."""
    if isinstance(command, Expire):
        return None
    if not _ref_ok(command.ref):
        return OutcomeCode.INVALID_REF
    if not _amount_ok(command):
        return OutcomeCode.INVALID_AMOUNT
    if not _lifetime_ok(command):
        return OutcomeCode.INVALID_LIFETIME
    if isinstance(command, HoldCommand) and command.hold_ref is None and command.hold_id is None:
        return OutcomeCode.HOLD_REF_REQUIRED
    return None


_WITH_LIFETIME = (Hold, Extend)


def _ref_ok(ref: str) -> bool:
    return 0 < len(ref) <= REF_CHARACTERS_MAX and ref.isprintable() and not ref.startswith(OWN_REF_PREFIX)


def _amount_ok(command: Command) -> bool:
    match command:
        case Hold(amount_nanos=amount):
            return 0 <= amount <= AMOUNT_NANOS_MAX
        case Capture(amount_nanos=amount, final=final):
            return (0 if final else 1) <= amount <= AMOUNT_NANOS_MAX
        case Extend(amount_nanos=amount, lifetime_seconds=lifetime):
            return (1 if lifetime is None else 0) <= amount <= AMOUNT_NANOS_MAX
        case TopUp(amount_nanos=amount) | Refund(amount_nanos=amount):
            return 0 < amount <= AMOUNT_NANOS_MAX
        case Adjust(amount_nanos=amount):
            return 0 < abs(amount) <= AMOUNT_NANOS_MAX
        case Release() | Expire():
            return True


def _lifetime_ok(command: Command) -> bool:
    if isinstance(command, _WITH_LIFETIME) and command.lifetime_seconds is not None:
        return LIFETIME_SECONDS_MIN <= command.lifetime_seconds <= LIFETIME_SECONDS_MAX
    return True
