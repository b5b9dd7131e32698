"""The make targets: listed, guarded, and clear about what is missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = ROOT / "Makefile"
CHOOSING = ROOT / ".requirements" / "python.sh"
TOO_OLD = NO_VENV = "exit 1"


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


def build(directory: Path, timed: str, *, asked: str = "exit 0", name: str = "python3") -> str:
    """A Python that answers as told when it is asked for its age, and when it is timed. Returns its directory."""
    directory.mkdir(exist_ok=True)
    python = directory / name
    python.write_text(f'#!/bin/sh\ncase "$2" in *timeit*) {timed};; *) {asked};; esac\n')
    python.chmod(0o755)
    return str(directory)


def chosen(*directories: str) -> str:
    told = subprocess.run(
        ["/bin/sh", CHOOSING],
        env={"PATH": ":".join(directories)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return told.stdout.strip()


def test_the_quickest_build_of_the_first_pythons_version_is_taken(tmp_path: Path) -> None:
    first = build(tmp_path / "first", "echo 3.11 1000")
    slower = build(tmp_path / "slower", "echo 3.11 1200", name="python3.11")
    quicker = build(tmp_path / "quicker", "echo 3.11 800", name="python3.11")
    assert chosen(first, slower, quicker) == f"{quicker}/python3.11"


def test_a_build_as_quick_as_the_first_is_not_preferred_to_it(tmp_path: Path) -> None:
    first = build(tmp_path / "first", "echo 3.11 1000")
    alike = build(tmp_path / "alike", "echo 3.11 900")
    assert chosen(first, alike) == f"{first}/python3"


def test_another_version_is_not_preferred_for_its_pace(tmp_path: Path) -> None:
    first = build(tmp_path / "first", "echo 3.11 1000")
    newer = build(tmp_path / "newer", "echo 3.13 300", name="python3.13")
    assert chosen(first, newer) == f"{first}/python3"


def test_a_python_too_old_or_without_venv_is_passed_over(tmp_path: Path) -> None:
    old = build(tmp_path / "old", "echo 3.9 100", asked=TOO_OLD)
    bare = build(tmp_path / "bare", NO_VENV)
    good = build(tmp_path / "good", "echo 3.12 1000", name="python3.12")
    assert chosen(old, bare, good) == f"{good}/python3.12"
    assert chosen(old, bare) == f"{bare}/python3", "make says what it lacks"
    assert chosen(old) == ""


def test_the_python_that_is_taken_can_be_timed_and_makes_environments() -> None:
    taken = chosen(*os.environ["PATH"].split(":"))
    fit = "import sys, venv, ensurepip; assert sys.version_info >= (3, 11)"
    subprocess.run([taken, "-c", fit], timeout=60, check=True)


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
