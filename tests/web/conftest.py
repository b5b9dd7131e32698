"""The front ends' own tools, installed and built as `make` does it, for whoever runs pytest alone."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKE_SECONDS_MAX = 900


def make(*targets: str) -> str:
    """Runs make in the checkout; what it printed. Raises AssertionError with that when it failed."""
    done = subprocess.run(
        ["make", "--no-print-directory", *targets],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MAKE_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of the build, which is up to date."""
    make("web")
    return ROOT / "deepspace_http" / "web" / "dist"
