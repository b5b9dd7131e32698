"""Makes a plan from a seed: what each client asks for in turn, and what goes wrong with it.

The calls are what a gateway asks of the ledger in a normal life; `mischief` adds what nobody should ask.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from uuid import UUID

from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.ledger.budget import BudgetKey, BudgetScope, BudgetWindow
from deepspace_core.ledger.command import CallersCommand
from tests.core.ledger.asking import Caller
from tests.simulation.mischief import mischief
from tests.simulation.plan import (
    GATEWAYS,
    Action,
    Audit,
    ChangeBudget,
    ChangeTerms,
    DatabaseTrouble,
    KillConnections,
    LockBackwards,
    Memory,
    Plan,
    PlannedBudget,
    PlannedWallet,
    Restart,
    Send,
    Step,
    StepClock,
    Sweep,
    Trouble,
)

PROJECTS = tuple(BudgetKey(BudgetScope.PROJECT, UUID(int=number)) for number in (1, 2))
KEYS = tuple(BudgetKey(BudgetScope.KEY, UUID(int=number)) for number in (1, 2, 3))
TO_THE_NEXT_DAY = 13 * 60 * 60
"""Runs begin at noon."""

TROUBLED_TRANSACTIONS = 400
"""Of each gateway; those after it go well."""


def plan_of(seed: int, *, clients: int = 8, calls: int = 5) -> Plan:
    """The plan of a seed: so many clients, each making so many calls and some mischief."""
    chance = Random(seed)  # noqa: S311 - a plan must come again, not be hard to guess
    wallets = _wallets(chance)
    loyal, plenty, memory = chance.random() < 0.5, chance.choice([1, 1, 20]), chance.choice([*Memory])
    sent: list[CallersCommand] = []
    steps = [
        step
        for number in range(clients)
        for step in _client(chance, f"client-{number}", wallets, sent, calls=calls, loyal=loyal, plenty=plenty)
    ]
    steps += _weather(chance, wallets, calls) + _sweeper(chance, calls) + [Step("auditor", Audit())] * 2
    budgets = tuple(_budgets(chance, wallets[0], plenty))
    troubles = tuple(_database_troubles(chance) for _ in range(GATEWAYS))
    return Plan(seed, wallets, budgets, tuple(steps), troubles, memory)


def _wallets(chance: Random) -> tuple[PlannedWallet, ...]:
    orgs = [OrgId(_id(chance)), OrgId(_id(chance))]
    ids = sorted(WalletId(_id(chance)) for _ in range(4))
    # The first by id is the one that an organization's budgets belong to.
    places = zip(ids, (orgs[0], orgs[0], orgs[0], orgs[1]), ("USD", "USD", "EUR", "USD"), strict=True)
    return tuple(PlannedWallet(org, wallet, currency, chance.choice([0, 0, 25])) for wallet, org, currency in places)


def _budgets(chance: Random, wallet: PlannedWallet, plenty: int) -> Iterator[PlannedBudget]:
    """On the hot wallet, in most runs: some of all the caps that its holds name."""
    keys = [BudgetKey(BudgetScope.ORG, wallet.org_id), *PROJECTS, *KEYS]
    for key in keys:
        for window in BudgetWindow:
            if chance.random() < 0.15:
                cap = chance.randrange(20, 80) if window is BudgetWindow.DAY else chance.randrange(60, 300)
                yield PlannedBudget(wallet.org_id, wallet.wallet_id, key, window, cap * plenty)


def _id(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _client(
    chance: Random,
    actor: str,
    wallets: tuple[PlannedWallet, ...],
    sent: list[CallersCommand],
    *,
    calls: int,
    loyal: bool,
    plenty: int,
) -> list[Step]:
    """Calls, most of them on the first wallet, which is the hot one; each command in a request of its own or not.

    Where clients are `loyal`, most commands about a wallet go to one gateway, which so comes to remember it. Payments
    are `plenty` times larger: where that is much, little is refused, and due holds don't matter.
    """
    steps = []
    for call in range(calls):
        place = chance.choice([0, 0, 0, 1, 2, 3])
        wallet, home = wallets[place], place % GATEWAYS if loyal else None
        caller = Caller(
            org_id=wallet.org_id, wallet_id=wallet.wallet_id, currency=chance.choice([None, wallet.currency])
        )
        commands = _call(chance, caller, f"{actor}/{call}", plenty) + mischief(chance, caller, f"{actor}/{call}", sent)
        sent += commands
        while commands:
            size = chance.choice([1, 1, 1, 2, 4])
            steps.append(Step(actor, _send(chance, tuple(commands[:size]), home)))
            commands = commands[size:]
    return steps


def _send(chance: Random, commands: tuple[CallersCommand, ...], home: int | None) -> Send:
    troubles = []
    while chance.random() < 0.3:
        troubles.append(chance.choice([trouble for trouble in Trouble if trouble is not Trouble.NONE]))
    return Send(
        commands,
        gateway=chance.randrange(GATEWAYS) if home is None or chance.random() < 0.1 else home,
        troubles=tuple(troubles),
        linked=len({command.ref for command in commands}) == len(commands) > 1 and chance.random() < 0.5,
        gives_up=chance.random() < 0.08,
        detached=chance.random() < 0.15,
        pause_milliseconds=chance.choice([0, 0, 0, 1, 3]),
    )


def _caps(chance: Random, me: Caller) -> tuple[BudgetKey, ...]:
    """Whose call it is: always the organization's; mostly some project's, often some key's."""
    caps = [BudgetKey(BudgetScope.ORG, me.org_id)]
    caps += [chance.choice(PROJECTS)] if chance.random() < 0.7 else []
    caps += [chance.choice(KEYS)] if chance.random() < 0.5 else []
    return tuple(caps)


def _call(chance: Random, me: Caller, name: str, plenty: int) -> list[CallersCommand]:
    """A hold's life in order, as a gateway would ask for it; or only its beginning, when the gateway dies."""
    hold, amount = f"{name}/hold", chance.randrange(0, 40)
    commands: list[CallersCommand] = []
    if chance.random() < 0.5:
        commands.append(me.top_up(f"{name}/paid", chance.randrange(1, 90) * plenty))
    held = me.hold(hold, amount, seconds=chance.choice([2, 5, 30, 120]))
    commands.append(replace(held, caps=_caps(chance, me)))
    if chance.random() < 0.25:
        commands.append(me.extend(f"{name}/more", hold, chance.randrange(1, 20), seconds=chance.choice([None, 10])))
    if chance.random() < 0.3:
        commands.append(me.capture(f"{name}/part", hold, chance.randrange(1, 20), final=False))
    ending = chance.choice(["capture", "capture", "capture", "release", "nothing", "twice"])
    if ending in {"capture", "twice"}:
        commands.append(me.capture(f"{name}/cost", hold, chance.randrange(0, 60)))
        if chance.random() < 0.3:
            commands += [me.refund(f"{name}/back{turn}", f"{name}/cost", chance.randrange(1, 30)) for turn in range(2)]
    if ending in {"release", "twice"}:
        commands.append(me.release(f"{name}/free", hold))
    return commands


def _weather(chance: Random, wallets: tuple[PlannedWallet, ...], calls: int) -> list[Step]:
    """Clocks, crashes, the database and the owner, beside the clients."""
    hot, actions = wallets[0], list[Action]()
    for _ in range(calls * 2):
        seconds = chance.choice([1, 2, 6, 31, -1, -4, -20] * 3 + [TO_THE_NEXT_DAY])
        everywhere = chance.random() < 0.6
        actions.append(StepClock(None if everywhere else chance.randrange(GATEWAYS), seconds))
        if chance.random() < 0.3:
            key = chance.choice([BudgetKey(BudgetScope.ORG, hot.org_id), *PROJECTS, *KEYS])
            cap = chance.choice([None, chance.randrange(10, 200)])
            actions.append(ChangeBudget(hot.org_id, hot.wallet_id, key, chance.choice([*BudgetWindow]), cap))
        if chance.random() < 0.3:
            limit, closed = chance.choice([0, 5, 25, 60]), chance.random() < 0.2
            actions.append(ChangeTerms(chance.choice([hot, *wallets]).wallet_id, limit, closed))
        if chance.random() < 0.2:
            actions.append(Restart(chance.randrange(GATEWAYS)))
        if chance.random() < 0.3:
            actions.append(KillConnections(chance.randrange(GATEWAYS)) if chance.random() < 0.5 else LockBackwards())
    return [Step("weather", action) for action in actions]


def _sweeper(chance: Random, calls: int) -> list[Step]:
    troubles = [Trouble.NONE, Trouble.NONE, Trouble.LOST_REQUEST, Trouble.LOST_REPLY]
    return [Step("sweeper", Sweep(chance.randrange(GATEWAYS), chance.choice(troubles))) for _ in range(calls)]


def _database_troubles(chance: Random) -> tuple[DatabaseTrouble, ...]:
    wrong = [trouble for trouble in DatabaseTrouble if trouble is not DatabaseTrouble.NONE]
    return tuple(
        chance.choice(wrong) if chance.random() < 0.12 else DatabaseTrouble.NONE for _ in range(TROUBLED_TRANSACTIONS)
    )
