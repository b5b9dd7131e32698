"""What nobody should ask of a ledger, and somebody does: other people's holds and refs, altered repeats, nonsense."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from uuid import UUID

from deepspace_core.kernel.ids import WalletId
from deepspace_core.ledger import Capture, Extend, Hold, Refund, Release
from deepspace_core.ledger.command import CallersCommand
from tests.core.ledger.asking import Caller

PEACE = 6
"""In how many cases nothing is done, for each that something is chosen from TRICKS once."""


@dataclass(frozen=True, slots=True)
class Trick:
    """One caller in the middle of a call named `name`, and a command of somebody, perhaps of the caller's own."""

    chance: Random
    me: Caller
    name: str
    victim: CallersCommand


def mischief(chance: Random, me: Caller, name: str, sent: Sequence[CallersCommand]) -> list[CallersCommand]:
    """What comes after a call, if anything; `sent` is what anybody has sent before."""
    place = chance.randrange(len(TRICKS) + PEACE)
    if place >= len(TRICKS):
        return []
    victim = chance.choice([command for command in sent if command.ref] or [me.hold(f"{name}/hold", 1)])
    return TRICKS[place](Trick(chance, me, name, victim))


def _adjust(trick: Trick) -> list[CallersCommand]:
    return [trick.me.adjust(f"{trick.name}/fix", trick.chance.choice([-30, -5, 10, 25]))]


def _take_a_ref(trick: Trick) -> list[CallersCommand]:
    return [trick.me.top_up(trick.victim.ref, 7)]


def _take_a_ref_for_a_hold(trick: Trick) -> list[CallersCommand]:
    hold = trick.me.hold(trick.victim.ref, trick.chance.randrange(1, 40))
    # For whom a call is made doesn't tell two commands apart, so that here it must not differ.
    return [replace(hold, caps=trick.victim.caps) if isinstance(trick.victim, Hold) else hold]


def _capture_elsewhere(trick: Trick) -> list[CallersCommand]:
    return [trick.me.capture(f"{trick.name}/stolen", trick.victim.ref, 3)]


def _capture_again(trick: Trick) -> list[CallersCommand]:
    me, name = trick.me, trick.name
    return [me.capture(f"{name}/again", f"{name}/hold", 5), me.capture(f"{name}/cost", f"{name}/hold", 9)]


def _ask_for_nothing_known(trick: Trick) -> list[CallersCommand]:
    me, name = trick.me, trick.name
    return [me.release(f"{name}/lost", f"{name}/nowhere"), me.refund(f"{name}/none", f"{name}/nowhere", 1)]


def _hold_on(trick: Trick) -> list[CallersCommand]:
    return [trick.me.extend(f"{trick.name}/longer", f"{trick.name}/hold", seconds=60)]


def _use_no_wallet(trick: Trick) -> list[CallersCommand]:
    nowhere = WalletId(UUID(int=trick.chance.getrandbits(128), version=4))
    return [Caller(org_id=trick.me.org_id, wallet_id=nowhere).hold(f"{trick.name}/astray", 1)]


def _pay_in_foreign_money(trick: Trick) -> list[CallersCommand]:
    return [replace(trick.me, currency="XXX").top_up(f"{trick.name}/foreign", 1)]


def _repeat_altered(trick: Trick) -> list[CallersCommand]:
    """The same ref, and a field that is not the same."""
    match trick.victim:
        case Capture() as victim:
            return [replace(victim, final=not victim.final, amount_nanos=victim.amount_nanos + 1)]
        case Hold() | Extend() as victim:
            return [replace(victim, lifetime_seconds=(victim.lifetime_seconds or 1) + 1)]
        case Refund() as victim:
            return [replace(victim, capture_ref=victim.ref)]
        case Release() as victim:
            return [replace(victim, hold_ref=victim.ref)]
    other = "USD" if trick.victim.currency is None else trick.chance.choice([None, "EUR"])
    return [replace(trick.victim, currency=other)]


def _talk_nonsense(trick: Trick) -> list[CallersCommand]:
    me, name = trick.me, trick.name
    nonsense: list[CallersCommand] = [
        me.top_up("", 1),
        me.top_up(f"{name}/zero", 0),
        me.hold(f"{name}/never", 1, seconds=0),
        me.capture(f"{name}/which", None, 1),
        me.capture(f"{name}/nothing", f"{name}/hold", 0, final=False),
    ]
    return [trick.chance.choice(nonsense)]


TRICKS: Sequence[Callable[[Trick], list[CallersCommand]]] = (
    _adjust,
    _take_a_ref,
    _take_a_ref_for_a_hold,
    _capture_elsewhere,
    _capture_again,
    _ask_for_nothing_known,
    _hold_on,
    _use_no_wallet,
    _pay_in_foreign_money,
    _repeat_altered,
    _talk_nonsense,
)
