"""Those who act in a run: clients who insist, a sweeper, an auditor, and the weather. Then the reckoning.

`run` carries a plan out. When all is quiet and healed it asks every ref once more, for nobody may be left without an
answer; lets all holds run out, sweeps, and reads the books.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger import AuditLedger, HoldAccount, LedgerTransaction, SweepExpiredHolds, Wallet
from deepspace_core.ledger.budget import BudgetLine, BudgetScope
from tests.core.ledger.asking import Caller
from tests.fakes import NOON
from tests.simulation.plan import (
    GATEWAYS,
    Audit,
    ChangeBudget,
    ChangeTerms,
    Deed,
    KillConnections,
    LockBackwards,
    Restart,
    Send,
    Step,
    StepClock,
    Sweep,
    Trouble,
)
from tests.simulation.wire import Lost, Wire, WiredLedger
from tests.simulation.world import World

ATTEMPTS_MAX = 30
SWEEPS_MAX = 10
PAUSE_SECONDS = 0.001
LONG_AFTER = timedelta(days=2)
"""Longer than any hold lives, whatever the clocks did."""

REHEARSED_NANOS = (3, 10_000)
"""One that there may be money for, one that there is none for."""

ROWS_MAX = 100_000


@dataclass(slots=True)
class Books:
    """All that the store holds in the end."""

    wallets: dict[WalletId, Wallet] = field(default_factory=dict)
    rows: dict[WalletId, Sequence[LedgerTransaction]] = field(default_factory=dict)
    holds: dict[WalletId, Sequence[HoldAccount]] = field(default_factory=dict)
    lines: dict[WalletId, Sequence[BudgetLine]] = field(default_factory=dict)
    notes: Sequence[str] = ()


async def run(world: World) -> Books:
    """Carries out the world's plan; what happened is in its history, problems seen on the way included."""
    await world.open()
    wire = Wire(world)
    steps: dict[str, list[Step]] = {}
    for step in world.plan.steps:
        steps.setdefault(step.actor, []).append(step)
    await asyncio.gather(*[_act(wire, mine) for mine in steps.values()])
    world.heal()
    await _resolve(wire)
    await _rehearse(wire)
    world.time.base += LONG_AFTER
    await _sweep_all(wire)
    await _audit(world)
    return await _read(world)


async def _act(wire: Wire, steps: Sequence[Step]) -> None:
    detached = []
    for step in steps:
        if not isinstance(step.action, Send):
            await _do(wire, step.actor, step.action)
        elif step.action.detached:
            detached.append(asyncio.ensure_future(_insist(wire, step.actor, step.action)))
        else:
            await _insist(wire, step.actor, step.action)
    await asyncio.gather(*detached)


async def _do(wire: Wire, actor: str, action: Deed) -> None:
    world = wire.world
    match action:
        case StepClock(gateway=gateway, seconds=seconds):
            world.time.step(gateway, seconds)
        case Sweep(gateway=gateway, trouble=trouble):
            await _sweep(wire, actor, gateway, trouble)
        case Restart(gateway=gateway):
            await world.restart(gateway)
            wire.cut_off(gateway)
        case Audit():
            await _audit(world)
        case ChangeBudget() | ChangeTerms():
            await world.change(action)
        case KillConnections() | LockBackwards():
            await world.disturb(action)
    if not isinstance(action, Sweep):
        world.history.lines.append(f"{actor:>10}   {action}")
    await asyncio.sleep(PAUSE_SECONDS * 2)


async def _insist(wire: Wire, actor: str, send: Send) -> None:
    """Sends until there is an answer, each time at the next gateway; or until the client's own end."""
    await asyncio.sleep(send.pause_milliseconds * PAUSE_SECONDS)
    for attempt in range(ATTEMPTS_MAX):
        planned = attempt < len(send.troubles)
        if send.gives_up and not planned:
            return
        trouble = send.troubles[attempt] if planned else Trouble.NONE
        try:
            await wire.deliver(actor, (send.gateway + attempt) % GATEWAYS, send.commands, trouble, linked=send.linked)
        except Lost:
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        return
    wire.world.history.problems.append(f"{actor} got no answer in {ATTEMPTS_MAX} attempts to {send.commands}")


async def _sweep(wire: Wire, actor: str, gateway: int, trouble: Trouble) -> int:
    """One round; 0 when it came to nothing, for the next one will do it."""
    world = wire.world
    ledger = WiredLedger(wire, actor, gateway, trouble)
    try:
        return await SweepExpiredHolds(ledger, world.reader, world.unit_of_work, world.clock(gateway))()
    except (Lost, Unavailable):
        return 0


async def _sweep_all(wire: Wire) -> None:
    for _ in range(SWEEPS_MAX):
        if not sum([await _sweep(wire, "reckoning", gateway, Trouble.NONE) for gateway in range(GATEWAYS)]):
            return
    wire.world.history.problems.append("the sweeper came to no end")


async def _resolve(wire: Wire) -> None:
    """Asks every command once more: after this, each has an answer that is not unknown."""
    for turn, send in enumerate(wire.world.plan.sends):
        again = [send.commands] if send.linked else [(command,) for command in send.commands]
        for commands in again:
            await _insist(wire, "reckoning", Send(commands, gateway=turn % GATEWAYS, linked=send.linked))


async def _rehearse(wire: Wire) -> None:
    """What would be answered, while nobody else asks, is what is answered then."""
    for gateway, planned in enumerate(wire.world.plan.wallets * 2):
        caller = Caller(org_id=planned.org_id, wallet_id=planned.wallet_id)
        command = replace(
            caller.hold(f"reckoning/{gateway}", REHEARSED_NANOS[gateway // len(wire.world.plan.wallets)]),
            caps=tuple(dict.fromkeys(one.key for one in wire.world.plan.budgets if one.key.scope is BudgetScope.ORG)),
        )
        would = await wire.world.gateways[gateway % GATEWAYS].would_admit(command)
        [outcome] = await wire.deliver("reckoning", gateway % GATEWAYS, [command], Trouble.NONE)
        if would._replace(hold=None) != outcome._replace(hold=None, transaction=None):
            wire.world.history.problems.append(f"{command.ref!r} would be answered {would}, and was {outcome}")


async def _audit(world: World) -> None:
    """The books must be sound at any moment, and show everything that has been acknowledged."""
    acknowledged = dict(world.history.acknowledged)
    report = await AuditLedger(world.audit_reader, world.unit_of_work)()
    world.history.problems += [f"audit: {one.where}: {one.message} ({one.invariant})" for one in report.findings]
    for planned in world.plan.wallets:
        async with world.unit_of_work() as tx:
            wallet = await world.reader.get_wallet(tx, org_id=planned.org_id, wallet_id=planned.wallet_id)
        if wallet.version < acknowledged.get(wallet.id, 0):
            world.history.problems.append(
                f"wallet {wallet.id} is at version {wallet.version}, after {acknowledged[wallet.id]} was acknowledged"
            )


async def _read(world: World) -> Books:
    books = Books()
    async with world.unit_of_work() as tx:
        for one in await world.audit_reader.wallets_after(tx, after=None, limit=ROWS_MAX):
            books.wallets[one.id] = one
            books.rows[one.id] = await world.audit_reader.rows_of_wallet(
                tx, wallet_id=one.id, after_seq=0, limit=ROWS_MAX
            )
            books.holds[one.id] = await world.audit_reader.holds_of_wallet(
                tx, wallet_id=one.id, after=None, limit=ROWS_MAX
            )
            await _look_back(world, tx, one, books.rows[one.id])
            _, books.lines[one.id] = await world.audit_reader.budgets_of_wallet(tx, wallet_id=one.id)
    books.notes = await world.notes()
    return books


async def _look_back(world: World, tx: Transaction, wallet: Wallet, rows: Sequence[LedgerTransaction]) -> None:
    """The balance as of any time is that of the last row at or before it."""
    for at in {NOON, *[row.at for row in rows]}:
        then = await world.reader.balance_at(tx, org_id=wallet.org_id, wallet_id=wallet.id, at=at)
        last = max((row for row in rows if row.at <= at), key=lambda row: row.seq, default=None)
        told = (then.seq, then.balance_nanos, then.frozen_nanos, then.receivable_nanos)
        numbers = (
            (last.seq, last.balance_after_nanos, last.frozen_after_nanos, last.receivable_after_nanos)
            if last
            else (0, 0, 0, 0)
        )
        if told != numbers:
            world.history.problems.append(f"wallet {wallet.id} is said to have been {told} at {at}, expected {numbers}")
