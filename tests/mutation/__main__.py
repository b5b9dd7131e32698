"""`python -m tests.mutation`: breaks the ledger and pricing in every way that mutmut knows, and sees the tests notice.

Ends with 1 when a mutant survives for which tests/mutation/reasons.toml has no reason, or a reason is needed no longer.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.mutation import verdict
from tests.mutation.workspace import prepare

NICE = 10
"""Below everything else on the machine: it takes minutes of all cores."""


def main() -> int:
    """0 when every survivor has its reason."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="mutation-") as made:
        workspace = Path(options.workspace or made)
        began = time.monotonic()
        prepare(workspace)
        wanted = [f"deepspace_core.{pattern}*" for pattern in options.only]
        command = ["run", "--max-children", str(options.jobs), *wanted]
        done = subprocess.run(_inside(options.libraries, *command), cwd=workspace, check=False)
        if done.returncode:
            return done.returncode
        by_mutant = {name: status for name, status in verdict.statuses(workspace).items() if status != "not run"}
        living = [name for name, status in by_mutant.items() if status not in verdict.NOTICED]
        differences = _differences(options.libraries, workspace, living)
    faults = verdict.faults(differences, verdict.read_reasons(), whole=not options.only)
    sys.stdout.write(f"\n{verdict.told(by_mutant)}\n{time.monotonic() - began:.0f} s\n")
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    sys.stdout.write(f"{len(living)} survivors, {len(faults)} of them or of their reasons are wrong\n")
    return 1 if faults or not by_mutant else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("only", nargs="*", help="modules to mutate, such as pricing or ledger.book; all when absent")
    parser.add_argument("--libraries", required=True, help="where mutmut is installed")
    parser.add_argument("--workspace", help="a directory to work in and to keep, so that a second run goes on from it")
    parser.add_argument("--jobs", type=int, default=2, help="how many mutants at once")
    return parser.parse_args()


def _inside(libraries: str, *arguments: str) -> Sequence[str]:
    inside = [sys.executable, "-m", "tests.mutation.inside", str(Path(libraries).resolve())]
    return ["nice", "-n", str(NICE), *inside, *arguments]


def _differences(libraries: str, workspace: Path, mutants: Sequence[str]) -> Mapping[str, verdict.Difference]:
    if not mutants:
        return {}
    made = subprocess.run(
        _inside(libraries, "differences", *mutants), cwd=workspace, check=True, capture_output=True, text=True
    )
    return {name: verdict.difference_of(name, diff) for name, diff in json.loads(made.stdout).items()}


if __name__ == "__main__":
    sys.exit(main())
