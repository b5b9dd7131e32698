"""The import contracts are alive: each one lets a clean tree through and stops the import it is there to stop.

Run on a tree of empty packages, so that a contract that silently matches nothing is found out.
"""

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARIES = "import psycopg\nimport psycopg_pool\n"


def layers(contract: str) -> list[str]:
    """The names that a contract of layers orders."""
    read = ConfigParser()
    read.read(ROOT / ".importlinter")
    return re.findall(r"\w+", read[f"importlinter:contract:{contract}"]["layers"])


def make_tree(root: Path) -> None:
    """Every module that a contract names, and nothing in it but one rightful use of each confined library."""
    contexts, adapters = layers("contexts"), layers("adapters")
    files = {f"deepspace_core/{name}/__init__.py": "" for name in contexts}
    files |= {f"deepspace_core/{name}/use_cases.py": "" for name in contexts}
    for name in adapters:
        is_package = (ROOT / "deepspace_adapters" / name).is_dir()
        files[f"deepspace_adapters/{name}/__init__.py" if is_package else f"deepspace_adapters/{name}.py"] = ""
    files |= {f"{name}/__init__.py": "" for name in ("deepspace_core", "deepspace_adapters")}
    for shell, folder in (("deepspace_http", "routes"), ("deepspace_worker", "actors")):
        files |= {f"{shell}/__init__.py": "", f"{shell}/{folder}/__init__.py": ""}
        files |= {f"{shell}/{folder}/one.py": "", f"{shell}/{folder}/two.py": ""}
    files["deepspace_adapters/postgres/pool.py"] = LIBRARIES
    files["deepspace_adapters/redis/client.py"] = "import redis\n"
    files["deepspace_adapters/container.py"] = "import dependency_injector\n"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def lint(root: Path) -> "subprocess.CompletedProcess[str]":
    # -P and the working directory: the stubs must win over the editable install of the real packages.
    script = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-P", "-c", script, "--no-cache", "--config", str(ROOT / ".importlinter")],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_clean_tree_keeps_every_contract(tmp_path: Path) -> None:
    make_tree(tmp_path)
    result = lint(tmp_path)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


FORBIDDEN = {
    "deepspace_core/ledger/book.py": ("import deepspace_adapters.system\n", "Shells over adapters over core"),
    "deepspace_adapters/cli/up.py": ("import deepspace_http.routes.one\n", "Shells over adapters over core"),
    "deepspace_worker/main.py": ("import deepspace_http\n", "Shells over adapters over core"),
    "deepspace_core/kernel/money.py": ("import asyncio\n", "Core knows no clock"),
    "deepspace_core/kernel/clock.py": ("from time import time\n", "Core knows no clock"),
    "deepspace_core/identity/user.py": ("import deepspace_core.ledger\n", "one order without circles"),
    "deepspace_core/ledger/hold.py": ("import deepspace_core.pricing\n", "one order without circles"),
    "deepspace_core/surprise/__init__.py": ("", "one order without circles"),
    "deepspace_core/audit/errors.py": ("import deepspace_core.audit.use_cases\n", "In each context"),
    "deepspace_adapters/memory/rows.py": ("import deepspace_adapters.postgres\n", "Adapters do not import"),
    "deepspace_adapters/newapi/client.py": ("import deepspace_adapters.container\n", "Adapters do not import"),
    "deepspace_http/routes/three.py": ("import deepspace_http.routes.one\n", "Routes do not import"),
    "deepspace_worker/actors/three.py": ("import deepspace_worker.actors.one\n", "Actors do not import"),
    "deepspace_adapters/cli/doctor.py": ("import psycopg\n", "psycopg is used"),
    "deepspace_http/app.py": ("import psycopg_pool\n", "psycopg is used"),
    "deepspace_adapters/bootstrap.py": ("import redis\n", "redis is used"),
    "deepspace_http/lifespan.py": ("import dependency_injector\n", "dependency_injector is used"),
}


@pytest.mark.parametrize("path", list(FORBIDDEN))
def test_a_forbidden_import_breaks_its_contract(path: str, tmp_path: Path) -> None:
    make_tree(tmp_path)
    text, contract = FORBIDDEN[path]
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    result = lint(tmp_path)
    assert result.returncode == 1
    assert any(contract in line and "BROKEN" in line for line in _unwrapped(result.stdout)), result.stdout


def _unwrapped(output: str) -> list[str]:
    """Verdict lines; a long contract name is wrapped before its verdict."""
    lines = output.splitlines()
    return [" ".join(pair) for pair in zip(lines, [*lines[1:], ""], strict=True)]
