"""Whether a run was right: what everybody was told, held against the final books, and the books against the model.

- Each ref belongs to one command; everybody who asked it got the same answer, and others were told how theirs differs.
- What was acknowledged stands in the books once, with its note; what was refused doesn't; nothing else stands there.
- Each wallet's rows, replayed in order of seq through the model, are what the model does; each refusal is what the
  model says at the version that the refusal names, at a time that some clock told while it was being asked.
- In the end every hold is over, nothing is frozen, and store and model agree in every number.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from deepspace_core.kernel.ids import OrgId
from deepspace_core.ledger import Capture, Expire, Extend, Hold, OutcomeCode, Release
from deepspace_core.ledger.command import CallersCommand
from tests.simulation.actors import Books
from tests.simulation.history import Asked, History, told_of
from tests.simulation.plan import Plan
from tests.simulation.replay import Answered, replay_wallet
from tests.simulation.world import note_of_group

FIELDS = ("type", "wallet_id", "hold_ref", "capture_ref", "amount_nanos", "final", "lifetime_seconds", "currency")
NAMES = ("type", "wallet", "hold", "capture", "amount", "final", "lifetime", "currency")
"""What makes two commands different commands, and how the code calls that, in order of precedence."""

Key = tuple[OrgId, str]


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges one finished run."""

    plan: Plan
    history: History
    books: Books

    def problems(self) -> list[str]:
        """Everything that was wrong; nothing when all was right."""
        answers, problems = self._answers()
        problems = [*self.history.problems, *problems, *self._expiries(), *self._notes(answers)]
        problems += [*self._group_notes(answers), *self._groups(answers)]
        for wallet in self.plan.wallets:
            problems += replay_wallet(self.plan, wallet, self.books, answers, self.history)
        return list(dict.fromkeys(problems))

    def _answers(self) -> tuple[dict[Key, Answered], list[str]]:
        """For each ref that anybody used, the command that it belongs to and how that was answered."""
        groups: dict[Key, list[Asked]] = {}
        problems = []
        for asked in self.history.asked:
            if isinstance(asked.command, Expire):
                continue
            wanted = _nonsense(asked.command)
            if wanted is None:
                groups.setdefault((asked.command.org_id, asked.command.ref), []).append(asked)
            elif asked.answer is not None and asked.kept and asked.answer.code is not wanted:
                problems.append(f"nonsense was not answered {wanted}: {asked}")
        answers = {}
        for key, group in groups.items():
            answered, found = _agreed(group, self.history)
            problems += found
            if answered is not None:
                answers[key] = answered
        return answers, problems

    def _expiries(self) -> Iterator[str]:
        """What the sweeper was told it had written down is there."""
        rows = {row.id: row for rows in self.books.rows.values() for row in rows}
        for asked in self.history.asked:
            if isinstance(asked.command, Expire) and asked.answer is not None:
                row = asked.answer.transaction
                if asked.answer.code not in {OutcomeCode.ACCEPTED, OutcomeCode.COMMIT_UNKNOWN}:
                    yield f"a due hold can't be expired: {asked}"
                if row is not None and rows.get(row.id) != row:
                    yield f"an acknowledged expiry is not in the books: {asked}"

    def _notes(self, answers: dict[Key, Answered]) -> Iterator[str]:
        """A note is there if and only if its command was accepted; a request of several carried none."""
        groups = {note_of_group(group) for group in self.plan.groups}
        written = [ref for ref in self.books.notes if ref not in groups]
        several = {asked.command.ref for asked in self.history.asked if not asked.alone}
        accepted = [ref for (_, ref), answered in answers.items() if answered.outcome.accepted]
        for ref in {*written, *accepted}:
            count, most = written.count(ref), accepted.count(ref)
            if count > most or (count < most and ref not in several):
                yield f"{ref!r} was accepted {most} times and noted {count} times"

    def _group_notes(self, answers: dict[Key, Answered]) -> Iterator[str]:
        """A linked group's note is there once if all of it was accepted with it, and not at all otherwise."""
        asked = Counter((command.org_id, command.ref) for command in self.plan.asked)
        for group in self.plan.groups:
            keys = [(command.org_id, command.ref) for command in group]
            done = all(key in answers and answers[key].outcome.accepted for key in keys)
            count = list(self.books.notes).count(note_of_group(group))
            # What was also asked for by itself may all have been accepted before, and then there is none.
            if count > done or (count < done and all(asked[key] == 1 for key in keys)):
                yield f"a group was noted {count} times: {[told_of(command) for command in group]}"

    def _groups(self, answers: dict[Key, Answered]) -> Iterator[str]:
        """Of a linked group everything was done or nothing; but for what was also asked for by itself."""
        asked = Counter((command.org_id, command.ref) for command in self.plan.asked)
        for group in self.plan.groups:
            done = [
                answered is not None and answered.outcome.accepted and not _difference(answered.command, command)
                for command in group
                for key in [(command.org_id, command.ref)]
                for answered in [answers.get(key)]
                if asked[key] == 1
            ]
            if any(done) and not all(done):
                yield f"a group was done in part, {done}: {[told_of(command) for command in group]}"


def _agreed(group: Sequence[Asked], history: History) -> tuple[Answered | None, list[str]]:
    """What all answers about one ref agree on."""
    known = [
        (asked, asked.answer)
        for asked in group
        if asked.answer is not None and asked.kept and asked.answer.code is not OutcomeCode.COMMIT_UNKNOWN
    ]
    definite = [(asked, answer) for asked, answer in known if not answer.code.conflicting]
    if not definite and not all(asked.kept for asked in group):
        return None, []
    if not definite:
        return None, [f"nobody ever got an answer to {group[0].command.ref!r}"]
    first, original = next((pair for pair in definite if not pair[1].replayed), definite[0])
    problems = [
        f"{asked} differs from the first answer, {original.code}"
        for asked, answer in definite
        if answer._replace(replayed=original.replayed) != original or _difference(asked.command, first.command)
    ]
    problems += [
        f"{asked} is told {answer.code}, and {first.command.type} was first"
        for asked, answer in known
        if answer.code.conflicting and answer.code != _difference(first.command, asked.command)
    ]
    if original.accepted and sum(not answer.replayed for _, answer in definite) > 1:
        problems.append(f"{first.command.ref!r} was newly accepted more than once")
    assert not isinstance(first.command, Expire)
    window = replace(first, began=min(asked.began for asked in group))
    return Answered(first.command, original, tuple(history.times_of(window))), problems


def _difference(stored: object, given: object) -> str | None:
    """The code that tells how `given` differs from `stored`, or None when it is the same command."""
    for name, word in zip(FIELDS, NAMES, strict=True):
        if getattr(stored, name, None) != getattr(given, name, None):
            return f"exists_with_different_{word}"
    return None


def _nonsense(command: CallersCommand) -> OutcomeCode | None:
    """Why the ledger can't understand a command of the plan; none of them is beyond an upper limit."""
    lifetime: int | None = getattr(command, "lifetime_seconds", None)
    zero_is_fine = isinstance(command, Hold | Release) or getattr(command, "final", False) or lifetime is not None
    if not command.ref:
        return OutcomeCode.INVALID_REF
    if not getattr(command, "amount_nanos", 0) and not zero_is_fine:
        return OutcomeCode.INVALID_AMOUNT
    if lifetime == 0:
        return OutcomeCode.INVALID_LIFETIME
    if isinstance(command, Extend | Capture | Release) and command.hold_ref is None:
        return OutcomeCode.HOLD_REF_REQUIRED
    return None
