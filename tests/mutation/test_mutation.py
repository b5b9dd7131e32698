"""What mutation testing stands on: the copy means the same, reasons match what survives and what there is."""

import json
from pathlib import Path

import pytest

from tests.mutation.verdict import Difference, difference_of, faults, function_of, read_reasons, statuses, told
from tests.mutation.workspace import ROOT, mutated_modules, uncast, undecorated

DECORATED = '''
class Wallet:
    @property
    def spendable(self) -> int:
        """What is left."""
        return 5

    @staticmethod
    def opened() -> None: ...

    async def plain(self) -> None: ...


@lru_cache(maxsize=4)
@checked
def read(text: str) -> str:
    return text
'''
UNDECORATED = '''
class Wallet:
    def spendable(self) -> int:
        """What is left."""
        return 5
    spendable = property(spendable)

    @staticmethod
    def opened() -> None: ...

    async def plain(self) -> None: ...


def read(text: str) -> str:
    return text
read = lru_cache(maxsize=4)(checked(read))
'''
DIFF = """--- deepspace_core/ledger/desk.py
+++ deepspace_core/ledger/desk.py
@@ -1,4 +1,4 @@
 def fund(self, needed):
-    if needed > reachable:
+    if needed >= reachable:
         raise Refusal
"""
FUND = Difference("ledger.desk.Desk.fund", "if needed > reachable:", "if needed >= reachable:")
MUTANT = "deepspace_core.ledger.desk.xǁDeskǁfund__mutmut_7"


def test_the_copy_is_decorated_after_the_fact() -> None:
    assert undecorated(DECORATED) == UNDECORATED


def test_the_copy_has_no_casts() -> None:
    assert uncast('n = cast(int, stored["é"]) + cast("Mapping[str, int]", f(x, cast(int, y)))\n') == (
        'n = stored["é"] + f(x, y)\n'
    )


def test_every_module_can_be_copied() -> None:
    modules = list(mutated_modules(ROOT))
    assert len(modules) > 20
    for module in modules:
        compile(undecorated(uncast(module.read_text(encoding="utf-8"))), str(module), "exec")


@pytest.mark.parametrize(
    ("mutant", "function"),
    [
        (MUTANT, "ledger.desk.Desk.fund"),
        ("deepspace_core.pricing.quote.x__dearest__mutmut_12", "pricing.quote._dearest"),
        ("deepspace_core.ledger.till.xǁTillǁ__init____mutmut_1", "ledger.till.Till.__init__"),
    ],
)
def test_a_mutant_is_known_by_its_function(mutant: str, function: str) -> None:
    assert function_of(mutant) == function


def test_a_mutant_is_known_by_the_lines_that_differ() -> None:
    assert difference_of(MUTANT, DIFF) == FUND


def test_a_survivor_needs_a_reason_and_a_reason_a_survivor() -> None:
    assert faults({MUTANT: FUND}, {FUND: "why"}, whole=True) == []
    [nameless] = faults({MUTANT: FUND}, {}, whole=True)
    assert "if needed >= reachable:" in nameless
    [idle] = faults({}, {FUND: "why"}, whole=True)
    assert "nobody needs the reason" in idle
    assert faults({}, {FUND: "why"}, whole=False) == []


def test_what_became_of_mutants_is_read_and_told(tmp_path: Path) -> None:
    told_by_mutmut = tmp_path / "mutants" / "desk.py.meta"
    told_by_mutmut.parent.mkdir()
    codes = {"a.b.x_c__mutmut_1": 1, "a.b.x_c__mutmut_2": 0, "a.b.x_c__mutmut_3": 77}
    told_by_mutmut.write_text(json.dumps({"exit_code_by_key": codes}))
    found = statuses(tmp_path)
    assert found == {
        "a.b.x_c__mutmut_1": "killed",
        "a.b.x_c__mutmut_2": "survived",
        "a.b.x_c__mutmut_3": "exit code 77",
    }
    assert "3 mutants: 1 exit code 77, 1 killed, 1 survived" in told(found)


def test_every_reason_is_of_code_that_there_is_and_says_why() -> None:
    """So that a reason which a change has made idle is seen at once, not at the next long run."""
    for one, reason in read_reasons().items():
        parts = one.function.split(".")
        source = uncast((ROOT / "deepspace_core" / parts[0] / f"{parts[1]}.py").read_text(encoding="utf-8"))
        assert f"def {parts[-1]}(" in source, one
        lines = {line.strip() for line in source.splitlines()}
        assert all(line in lines for line in one.was.splitlines()), f"there is no such line any more: {one}"
        assert len(reason.split()) > 3, one
