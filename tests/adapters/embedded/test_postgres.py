"""The embedded PostgreSQL: a real server each time."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deepspace_adapters.embedded.errors import AlreadyRunning, EmbeddedFailure
from deepspace_adapters.embedded.postgres import EmbeddedPostgres

GONE_TIMEOUT_SECONDS = 20


@pytest.fixture
def server(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    made = EmbeddedPostgres(data_dir)
    yield made
    made.stop()


def value_of(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None


def run(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def test_it_is_durable_and_speaks_unicode(server: EmbeddedPostgres) -> None:
    url = server.start()
    assert value_of(url, "SELECT current_database()") == "deepspace"
    assert [value_of(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3
    assert value_of(url, "SELECT upper('ärger')") == "ÄRGER"


def test_it_listens_on_no_port_and_lets_nobody_else_near_its_socket(server: EmbeddedPostgres, data_dir: Path) -> None:
    url = server.start()
    assert value_of(url, "SHOW listen_addresses") == ""
    assert stat.S_IMODE((data_dir / "run").stat().st_mode) == 0o700


def test_what_is_committed_is_there_after_a_restart(server: EmbeddedPostgres) -> None:
    url = server.start()
    run(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    assert not server.alive
    assert server.start() == url
    assert value_of(url, "SELECT answer FROM kept") == 42


def test_it_starts_again_after_kill_9_with_what_was_committed(server: EmbeddedPostgres) -> None:
    url = server.start()
    run(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert server.start() == url
    assert value_of(url, "SELECT answer FROM kept") == 42


def test_a_stale_pid_file_that_names_a_living_process_is_no_obstacle(server: EmbeddedPostgres, data_dir: Path) -> None:
    server.start()
    server.stop()
    (data_dir / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{data_dir / 'postgres'}\n1\n5432\n")
    assert value_of(server.start(), "SELECT 1") == 1


def test_an_interrupted_first_start_is_begun_afresh(server: EmbeddedPostgres, data_dir: Path) -> None:
    half = data_dir / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    assert value_of(server.start(), "SELECT 1") == 1


def test_a_second_server_over_the_same_directory_is_refused(
    server: EmbeddedPostgres, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepspace_adapters.embedded.postgres.LOCK_TIMEOUT_SECONDS", 0)
    server.start()
    with pytest.raises(AlreadyRunning, match=f"in use by process {os.getpid()}"):
        EmbeddedPostgres(data_dir).start()
    assert server.alive


def test_a_long_path_gets_its_socket_elsewhere(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir / ("deep" * 20) / ("down" * 20))
    try:
        assert value_of(server.start(), "SELECT 1") == 1
    finally:
        server.stop()


def test_a_directory_that_cannot_be_written_names_the_setting(data_dir: Path) -> None:
    (data_dir / "file").write_text("in the way")
    with pytest.raises(EmbeddedFailure, match="DEEPSPACE_DATA_DIR"):
        EmbeddedPostgres(data_dir / "file" / "below").start()


def test_a_cluster_of_another_version_says_which(server: EmbeddedPostgres, data_dir: Path) -> None:
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(EmbeddedFailure, match=r"made by PostgreSQL 9\.6"):
        server.start()


def test_a_server_that_cannot_start_shows_the_end_of_its_log(data_dir: Path) -> None:
    with pytest.raises(EmbeddedFailure, match="unrecognized configuration parameter"):
        EmbeddedPostgres(data_dir, settings={"no_such_setting": "1"}).start()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")
def test_it_ends_with_a_parent_that_is_killed(data_dir: Path) -> None:
    program = (
        "import sys, time, pathlib\n"
        "from deepspace_adapters.embedded.postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(pathlib.Path(sys.argv[1]))\n"
        "server.start()\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(data_dir)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        server_pid = int(parent.stdout.readline())
        parent.kill()
    assert wait_until_gone(server_pid)
    again = EmbeddedPostgres(data_dir)
    assert value_of(again.start(), "SELECT 1") == 1
    again.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a directory that the service user may not enter")
def test_root_may_keep_everything_where_nobody_else_may_look(data_dir: Path) -> None:
    hidden = data_dir / "root-only"
    hidden.mkdir(mode=0o700)
    server = EmbeddedPostgres(hidden / "data")
    try:
        assert value_of(server.start(), "SELECT 1") == 1
        assert stat.S_IMODE(hidden.stat().st_mode) == 0o700
        assert server.pid is not None
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    finally:
        server.stop()


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + GONE_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False
