"""What this process remembers of wallets: how they stood when it last wrote to them, or read them under their lock.

A batch over what is remembered is decided without asking the database, and written if every wallet in it still is as it
was: one round trip, and no lock is held while anything is decided. What makes that safe:

- A wallet's root seals all of its rows, and its `terms` count what changes without a row (migration 0012). The write
  checks both, so it fails when anybody else has touched the wallet, and is then decided anew under locks.
- Holds, budgets and their counters change only with a row of their wallet, or with its terms. A hold's `version` is
  checked too, for the sake of those recalled.
- Refs are not remembered. One that has been used fails the write by the key of `ledger_refs`.
- What is remembered is written down before the commit is heard of, so that the next batch can be decided meanwhile.
  When a commit fails it is forgotten, and what was decided on it fails by the root. Until it stands, what it made of a
  hold is unproven: good for what is decided on its root, and never recalled. For a hold has no root of its own: two
  gateways may each have made another version 2 of it.

What can't be decided so is cold: commands other than hold, extend, capture and release, holds that aren't remembered,
wallets that might run short (their due holds may matter), and linked groups. All of a wallet's commands go the same
way, so that they stay in order.

A wallet that somebody else wrote to meanwhile is contended, and cold for a while: where several gateways share a wallet
all the time, remembering how it stands would only fail. But this process's own holds are nobody else's business, most
of the time: they are recalled instead of read, and so the lock is held for half as long.

Must not know: connections.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from time import monotonic

from deepspace_adapters.postgres.ledger import Basis
from deepspace_adapters.postgres.ledger_batch import Waiting
from deepspace_core.kernel.ids import HoldId, OrgId, WalletId
from deepspace_core.ledger.budget import BudgetKey, BudgetLine, BudgetWindow, Caps, LineKey, line_keys, starts_on
from deepspace_core.ledger.command import Asked, Capture, Command, Extend, Hold, HoldCommand, Linked, Release
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.state import BookState, Decision, caps_needed, short_wallets
from deepspace_core.ledger.wallet import Wallet

WALLETS_MAX = 4_096
HOLDS_OF_A_WALLET_MAX = 16_384
LINES_OF_A_WALLET_MAX = 8_192
CONTENDED_SECONDS = 2.0

_OF_HOLDS = (Capture, Release, Extend)


@dataclass(slots=True)
class _WarmWallet:
    """A wallet, its open holds and its budgets, as far as they were seen."""

    wallet: Wallet
    terms: int
    stale: bool = False
    """Whether somebody else is known to have written to it."""
    holds: dict[HoldId, HoldAccount] = field(default_factory=dict)
    """As they are if the wallet is."""
    old_holds: dict[HoldId, HoldAccount] = field(default_factory=dict)
    """As they stood before somebody else wrote to the wallet."""
    hold_ids: dict[tuple[OrgId, str], HoldId] = field(default_factory=dict)
    lines: dict[LineKey, BudgetLine] = field(default_factory=dict)
    days: set[tuple[BudgetKey, date]] = field(default_factory=set)
    """Of whom and which day it is known whether there are budgets."""

    def hold_of(self, command: HoldCommand, *, old: bool = False) -> HoldAccount | None:
        """The hold that `command` names; with `old` also as it may no longer be."""
        hold_id = command.hold_id
        if command.hold_ref is not None:
            named = self.hold_ids.get((command.org_id, command.hold_ref))
            if hold_id is not None and named != hold_id:
                return None
            hold_id = named
        if hold_id is None:
            return None
        return self.holds.get(hold_id) or (self.old_holds.get(hold_id) if old else None)

    def put_hold(self, hold: HoldAccount) -> None:
        if self.old_holds:
            self.old_holds.pop(hold.id, None)
        if hold.state.open:
            self.holds[hold.id] = hold
            self.hold_ids[hold.org_id, hold.ref] = hold.id
        else:
            self.holds.pop(hold.id, None)
            self.hold_ids.pop((hold.org_id, hold.ref), None)

    def age(self, unproven: Set[HoldId]) -> None:
        """Somebody else has been here. Holds that are `unproven` may never have been as they are here."""
        self.stale = True
        self.old_holds |= {hold_id: hold for hold_id, hold in self.holds.items() if hold_id not in unproven}
        self.holds.clear()
        self.lines.clear()
        self.days.clear()

    def view_of(self, commands: Sequence[Command], now: datetime) -> "_View | None":
        """What `commands` need to see, or None when not all of it is known."""
        view = _View(self.wallet, self.terms)
        for command in commands:
            if isinstance(command, Hold):
                if not self._sees_caps(view, command.caps, max(now, self.wallet.updated_at)):
                    return None
                view.outflow_nanos += command.amount_nanos
            elif isinstance(command, _OF_HOLDS):
                hold = self.hold_of(command)
                if hold is None:
                    return None
                view.holds[hold.id] = hold
                self._add_lines(view, hold.caps, hold.created_at)
                view.outflow_nanos += 0 if isinstance(command, Release) else command.amount_nanos
            else:
                return None
        return view

    def _sees_caps(self, view: "_View", caps: Caps, at: datetime) -> bool:
        """Whether it is known which budgets a new hold counts against; adds them."""
        if not self.wallet.capped or id(caps) in view.admitted:
            return True
        day = starts_on(BudgetWindow.DAY, at)
        if not all((key, day) in self.days for key in caps):
            return False
        view.admitted[id(caps)] = caps
        self._add_lines(view, caps, at)
        return True

    def _add_lines(self, view: "_View", caps: Caps, at: datetime) -> None:
        """Once for all holds of a caller's and a moment: hashing the keys costs more than everything else here."""
        place = id(caps), at
        if self.lines and place not in view.seen:
            view.seen[place] = caps
            view.lines.update(
                (key, self.lines[key]) for key in line_keys(self.wallet.id, caps, at) if key in self.lines
            )

    @property
    def overgrown(self) -> bool:
        """Whether there are more budgets than it may remember."""
        return max(len(self.lines), len(self.days)) > LINES_OF_A_WALLET_MAX

    def prune(self) -> None:
        """Forgets the oldest holds beyond the bound."""
        for holds in (self.old_holds, self.holds):
            for hold in list(islice(holds.values(), max(0, len(holds) - HOLDS_OF_A_WALLET_MAX))):
                del holds[hold.id]
                self.hold_ids.pop((hold.org_id, hold.ref), None)


@dataclass(slots=True)
class _View:
    """What of a remembered wallet some commands need to see."""

    wallet: Wallet
    terms: int
    holds: dict[HoldId, HoldAccount] = field(default_factory=dict)
    lines: dict[LineKey, BudgetLine] = field(default_factory=dict)
    admitted: dict[int, Caps] = field(default_factory=dict)
    """The caps of new holds, by their `id`; with the tuple, so that no other can come to have it."""
    seen: dict[tuple[int, datetime], Caps] = field(default_factory=dict)
    """The caps and moments of which `lines` has all there are, by `id` as well."""
    outflow_nanos: int = 0
    """What the commands ask for, even if their holds cover it."""

    def near_its_end(self) -> bool:
        """Whether the commands might drain the wallet or one of the budgets."""
        left = min([self.wallet.spendable_nanos, *[line.left_nanos for line in self.lines.values()]])
        return self.outflow_nanos > left


@dataclass(frozen=True, slots=True)
class Split:
    """A batch, parted by what is remembered; `basis` is what the warm part may be decided on."""

    warm: Sequence[Waiting]
    basis: Basis
    cold: Sequence[Waiting]


@dataclass(frozen=True, slots=True)
class Recalled:
    """What of a batch need not be read: `holds` as they probably are. `unread` are the commands that need no more."""

    holds: Mapping[HoldId, HoldAccount] = field(default_factory=dict)
    unread: frozenset[int] = frozenset()
    """The `id` of each."""


class WarmBooks:
    """The wallets remembered, those longest unused forgotten first."""

    def __init__(self) -> None:
        self._wallets: OrderedDict[WalletId, _WarmWallet] = OrderedDict()
        self._contended: OrderedDict[WalletId, float] = OrderedDict()
        self._under_way: dict[int, Decision] = {}
        """Kept, and not known to stand; by the `id` of each."""

    def split(self, batch: Sequence[Waiting], now: datetime) -> Split:
        """Parts a batch, each part in its order; all commands about a wallet are in the same."""
        asked_of, linked = _by_wallet(batch)
        views = {
            wallet_id: view
            for wallet_id, commands in asked_of.items()
            if wallet_id not in linked and (view := self._view_of(wallet_id, commands, now)) is not None
        }
        for wallet_id in _short(views, asked_of):
            del views[wallet_id]
        basis = Basis(_state(views), {wallet_id: view.terms for wallet_id, view in views.items()}, now)
        if len(views) == len(asked_of) and not linked:
            return Split(batch, basis, ())
        warm: list[Waiting] = []
        cold: list[Waiting] = []
        for waiting in batch:
            is_warm = not isinstance(waiting.asked, Linked) and waiting.asked.wallet_id in views
            (warm if is_warm else cold).append(waiting)
        return Split(warm, basis, cold)

    def recall(self, asked: Sequence[Asked]) -> Recalled:
        """What is remembered of contended wallets. The write fails where it is wrong."""
        holds: dict[HoldId, HoldAccount] = {}
        unread: set[int] = set()
        unproven = self._unproven()
        for one in asked:
            if isinstance(one, Linked) or not self._is_contended(one.wallet_id):
                continue
            known = self._wallets.get(one.wallet_id)
            if known is not None and isinstance(one, _OF_HOLDS):
                hold = known.hold_of(one, old=True)
                if hold is not None and hold.id not in unproven:
                    holds[hold.id] = hold
                    unread.add(id(one))
            elif isinstance(one, Hold):
                unread.add(id(one))
        return Recalled(holds, frozenset(unread))

    def keep(self, decision: Decision) -> None:
        """Takes in what was decided from memory, as if it were committed; `prove` or `forget` tells which it was."""
        self._under_way[id(decision)] = decision
        for wallet in decision.wallets:
            self._wallets[wallet.id].wallet = wallet
        self._put(decision.holds, decision.lines)

    def prove(self, decision: Decision) -> None:
        """What was kept stands."""
        self._under_way.pop(id(decision), None)

    def forget(self, decision: Decision, *, contended: bool) -> None:
        """What was kept doesn't stand, or nobody knows. So it isn't known any more how its wallets stand; nor is that
        tried for a while, when others write to them too."""
        unproven = self._unproven()
        self._under_way.pop(id(decision), None)
        for wallet_id in decision.state.wallets:
            if wallet_id in self._wallets:
                self._wallets[wallet_id].age(unproven)
            if contended:
                self._contended[wallet_id] = monotonic() + CONTENDED_SECONDS
                self._contended.move_to_end(wallet_id)
        while len(self._contended) > WALLETS_MAX:
            self._contended.popitem(last=False)

    def learn(self, basis: Basis, after: BookState, asked: Sequence[Asked]) -> None:
        """Takes in what was read under locks, and what a commit has left of it."""
        before, unproven = basis.state, self._unproven()
        for wallet_id, wallet in after.wallets.items():
            known = self._wallets.setdefault(wallet_id, _WarmWallet(wallet, basis.terms[wallet_id]))
            if known.terms != basis.terms[wallet_id] or known.wallet.root != before.wallets[wallet_id].root:
                known.age(unproven)
            known.wallet, known.terms, known.stale = wallet, basis.terms[wallet_id], False
            self._wallets.move_to_end(wallet_id)
        for wallet_id, key, at in caps_needed(before, asked, basis.now):
            self._wallets[wallet_id].days.add((key, starts_on(BudgetWindow.DAY, at)))
        self._put(after.holds.values(), after.lines.values())
        while len(self._wallets) > WALLETS_MAX:
            self._wallets.popitem(last=False)

    def _view_of(self, wallet_id: WalletId, commands: Sequence[Command], now: datetime) -> _View | None:
        known = self._wallets.get(wallet_id)
        if known is None or known.stale or self._is_contended(wallet_id):
            return None
        return known.view_of(commands, now)

    def _is_contended(self, wallet_id: WalletId) -> bool:
        until = self._contended.get(wallet_id)
        return until is not None and until > monotonic()

    def _put(self, holds: Iterable[HoldAccount], lines: Iterable[BudgetLine]) -> None:
        touched: dict[WalletId, _WarmWallet] = {}
        for line in lines:
            known = touched[line.wallet_id] = self._wallets[line.wallet_id]
            known.lines[line.line_key] = line
        found: _WarmWallet | None = None
        for hold in holds:
            # Nearly always of the wallet that the hold before it is of.
            if found is None or found.wallet.id is not hold.wallet_id:
                found = self._wallets.get(hold.wallet_id)
            if found is not None:
                touched[found.wallet.id] = found
                found.put_hold(hold)
        for known in touched.values():
            known.prune()
            if known.overgrown:
                # The holds too: one that counts against a line that isn't known must not be known either.
                known.age(self._unproven())

    def _unproven(self) -> Set[HoldId]:
        return {hold.id for decision in self._under_way.values() for hold in decision.holds}


def _by_wallet(batch: Sequence[Waiting]) -> tuple[dict[WalletId, list[Command]], set[WalletId]]:
    """The commands of each wallet, in order, and the wallets that a linked group is about."""
    asked_of: dict[WalletId, list[Command]] = {}
    linked: set[WalletId] = set()
    last: WalletId | None = None
    commands: list[Command] = []
    for waiting in batch:
        asked = waiting.asked
        if isinstance(asked, Linked):
            linked.update(command.wallet_id for command in asked.commands)
            continue
        if asked.wallet_id is not last:
            last = asked.wallet_id
            commands = asked_of.setdefault(last, [])
        commands.append(asked)
    return asked_of, linked


def _short(views: Mapping[WalletId, _View], asked_of: Mapping[WalletId, Sequence[Command]]) -> Sequence[WalletId]:
    """The wallets whose due holds may matter. Nearly always none, as what is asked for altogether already tells."""
    near = {wallet_id: view for wallet_id, view in views.items() if view.near_its_end()}
    if not near:
        return ()
    return short_wallets(_state(near), [command for wallet_id in near for command in asked_of[wallet_id]])


def _state(views: Mapping[WalletId, _View]) -> BookState:
    holds: dict[HoldId, HoldAccount] = {}
    lines: dict[LineKey, BudgetLine] = {}
    for view in views.values():
        holds |= view.holds
        lines |= view.lines
    return BookState(wallets={wallet_id: view.wallet for wallet_id, view in views.items()}, holds=holds, lines=lines)
