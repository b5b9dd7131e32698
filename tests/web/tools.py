"""What `make` has installed for the front ends: their build, and the Node and npm that made it."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
WEB = ROOT / "deepspace_http" / "web"
MAKE_SECONDS_MAX = 900


def make(*targets: str) -> None:
    """Runs make in the checkout. Raises AssertionError with what it printed when it failed."""
    done = try_make(*targets)
    assert done.returncode == 0, done.stdout + done.stderr


def try_make(*targets: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *targets],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MAKE_SECONDS_MAX,
        check=False,
    )


def tools() -> tuple[str, str]:
    """The paths of Node and of npm's script, once the libraries are installed."""
    node, npm = json.loads((WEB / "node_modules" / ".tools").read_text())
    return node, npm
