"""Ledgers with a bug, one a class: what others got wrong, or we might. The simulator must notice every one of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from deepspace_adapters.memory.ledger import MemoryLedger
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryTransaction, MemoryUnitOfWork, table_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Command, Expire, Outcome, OutcomeCode
from deepspace_core.ledger.command import CallersCommand
from tests.simulation.world import Note


@dataclass(slots=True)
class Tampered:
    """Passes everything on; a bug overrides what it breaks."""

    honest: MemoryLedger

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        return await self.honest.apply(command, riders=riders)

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        return await self.honest.apply_many(commands)

    async def apply_linked(
        self, commands: Sequence[CallersCommand], *, riders: Sequence[Record] = ()
    ) -> Sequence[Outcome]:
        return await self.honest.apply_linked(commands, riders=riders)

    async def would_admit(self, command: Command) -> Outcome:
        return await self.honest.would_admit(command)


class DoesHalfAGroup(Tampered):
    """Linked commands, one by one: those before the first refusal stand."""

    async def apply_linked(
        self, commands: Sequence[CallersCommand], *, riders: Sequence[Record] = ()
    ) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        for command in commands:
            if outcomes and not outcomes[-1].accepted:
                outcomes.append(Outcome(code=OutcomeCode.LINKED_FAILED, ref=command.ref, wallet=outcomes[-1].wallet))
            else:
                outcomes.append(await self.honest.apply(command))
        return outcomes


class RetriesUnderANewRef(Tampered):
    """Takes a lost reply for a lost request, and asks again in other words: a double charge."""

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        if not isinstance(command, Expire) and command.ref.endswith("/cost"):
            await self.honest.apply(command, riders=riders)
            command = replace(command, ref=f"{command.ref}-again")
        return await self.honest.apply(command, riders=riders)


class DropsExpiries(Tampered):
    """The sweeper's commands are answered and forgotten: the money stays frozen for ever."""

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        if not any(isinstance(command, Expire) for command in commands):
            return await self.honest.apply_many(commands)
        return [Outcome(code=OutcomeCode.ACCEPTED, ref=command.ref) for command in commands]


class ForgetsThatAHoldIsSettled(Tampered):
    """A late final capture doesn't settle its hold, so that a second one is taken."""

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        outcome = await self.honest.apply(command, riders=riders)
        async with self.honest.unit_of_work() as tx:
            holds = table_of(tx, "holds")
            holds.update({key: hold._replace(settled_late=False) for key, hold in holds.items()})
            await tx.commit()
        return outcome


class ForgetsRefusals(Tampered):
    """A refusal isn't stored, so that a retry of it may succeed by accident."""

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        outcome = await self.honest.apply(command, riders=riders)
        if not isinstance(command, Expire) and not outcome.accepted and not outcome.code.conflicting:
            async with self.honest.unit_of_work() as tx:
                table_of(tx, "ledger_refs").pop((command.org_id, command.ref), None)
                await tx.commit()
        return outcome


class AnswersWithoutCommitting(Tampered):
    """Now and then an answer goes out, and what it tells of doesn't last."""

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        lossy = command.ref.endswith("/paid")
        before = {name: dict(table) for name, table in self.honest.unit_of_work._database.tables.items()}
        outcome = await self.honest.apply(command, riders=riders)
        if lossy and outcome.accepted and not outcome.replayed:
            self.honest.unit_of_work._database.tables.update(before)
        return outcome


class TakesAnyRepeatForTheSame(Tampered):
    """Looks only at the ref: an altered command is told the other one's answer."""

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        outcome = await self.honest.apply(command, riders=riders)
        if isinstance(command, Expire) or not outcome.code.conflicting:
            return outcome
        async with self.honest.unit_of_work() as tx:
            original: Outcome = table_of(tx, "ledger_refs")[command.org_id, command.ref].outcome
        return original._replace(replayed=True)


class CallsRepeatsNew(Tampered):
    """Every repetition looks like the first time."""

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        outcome = await self.honest.apply(command, riders=riders)
        return outcome._replace(replayed=False)


class NotesWhatItRefused(Tampered):
    """The record that rides along is written whatever the answer was."""

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        outcome = await self.honest.apply(command)
        async with self.honest.unit_of_work() as tx:
            notes = table_of(tx, "notes")
            notes.update({len(notes): note for note in riders if isinstance(note, Note) and not note.poisoned})
            await tx.commit()
        return outcome


class _Unlocked(MemoryUnitOfWork):
    """Transactions that don't wait for each other."""

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Transaction]:
        yield MemoryTransaction(self._database)


class WritesWithoutALock(Tampered):
    """Reads, pauses, writes: whoever came between is overwritten. Only some interleavings show it."""

    def __init__(self, honest: MemoryLedger) -> None:
        super().__init__(honest)
        database: MemoryDatabase = honest.unit_of_work._database
        honest.unit_of_work = _Unlocked(database)
