"""The way between clients and gateways: requests and replies get lost, doubled and cut off here, by plan.

Every delivery runs as a task of its own, so that a gateway which dies takes those with it that it was serving.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Command, Expire, Outcome, OutcomeCode
from deepspace_core.ledger.ports import WholeLedger
from tests.simulation.history import Asked
from tests.simulation.plan import GATEWAYS, Trouble
from tests.simulation.world import Note, Poisoned, World, note_of_group

STEPS_BEFORE_CANCELLING = 3


class Lost(Exception):
    """Nobody answered: whether anything was done is unknown until the same ref is sent again."""


@dataclass(slots=True)
class Wire:
    """Delivers requests, with the trouble that is planned for each."""

    world: World
    _served: list[dict["asyncio.Task[Sequence[Outcome]]", None]] = field(
        default_factory=lambda: [{} for _ in range(GATEWAYS)]
    )

    async def deliver(
        self, actor: str, gateway: int, commands: Sequence[Command], trouble: Trouble, *, linked: bool = False
    ) -> Sequence[Outcome]:
        """Sends one request and notes what came of it. Raises Lost when the sender must ask again."""
        match trouble:
            case Trouble.LOST_REQUEST:
                self._note_lost(actor, gateway, commands, trouble)
                raise Lost(trouble)
            case Trouble.DUPLICATED:
                there = (gateway, (gateway + 1) % GATEWAYS)
                answers = await asyncio.gather(
                    *[self._ask(actor, one, commands, Trouble.NONE, linked=linked) for one in there],
                    return_exceptions=True,
                )
                for answer in answers:
                    if isinstance(answer, BaseException):
                        raise answer
                    outcomes = answer
                return outcomes
            case _:
                return await self._ask(actor, gateway, commands, trouble, linked=linked)

    def cut_off(self, gateway: int) -> None:
        """Ends everything that a gateway is doing for anybody."""
        for task in [*self._served[gateway]]:
            task.cancel()

    async def _ask(
        self, actor: str, gateway: int, commands: Sequence[Command], trouble: Trouble, *, linked: bool
    ) -> Sequence[Outcome]:
        asked = self.world.history.ask(actor, gateway, commands)
        task = asyncio.ensure_future(
            _apply(self.world.gateways[gateway], commands, poisoned=trouble is Trouble.FAILS_INSIDE, linked=linked)
        )
        self._served[gateway][task] = None
        if trouble is Trouble.CANCELLED:
            for _ in range(STEPS_BEFORE_CANCELLING):
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait([task])
        del self._served[gateway][task]
        outcomes = self._outcomes(task, asked)
        if trouble is Trouble.LOST_REPLY:
            self.world.history.fail(asked, trouble)
            raise Lost(trouble)
        self.world.history.answer(asked, outcomes)
        if any(outcome.code is OutcomeCode.COMMIT_UNKNOWN for outcome in outcomes):
            raise Lost(OutcomeCode.COMMIT_UNKNOWN)
        return outcomes

    def _outcomes(self, task: "asyncio.Task[Sequence[Outcome]]", asked: Sequence[Asked]) -> Sequence[Outcome]:
        try:
            return task.result()
        except asyncio.CancelledError:
            fault = "cut off"
        except (Unavailable, Poisoned, psycopg.Error) as error:
            fault = f"failed: {type(error).__name__}"
        self.world.history.fail(asked, fault)
        raise Lost(fault)

    def _note_lost(self, actor: str, gateway: int, commands: Sequence[Command], trouble: Trouble) -> None:
        self.world.history.fail(self.world.history.ask(actor, gateway, commands), trouble)


async def _apply(
    ledger: WholeLedger, commands: Sequence[Command], *, poisoned: bool, linked: bool
) -> Sequence[Outcome]:
    """One command of a client goes with a note about it, a linked group with one about the group; several in one
    request, and the sweeper's, go without."""
    command = commands[0]
    about = note_of_group(commands) if linked else command.ref
    notes: list[Record] = [Note(about, poisoned=poisoned, yields=len(command.ref) % 3)]
    if linked:
        return await ledger.apply_linked([one for one in commands if not isinstance(one, Expire)], riders=notes)
    if len(commands) > 1 or isinstance(command, Expire):
        return await ledger.apply_many(commands)
    return [await ledger.apply(command, riders=notes)]


@dataclass(frozen=True, slots=True)
class WiredLedger:
    """A `Ledger` at the far end of the wire, for use cases that want one: the sweeper's."""

    wire: Wire
    actor: str
    gateway: int
    trouble: Trouble

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        [outcome] = await self.apply_many([command])
        return outcome

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        return await self.wire.deliver(self.actor, self.gateway, commands, self.trouble)
