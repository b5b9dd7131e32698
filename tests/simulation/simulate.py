"""One run in memory from its seed to its verdict, and how a failing plan is cut down to what it needs to fail."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from tests.simulation.actors import run
from tests.simulation.judge import Judge
from tests.simulation.memory_world import MemoryWorld, Tamper
from tests.simulation.plan import Plan, Send
from tests.simulation.stepped_loop import Stuck, run_stepped

RUNS_TO_SHRINK_MAX = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a run: how many commands were sent, how often a gateway was asked, what happened, what was wrong."""

    plan: Plan
    commands: int
    deliveries: int
    lines: Sequence[str]
    problems: Sequence[str]

    @property
    def clean(self) -> bool:
        return not self.problems

    @property
    def digest(self) -> str:
        """The same for two runs in which the same happened."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()

    def report(self) -> str:
        """For people: the seed, what was wrong, and everything that happened."""
        told = [f"seed {self.plan.seed} failed:", *self.problems, "", "what happened:", *self.lines]
        return "\n".join(told)


def simulate_in_memory(plan: Plan, *, tamper: Tamper = lambda ledger: ledger) -> Verdict:
    """Carries out a plan on the stepped loop; the same plan is the same run."""
    world = MemoryWorld(plan, tamper=tamper)
    chance = Random(plan.seed)  # noqa: S311 - a run must come again, not be hard to guess
    try:
        books = run_stepped(run(world), chance)
    except Stuck as stuck:
        problems = [*world.history.problems, f"stuck: {stuck}"]
    else:
        problems = Judge(plan, world.history, books).problems()
    history = world.history
    return Verdict(plan, len(plan.asked), len(history.asked), history.lines, problems)


def shrunk(verdict: Verdict, *, tamper: Tamper = lambda ledger: ledger) -> Verdict:
    """The smallest failing run found by leaving out steps, then commands and troubles, in ever smaller pieces."""
    runs, size = 0, max(1, len(verdict.plan.steps) // 2)
    while size and runs < RUNS_TO_SHRINK_MAX:
        start = 0
        while start < len(verdict.plan.steps) and runs < RUNS_TO_SHRINK_MAX:
            steps = verdict.plan.steps
            smaller = replace(verdict.plan, steps=steps[:start] + steps[start + size :])
            runs += 1
            again = simulate_in_memory(smaller, tamper=tamper)
            if again.clean:
                start += size
            else:
                verdict = again
        size //= 2
    return _without_trouble(verdict, tamper)


def _without_trouble(verdict: Verdict, tamper: Tamper) -> Verdict:
    for place in range(len(verdict.plan.steps)):
        steps = verdict.plan.steps
        action = steps[place].action
        if isinstance(action, Send):
            calm = replace(steps[place], action=Send(action.commands, action.gateway, linked=action.linked))
            again = simulate_in_memory(
                replace(verdict.plan, steps=(*steps[:place], calm, *steps[place + 1 :])), tamper=tamper
            )
            verdict = verdict if again.clean else again
    return verdict
