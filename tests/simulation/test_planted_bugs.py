"""The simulator can fail: each planted bug is seen, and the run that shows it is cut down to a few steps."""

import pytest

from deepspace_adapters.memory import ledger as memory_ledger
from deepspace_core.ledger import HoldAccount, book
from deepspace_core.ledger.budget import BudgetLine
from deepspace_core.ledger.desk import Desk, Mark
from deepspace_core.ledger.till import Till
from tests.simulation import planted_bugs
from tests.simulation.memory_world import Tamper
from tests.simulation.planning import plan_of
from tests.simulation.simulate import Verdict, shrunk, simulate_in_memory

SEEDS_MAX = 30
STEPS_OF_A_DOUBLE_CHARGE = 4


def _caught(tamper: Tamper = lambda ledger: ledger) -> Verdict:
    """The first failing run."""
    for seed in range(SEEDS_MAX):
        verdict = simulate_in_memory(plan_of(seed), tamper=tamper)
        if not verdict.clean:
            return verdict
    pytest.fail(f"nothing was noticed with {SEEDS_MAX} seeds")


@pytest.mark.parametrize(
    "bug",
    [
        planted_bugs.RetriesUnderANewRef,
        planted_bugs.DropsExpiries,
        planted_bugs.DoesHalfAGroup,
        planted_bugs.ForgetsThatAHoldIsSettled,
        planted_bugs.ForgetsRefusals,
        planted_bugs.AnswersWithoutCommitting,
        planted_bugs.TakesAnyRepeatForTheSame,
        planted_bugs.CallsRepeatsNew,
        planted_bugs.NotesWhatItRefused,
        planted_bugs.WritesWithoutALock,
    ],
)
def test_a_bug_in_an_adapter_is_noticed(bug: Tamper) -> None:
    assert _caught(bug).problems


def test_a_decision_that_turns_on_the_sweeper_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # The adapter looks for no due holds, so that money is free only once the sweeper has come.
    monkeypatch.setattr(memory_ledger, "short_wallets", lambda *_: ())
    assert _caught().problems


def test_a_hold_that_is_over_a_moment_too_late_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HoldAccount, "due", lambda self, now: self.state.open and now > self.expires_at)
    assert _caught().problems


def test_a_budget_that_forgets_what_is_held_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BudgetLine, "left_nanos", property(lambda line: max(0, line.cap_nanos - line.used_nanos)))
    assert _caught().problems


def test_a_group_that_leaves_its_rows_behind_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Desk.reset

    def forgetful(self: Desk, mark: Mark) -> None:
        rows = list(self.rows)
        honest(self, mark)
        self.rows[:] = rows

    monkeypatch.setattr(Desk, "reset", forgetful)
    assert _caught().problems


def test_money_that_comes_in_and_settles_no_debt_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Till, "settled", lambda *_: 0)
    assert _caught().problems


def test_a_deadlock_is_noticed_instead_of_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(planted_bugs.Tampered):
        async def apply_many(self, commands: object) -> object:  # type: ignore[override]
            async with self.honest.unit_of_work(), self.honest.unit_of_work():
                raise AssertionError("two transactions at once")

    assert any("stuck" in problem for problem in _caught(Hanging).problems)  # type: ignore[arg-type]


def test_a_failing_run_is_cut_down_and_told_with_its_seed() -> None:
    bug = planted_bugs.RetriesUnderANewRef
    small = shrunk(_caught(bug), tamper=bug)
    assert len(small.plan.steps) <= STEPS_OF_A_DOUBLE_CHARGE
    assert f"seed {small.plan.seed} failed" in small.report()
    assert "capture" in small.report()


def test_the_model_shares_no_code_with_the_book() -> None:
    from tests.simulation import model

    assert book.__name__ not in {getattr(value, "__module__", "") for value in vars(model).values()}
