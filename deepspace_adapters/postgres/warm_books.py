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
from datetime import datetime
from time import monotonic

from deepspace_adapters.postgres.ledger import Basis
from deepspace_adapters.postgres.ledger_batch import Waiting
from deepspace_adapters.postgres.warm_wallet import OF_HOLDS, View, WarmWallet
from deepspace_core.kernel.ids import WalletId
from deepspace_core.ledger.budget import BudgetLine, BudgetWindow, LineKey, starts_on
from deepspace_core.ledger.command import Asked, Command, Hold, Linked
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.state import BookState, Decision, caps_needed, short_wallets

WALLETS_MAX = 4_096
CONTENDED_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Split:
    """A batch, parted by what is remembered; `basis` is what the warm part may be decided on."""

    warm: Sequence[Waiting]
    basis: Basis
    cold: Sequence[Waiting]


@dataclass(frozen=True, slots=True)
class Recalled:
    """What of a batch need not be read: `holds` as they probably are. `unread` are the commands that need no more."""

    holds: Mapping[int, HoldAccount] = field(default_factory=dict)
    unread: frozenset[int] = frozenset()
    """The `id` of each."""


class WarmBooks:
    """The wallets remembered, those longest unused forgotten first."""

    def __init__(self) -> None:
        self._wallets: OrderedDict[WalletId, WarmWallet] = OrderedDict()
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

    def contended(self, asked: Sequence[Asked]) -> Set[WalletId]:
        """The wallets of `asked`, when others write to all of them, too; else none."""
        wallet_ids = {
            one.wallet_id for one in asked if not isinstance(one, Linked) and self._is_contended(one.wallet_id)
        }
        others = any(isinstance(one, Linked) or one.wallet_id not in wallet_ids for one in asked)
        return frozenset() if others else wallet_ids

    def recall(self, asked: Sequence[Asked]) -> Recalled:
        """What is remembered of contended wallets. The write fails where it is wrong."""
        holds: dict[int, HoldAccount] = {}
        unread: set[int] = set()
        unproven = self._unproven()
        for one in asked:
            if isinstance(one, Linked) or not self._is_contended(one.wallet_id):
                continue
            known = self._wallets.get(one.wallet_id)
            if known is not None and isinstance(one, OF_HOLDS):
                hold = known.hold_of(one, old=True)
                if hold is not None and hold.id.int not in unproven:
                    holds[hold.id.int] = hold
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
            known = self._wallets.setdefault(wallet_id, WarmWallet(wallet, basis.terms[wallet_id]))
            if known.terms != basis.terms[wallet_id] or known.wallet.root != before.wallets[wallet_id].root:
                known.age(unproven)
            known.wallet, known.terms, known.stale = wallet, basis.terms[wallet_id], False
            self._wallets.move_to_end(wallet_id)
        for wallet_id, key, at in caps_needed(before, asked, basis.now):
            self._wallets[wallet_id].days.add((key, starts_on(BudgetWindow.DAY, at)))
        self._put(after.holds.values(), after.lines.values())
        while len(self._wallets) > WALLETS_MAX:
            self._wallets.popitem(last=False)

    def _view_of(self, wallet_id: WalletId, commands: Sequence[Command], now: datetime) -> View | None:
        known = self._wallets.get(wallet_id)
        if known is None or known.stale or self._is_contended(wallet_id):
            return None
        return known.view_of(commands, now)

    def _is_contended(self, wallet_id: WalletId) -> bool:
        until = self._contended.get(wallet_id)
        return until is not None and until > monotonic()

    def _put(self, holds: Iterable[HoldAccount], lines: Iterable[BudgetLine]) -> None:
        touched: dict[WalletId, WarmWallet] = {}
        for line in lines:
            known = touched[line.wallet_id] = self._wallets[line.wallet_id]
            known.lines[line.line_key] = line
        found: WarmWallet | None = None
        for hold in holds:
            # Nearly always of the wallet that the hold before it is of.
            if found is None or found.wallet.id.int != hold.wallet_id.int:
                found = self._wallets.get(hold.wallet_id)
                if found is not None:
                    touched[found.wallet.id] = found
            if found is not None:
                found.put_hold(hold)
        for known in touched.values():
            known.prune()
            if known.overgrown:
                # The holds too: one that counts against a line that isn't known must not be known either.
                known.age(self._unproven())

    def _unproven(self) -> Set[int]:
        return {hold.id.int for decision in self._under_way.values() for hold in decision.holds}


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


def _short(views: Mapping[WalletId, View], asked_of: Mapping[WalletId, Sequence[Command]]) -> Sequence[WalletId]:
    """The wallets whose due holds may matter. Nearly always none, as what is asked for altogether already tells."""
    near = {wallet_id: view for wallet_id, view in views.items() if view.near_its_end()}
    if not near:
        return ()
    return short_wallets(_state(near), [command for wallet_id in near for command in asked_of[wallet_id]])


def _state(views: Mapping[WalletId, View]) -> BookState:
    holds: dict[int, HoldAccount] = {}
    lines: dict[LineKey, BudgetLine] = {}
    for view in views.values():
        holds |= view.holds
        lines |= view.lines
    return BookState(wallets={wallet_id: view.wallet for wallet_id, view in views.items()}, holds=holds, lines=lines)
