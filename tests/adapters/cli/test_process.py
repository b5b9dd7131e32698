"""The command as people run it: a process, with an environment, a working directory and an exit code."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from deepspace_adapters.cli.main import ABOUT, COMMANDS, cli


def deepspace(directory: Path, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DEEPSPACE_")}
    return subprocess.run(
        [sys.executable, "-m", "deepspace_adapters.cli.main", *words],
        cwd=directory,
        env={**clean, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_lists_every_command_with_a_line_about_it(tmp_path: Path) -> None:
    told = deepspace(tmp_path, "--help")
    assert told.returncode == 0
    assert list(ABOUT) == list(COMMANDS)
    assert all(f"  {name} " in told.stdout for name in COMMANDS)


def test_help_loads_no_driver(tmp_path: Path) -> None:
    script = (
        "import sys; from deepspace_adapters.cli.main import cli; cli(['--help'], standalone_mode=False); "
        "print([name for name in ('psycopg', 'redis', 'litestar', 'dramatiq') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_explains_itself(command: str) -> None:
    told = CliRunner().invoke(cli, [command, "--help"], prog_name="deepspace")
    assert told.exit_code == 0
    assert told.stdout.startswith(f"Usage: deepspace {command}")


@pytest.mark.parametrize(
    "words", [["org", "list"], ["gateway"], ["worker"], ["migrate", "status"], ["ledger", "audit"]]
)
def test_without_a_stack_a_command_says_how_to_get_one(words: list[str], tmp_path: Path) -> None:
    told = deepspace(tmp_path, *words)
    assert told.returncode == 1
    assert told.stdout == ""
    assert told.stderr.startswith(f"Error: nothing is running here ({tmp_path / '.deepspace'}): start `deepspace up`")
    assert "DEEPSPACE_DATABASE_URL" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_refusal_can_be_read_by_a_program(tmp_path: Path) -> None:
    told = deepspace(tmp_path, "wallet", "show", "--json")
    assert json.loads(told.stderr)["error"]["code"] == "nothing_running"


def test_faulty_settings_are_all_told_before_anything_is_done(tmp_path: Path) -> None:
    told = deepspace(tmp_path, "up", DEEPSPACE_HTTP_PORT="x", DEEPSPACE_NEWAPI_API_KEY="sk-half", DEEPSPACE_TYPO="1")
    assert told.returncode == 1
    for name in ("DEEPSPACE_HTTP_PORT", "DEEPSPACE_NEWAPI_BASE_URL", "DEEPSPACE_TYPO"):
        assert name in told.stderr
    assert "Traceback" not in told.stderr
    assert not (tmp_path / ".deepspace").exists()


def test_a_dotenv_file_in_the_working_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DEEPSPACE_LOG_FORMAT=xml\n")
    told = deepspace(tmp_path, "org", "list")
    assert told.returncode == 1
    assert "DEEPSPACE_LOG_FORMAT must be one of json, text" in told.stderr


def test_a_database_that_is_down_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    told = deepspace(tmp_path, "migrate", "status", DEEPSPACE_DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/x")
    assert told.returncode == 1
    assert "the database can't be reached" in told.stderr
    assert "hunter2" not in told.stderr
    assert "Traceback" not in told.stderr


def test_a_command_that_finds_no_database_names_the_doctor(tmp_path: Path) -> None:
    told = deepspace(tmp_path, "org", "list", DEEPSPACE_DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/x")
    assert told.returncode == 1
    assert told.stderr.splitlines()[1:] == ["`deepspace doctor` tells what is away, why, and what to do."]


def test_a_command_on_a_database_without_the_schema_names_the_migration(
    empty_database_url: str, tmp_path: Path
) -> None:
    told = deepspace(tmp_path, "org", "list", DEEPSPACE_DATABASE_URL=empty_database_url)
    assert told.returncode == 1
    assert "run `deepspace migrate up`" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_mistyped_command_is_told_its_likely_name(tmp_path: Path) -> None:
    told = deepspace(tmp_path, "trcae").stderr
    assert "Did you mean" in told
    assert "'trace'" in told


def test_up_refuses_a_taken_port_before_it_starts_anything(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = deepspace(tmp_path, "up", DEEPSPACE_HTTP_PORT=str(port))
    assert told.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in told.stderr
    assert "DEEPSPACE_HTTP_PORT" in told.stderr
    assert not (tmp_path / ".deepspace").exists()


def test_migrations_are_applied_listed_and_undone(empty_database_url: str, tmp_path: Path) -> None:
    environ = {"DEEPSPACE_DATABASE_URL": empty_database_url}
    pending = json.loads(deepspace(tmp_path, "migrate", "status", "--json", **environ).stdout)["pending"]
    applied = json.loads(deepspace(tmp_path, "migrate", "up", "--json", **environ).stdout)["applied"]
    assert applied == pending
    assert deepspace(tmp_path, "migrate", "up", **environ).stderr == "The schema is up to date.\n"
    undone = json.loads(deepspace(tmp_path, "migrate", "down", "--yes", "--json", **environ).stdout)["rolled_back"]
    assert undone == applied[-1:]


def test_undoing_asks_first(empty_database_url: str, tmp_path: Path) -> None:
    told = deepspace(tmp_path, "migrate", "down", DEEPSPACE_DATABASE_URL=empty_database_url)
    assert told.returncode == 1
    assert "lose the data" in told.stderr
