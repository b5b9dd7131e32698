"""The make targets: listed, guarded, and clear about what is missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = ROOT / "Makefile"


def make(directory: Path, *words: str, answer: str = "") -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DEEPSPACE_", "MAKE"))}
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=directory,
        env=clean,
        input=answer,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as the targets look at."""
    shutil.copy(MAKEFILE, tmp_path / "Makefile")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / ".requirements").mkdir()
    (tmp_path / ".requirements" / "lock.txt").write_text("")
    return tmp_path


def test_plain_make_lists_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE.read_text(), re.MULTILINE)
    assert phony is not None
    told = make(ROOT)
    listed = re.findall(r"^  make (\S+)", told.stdout, re.MULTILINE)
    assert sorted(listed) == sorted(phony[1].split())


def test_a_python_that_is_too_old_is_named_with_the_way_out(checkout: Path) -> None:
    old = checkout / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    old.chmod(0o755)
    told = make(checkout, "setup", f"PYTHON={old}")
    assert told.returncode != 0
    assert "needs Python 3.11 or newer" in told.stderr
    assert "Python 3.9.2" in told.stderr
    assert "make PYTHON=" in told.stderr


def test_a_python_without_venv_is_told_what_to_install(checkout: Path) -> None:
    bare = checkout / "python3"
    bare.write_text('#!/bin/sh\ncase "$2" in *version_info*) exit 0;; *) exit 1;; esac\n')
    bare.chmod(0o755)
    told = make(checkout, "setup", f"PYTHON={bare}")
    assert told.returncode != 0
    assert "apt install python3-venv" in told.stderr


def test_no_python_at_all_is_told_as_such(checkout: Path) -> None:
    told = make(checkout, "setup", "PYTHON=")
    assert told.returncode != 0
    assert "none was found on PATH" in told.stderr


def test_a_setup_that_is_current_does_nothing(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / ".installed").touch()
    assert make(checkout, "--question", "setup").returncode == 0
    later = (checkout / ".venv" / ".installed").stat().st_mtime + 10
    os.utime(checkout / ".requirements" / "lock.txt", (later, later))
    assert make(checkout, "--question", "setup").returncode == 1


def test_clean_keeps_the_data_and_says_so(checkout: Path) -> None:
    (checkout / ".deepspace").mkdir()
    (checkout / ".ruff_cache").mkdir()
    told = make(checkout, "clean")
    assert told.returncode == 0
    assert "Kept: .venv, and .deepspace" in told.stdout
    assert (checkout / ".deepspace").is_dir()
    assert not (checkout / ".ruff_cache").exists()


@pytest.mark.parametrize(("answer", "kept"), [("delete\n", False), ("y\n", True), ("", True)])
def test_data_is_deleted_only_when_it_was_typed_out(answer: str, kept: bool, checkout: Path) -> None:
    (checkout / ".deepspace").mkdir()
    told = make(checkout, "clean-data", answer=answer)
    assert "every account, wallet, key" in told.stdout
    assert (checkout / ".deepspace").exists() is kept


def test_continuous_integration_runs_check_and_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make check test" in script.read_text()
