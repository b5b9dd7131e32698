"""What became of each mutant, and whether every survivor has a reason.

A reason names the mutant by its function and by the lines that differ, not by a number: a number changes with every
line above it. A reason that no survivor needs any more is as wrong as a survivor without one.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REASONS = Path(__file__).with_name("reasons.toml")
KILLED = "killed"
STATUS_BY_EXIT_CODE: Mapping[int | None, str] = {
    1: KILLED,
    3: KILLED,
    0: "survived",
    5: "not tested",
    33: "not tested",
    36: "timed out",
    24: "timed out",
    -24: "timed out",
    152: "timed out",
    255: "timed out",
    None: "not run",
}
"""mutmut's exit codes. A mutant that runs for ever is noticed by whoever waits: it counts as killed."""
NOTICED = {KILLED, "timed out"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A mutant by what it changes: the lines that are gone, the lines that came instead, each stripped."""

    function: str
    was: str
    becomes: str


def statuses(workspace: Path) -> Mapping[str, str]:
    """What became of each mutant, by mutmut's name for it."""
    return {
        name: STATUS_BY_EXIT_CODE.get(code, f"exit code {code}")
        for told in sorted((workspace / "mutants").rglob("*.meta"))
        for name, code in json.loads(told.read_text(encoding="utf-8"))["exit_code_by_key"].items()
    }


def function_of(mutant: str) -> str:
    """`ledger.desk.Desk.fund` from mutmut's `deepspace_core.ledger.desk.xǁDeskǁfund__mutmut_7`."""
    module, _, mangled = mutant.partition("__mutmut_")[0].rpartition(".")
    name = mangled.removeprefix("xǁ").replace("ǁ", ".") if "ǁ" in mangled else mangled.removeprefix("x_")
    return f"{module.removeprefix('deepspace_core.')}.{name}"


def difference_of(mutant: str, diff: str) -> Difference:
    """Reads a unified diff."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    return Difference(function_of(mutant), _side(lines, "-"), _side(lines, "+"))


def read_reasons(path: Path = REASONS) -> Mapping[Difference, str]:
    """Why each of these mutants may live."""
    told = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
    return {Difference(one["function"], one["was"].strip(), one["becomes"].strip()): one["reason"] for one in told}


def faults(found: Mapping[str, Difference], reasons: Mapping[Difference, str], *, whole: bool) -> Sequence[str]:
    """Survivors without a reason and, of a whole run, reasons without a survivor."""
    lost = [
        f"{difference.function} ({mutant})\n    - {difference.was}\n    + {difference.becomes}"
        for mutant, difference in found.items()
        if difference not in reasons
    ]
    stale = [one for one in reasons if one not in found.values()] if whole else []
    return lost + [
        f"{one.function}: nobody needs the reason for\n    - {one.was}\n    + {one.becomes}" for one in stale
    ]


def told(by_mutant: Mapping[str, str]) -> str:
    """The numbers, by module."""
    lines = []
    for module in [*sorted({_module(name) for name in by_mutant}), ""]:
        counted = Counter(status for name, status in by_mutant.items() if not module or _module(name) == module)
        parts = ", ".join(f"{number} {status}" for status, number in sorted(counted.items()))
        lines.append(f"{module or 'all':28} {counted.total():5} mutants: {parts}")
    return "\n".join(lines)


def _module(mutant: str) -> str:
    return mutant.rpartition(".")[0].removeprefix("deepspace_core.")


def _side(lines: Sequence[str], sign: str) -> str:
    return "\n".join(line[1:].strip() for line in lines if line.startswith(sign)).strip()
