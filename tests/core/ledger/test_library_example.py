"""The example in docs/billing.md runs as written."""

import re
import subprocess
import sys
from pathlib import Path

BILLING = Path(__file__).parents[3] / "docs" / "billing.md"


def test_the_example_of_the_documentation_runs_and_prints_what_it_says() -> None:
    [example] = re.findall(r"```python\n(.*?)```", BILLING.read_text(encoding="utf-8"), re.DOTALL)
    ran = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "accepted 9.988\n", "")
