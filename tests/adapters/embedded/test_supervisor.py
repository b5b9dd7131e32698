"""The supervisor: with the real servers where they matter, with small programs where only processes do."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest
import redis

from deepspace_adapters.embedded.errors import AlreadyRunning, EmbeddedFailure
from deepspace_adapters.embedded.running import STATE_FILE, find_running
from deepspace_adapters.embedded.supervisor import Given, News, Notice, Service, Supervisor

EVERYTHING = Given(
    database_url="postgresql://elsewhere/db",
    redis_url="redis://elsewhere:6379/0",
    newapi_base_url="http://elsewhere/v1",
    newapi_api_key="sk-elsewhere",
)
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
WAIT_SECONDS = 20


class Diary:
    """The notices that a supervisor gave, in order."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def __call__(self, notice: Notice) -> None:
        self.notices.append(notice)

    def names(self, news: News) -> list[str]:
        return [notice.name for notice in self.notices if notice.news is news]


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def soon(act: Callable[[], None]) -> threading.Thread:
    """Acts from a thread, while the supervisor has the main one."""
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_it_starts_what_is_not_given_publishes_it_and_stops_it_in_reverse(data_dir: Path) -> None:
    diary = Diary()
    with Supervisor(data_dir, given=Given(), progress=diary) as supervisor:
        stack = supervisor.start()
        with psycopg.connect(stack.database_url) as database, redis.Redis.from_url(stack.redis_url) as cache:
            assert database.execute("SELECT 1").fetchone() == (1,)
            assert cache.ping()
        headers = {"authorization": f"Bearer {stack.newapi_api_key}"}
        assert httpx.get(f"{stack.newapi_base_url}/models", headers=headers).status_code == 200
        assert find_running(data_dir) == stack
        assert stat.S_IMODE((data_dir / STATE_FILE).stat().st_mode) == 0o600
    assert diary.names(News.READY) == ["postgres", "redis", "model"]
    assert diary.names(News.STOPPED) == ["model", "redis", "postgres"]
    assert find_running(data_dir) is None
    assert not [pid for pid in stack.pids.values() if Path(f"/proc/{pid}").exists()]


def test_what_is_given_is_used_and_not_started(data_dir: Path) -> None:
    diary = Diary()
    with Supervisor(data_dir, given=EVERYTHING, progress=diary) as supervisor:
        environment = supervisor.start().environment()
    assert environment == {
        "DEEPSPACE_DATABASE_URL": "postgresql://elsewhere/db",
        "DEEPSPACE_REDIS_URL": "redis://elsewhere:6379/0",
        "DEEPSPACE_NEWAPI_BASE_URL": "http://elsewhere/v1",
        "DEEPSPACE_NEWAPI_API_KEY": "sk-elsewhere",
    }
    assert diary.notices == []


def test_each_is_given_on_its_own(data_dir: Path) -> None:
    diary = Diary()
    given = Given(
        database_url=EVERYTHING.database_url,
        newapi_base_url=EVERYTHING.newapi_base_url,
        newapi_api_key=EVERYTHING.newapi_api_key,
    )
    with Supervisor(data_dir, given=given, progress=diary) as supervisor:
        assert supervisor.start().database_url == EVERYTHING.database_url
    assert diary.names(News.READY) == ["redis"]


def test_a_second_one_over_the_same_directory_is_refused_and_harms_nothing(data_dir: Path) -> None:
    with Supervisor(data_dir, given=EVERYTHING, progress=Diary()) as supervisor:
        stack = supervisor.start()
        second = Supervisor(data_dir, given=EVERYTHING, progress=Diary())
        with pytest.raises(AlreadyRunning, match=f"in use by process {os.getpid()}"):
            second.__enter__()
        assert find_running(data_dir) == stack


def test_what_a_killed_supervisor_left_behind_does_not_count_as_running(data_dir: Path) -> None:
    with Supervisor(data_dir, given=EVERYTHING, progress=Diary()) as supervisor:
        supervisor.start()
        left = (data_dir / STATE_FILE).read_bytes()
    (data_dir / STATE_FILE).write_bytes(left)
    assert find_running(data_dir) is None


def test_secrets_do_not_show_in_what_a_log_would_print(data_dir: Path) -> None:
    with Supervisor(data_dir, given=EVERYTHING, progress=Diary()) as supervisor:
        assert "elsewhere" not in repr(supervisor.start()) + repr(EVERYTHING)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_supervising_and_everything_with_it(data_dir: Path, number: signal.Signals) -> None:
    diary = Diary()
    before = signal.getsignal(number)
    with Supervisor(data_dir, given=EVERYTHING, progress=diary) as supervisor:
        stack = supervisor.start()
        supervisor.run(Service(name="gateway", argv=SLEEPER))
        supervisor.run(Service(name="worker", argv=SLEEPER))
        running = find_running(data_dir)
        assert running is not None
        assert set(running.pids) == {"gateway", "worker"}
        timer = threading.Timer(0.3, os.kill, [os.getpid(), number])
        timer.start()
        supervisor.supervise()
        timer.join()
    assert diary.names(News.STOPPED) == ["worker", "gateway"]
    assert not [pid for pid in running.pids.values() if Path(f"/proc/{pid}").exists()]
    assert signal.getsignal(number) == before
    assert stack.newapi_api_key == "sk-elsewhere"


def test_a_signal_while_starting_interrupts_the_start(data_dir: Path) -> None:
    diary = Diary()
    never = Service(name="gateway", argv=SLEEPER, ready=lambda: False)
    timer = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGTERM])
    with Supervisor(data_dir, given=EVERYTHING, progress=diary) as supervisor:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            supervisor.run(never)
    assert diary.names(News.STOPPED) == ["gateway"]


def test_a_crashed_server_is_started_again_at_its_address(data_dir: Path) -> None:
    diary = Diary()
    given = Given(redis_url="redis://elsewhere/0", newapi_base_url="http://elsewhere/v1", newapi_api_key="sk-elsewhere")
    with Supervisor(data_dir, given=given, progress=diary) as supervisor:
        stack = supervisor.start()

        def kill_and_wait() -> None:
            os.kill(stack.pids["postgres"], signal.SIGKILL)
            wait_for(lambda: diary.names(News.READY) == ["postgres", "postgres"])
            os.kill(os.getpid(), signal.SIGTERM)

        thread = soon(kill_and_wait)
        supervisor.supervise()
        thread.join()
        again = supervisor._publish(stack)
        assert again.pids["postgres"] != stack.pids["postgres"]
        with psycopg.connect(stack.database_url) as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
    assert diary.names(News.CRASHED) == ["postgres"]


def test_what_keeps_crashing_ends_it_all_with_the_reason(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepspace_adapters.embedded.supervisor.RESTART_DELAY_SECONDS", 0.01)
    diary = Diary()
    with Supervisor(data_dir, given=EVERYTHING, progress=diary) as supervisor:
        supervisor.run(Service(name="gateway", argv=[sys.executable, "-c", "raise SystemExit('no port')"]))
        with pytest.raises(EmbeddedFailure, match="gateway ended 6 times"):
            supervisor.supervise()
    assert diary.names(News.CRASHED) == ["gateway"] * 5
    assert (data_dir / "logs" / "gateway.log").read_text().count("no port") == 6


def test_a_service_that_never_gets_ready_shows_the_end_of_its_log(data_dir: Path) -> None:
    failing = [sys.executable, "-c", "raise SystemExit('DEEPSPACE_HTTP_PORT is taken')"]
    with (
        pytest.raises(EmbeddedFailure, match="DEEPSPACE_HTTP_PORT is taken"),
        Supervisor(data_dir, given=EVERYTHING, progress=Diary()) as supervisor,
    ):
        supervisor.run(Service(name="gateway", argv=failing, ready=lambda: False))


def test_processes_that_a_service_leaves_behind_end_with_it(data_dir: Path) -> None:
    child_file = data_dir / "child"
    program = (
        "import pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    with Supervisor(data_dir, given=EVERYTHING, progress=Diary()) as supervisor:
        argv = [sys.executable, "-c", program, str(child_file)]
        supervisor.run(Service(name="gateway", argv=argv, ready=child_file.exists))
        wait_for(lambda: child_file.read_text() != "")
        grandchild = int(child_file.read_text())
    wait_for(lambda: not alive(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")
def test_services_end_with_a_supervisor_that_is_killed(data_dir: Path) -> None:
    program = (
        "import pathlib, sys\n"
        "from deepspace_adapters.embedded.supervisor import *\n"
        "with Supervisor(pathlib.Path(sys.argv[1]), given=Given(), progress=lambda notice: None) as supervisor:\n"
        "    supervisor.start()\n"
        "    supervisor.run(Service(name='gateway', argv=[sys.executable, '-c', 'import time; time.sleep(600)']))\n"
        "    print('up', flush=True)\n"
        "    supervisor.supervise()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(data_dir)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        running = find_running(data_dir)
        parent.kill()
    assert running is not None
    assert set(running.pids) == {"postgres", "redis", "model", "gateway"}
    wait_for(lambda: not any(alive(pid) for pid in running.pids.values()))
    assert find_running(data_dir) is None


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and that nobody has asked about yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
