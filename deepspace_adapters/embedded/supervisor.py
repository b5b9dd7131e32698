"""Runs everything that `deepspace up` needs, in one order up and the other down, and keeps it running.

    with Supervisor(data_dir, given=Given(), progress=show) as supervisor:
        stack = supervisor.start()                      # PostgreSQL, Redis, model: those that were not given
        ...                                             # migrate, make the administrator: whatever needs them
        supervisor.run(Service(name="gateway", argv=[...], environment=stack.environment(), ready=answers))
        supervisor.supervise()                          # until Ctrl-C or SIGTERM, or until a child is beyond help

Rules: what crashes is started again after a pause that grows, RESTARTS_MAX times in RESTARTS_WINDOW_SECONDS, then all
of it ends with the reason. Ctrl-C and SIGTERM raise KeyboardInterrupt while starting, end the supervising, and change
nothing while stopping, which is bounded. Use it from the main thread: signals come there, and the kernel ends children
with the thread that started them.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import FrameType, TracebackType
from typing import Protocol, Self

import msgspec

from deepspace_adapters.embedded.errors import EmbeddedFailure
from deepspace_adapters.embedded.files import DirectoryLock, ensure_directory
from deepspace_adapters.embedded.model import EmbeddedModel
from deepspace_adapters.embedded.postgres import EmbeddedPostgres
from deepspace_adapters.embedded.process import ChildProcess, Program
from deepspace_adapters.embedded.redis import EmbeddedRedis
from deepspace_adapters.embedded.running import LOCK_FILE, RunningStack, forget_running, write_running

POLL_SECONDS = 0.1
LOCK_TIMEOUT_SECONDS = 1.0
RESTARTS_MAX = 5
RESTARTS_WINDOW_SECONDS = 120.0
RESTART_DELAY_SECONDS = 0.5
"""The first pause; each further one within the window is twice as long."""

READY_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 45.0
"""What a gateway or worker may take to drain before it is killed."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class News(Enum):
    """What a notice says of a server."""

    STARTING = "starting"
    READY = "ready"
    CRASHED = "crashed"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Notice:
    """Progress, for a person to see; `detail` is empty or one sentence."""

    news: News
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What runs elsewhere already, from the settings; None is started here. The last two go together."""

    database_url: str | None = None
    redis_url: str | None = None
    newapi_base_url: str | None = None
    newapi_api_key: str | None = None

    def __repr__(self) -> str:
        return "Given(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A further process to run beside the servers. Its environment is added to ours."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True
    stop_timeout_seconds: float = STOP_TIMEOUT_SECONDS


class Runnable(Protocol):
    """What the supervisor needs of a server; `start` may be called again after a crash."""

    @property
    def pid(self) -> int | None: ...
    @property
    def alive(self) -> bool: ...
    def start(self) -> str: ...
    def stop(self) -> None: ...


@dataclass(slots=True)
class _Charge:
    """A server that we answer for, when it crashed, and when to start it again."""

    name: str
    server: Runnable
    crashes: list[float] = field(default_factory=list)
    start_at: float | None = None


class _Phase(Enum):
    STARTING = "starting"
    SUPERVISING = "supervising"
    STOPPING = "stopping"


class Supervisor:
    """One stack over one data directory; entering takes the directory, leaving stops whatever runs."""

    def __init__(self, data_dir: Path, *, given: Given, progress: Callable[[Notice], None]) -> None:
        self._data_dir = data_dir.absolute()
        self._given = given
        self._progress = progress
        self._lock = DirectoryLock(self._data_dir / LOCK_FILE)
        self._charges: list[_Charge] = []
        self._stack: RunningStack | None = None
        self._phase = _Phase.STARTING
        self._asked_to_stop = False
        self._handlers: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        """Raises AlreadyRunning when another supervisor has this directory, EmbeddedFailure when it can't be used."""
        ensure_directory(self._data_dir)
        self._lock.acquire(timeout_seconds=LOCK_TIMEOUT_SECONDS)
        forget_running(self._data_dir)
        for number in SIGNALS:
            self._handlers[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)  # type: ignore[arg-type]  # it is what signal.signal gave us
            self._lock.release()

    @property
    def log_directory(self) -> Path:
        """Where each server's log is, `<name>.log`."""
        return self._data_dir / "logs"

    def start(self) -> RunningStack:
        """Starts what was not given, publishes the stack for other commands, and returns it. Raises EmbeddedFailure."""
        given, data_dir = self._given, self._data_dir
        database_url = given.database_url or self._add("postgres", EmbeddedPostgres(data_dir))
        redis_url = given.redis_url or self._add("redis", EmbeddedRedis(data_dir))
        base_url, api_key = given.newapi_base_url, given.newapi_api_key
        if base_url is None or api_key is None:
            model = EmbeddedModel(data_dir)
            base_url, api_key = self._add("model", model), model.key
        self._stack = RunningStack(
            database_url=database_url,
            redis_url=redis_url,
            newapi_base_url=base_url,
            newapi_api_key=api_key,
            supervisor_pid=os.getpid(),
        )
        return self._publish(self._stack)

    def run(self, service: Service) -> None:
        """Starts a further process and waits until it is ready. Raises EmbeddedFailure with the end of its log."""
        self._add(service.name, _ServiceProcess(service, log_path=self.log_directory / f"{service.name}.log"))
        if self._stack is not None:
            self._publish(self._stack)

    def supervise(self) -> None:
        """Returns when asked to stop. Raises EmbeddedFailure when something keeps crashing."""
        self._phase = _Phase.SUPERVISING
        while not self._asked_to_stop:
            for charge in self._charges:
                self._look_after(charge)
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stops everything, the last started first; harmless when nothing runs."""
        self._phase = _Phase.STOPPING
        forget_running(self._data_dir)
        while self._charges:
            charge = self._charges.pop()
            self._progress(Notice(News.STOPPING, charge.name))
            charge.server.stop()
            self._progress(Notice(News.STOPPED, charge.name))

    def _add(self, name: str, server: Runnable) -> str:
        self._progress(Notice(News.STARTING, name))
        # Before its start, so that an interrupted start is stopped too.
        self._charges.append(_Charge(name, server))
        address = server.start()
        self._progress(Notice(News.READY, name))
        return address

    def _look_after(self, charge: _Charge) -> None:
        now = time.monotonic()
        if charge.start_at is None:
            if not charge.server.alive:
                self._note_crash(charge, now=now)
        elif now >= charge.start_at:
            self._start_again(charge)

    def _note_crash(self, charge: _Charge, *, now: float, reason: str = "") -> None:
        charge.crashes = [at for at in charge.crashes if at > now - RESTARTS_WINDOW_SECONDS] + [now]
        log_path = self.log_directory / f"{charge.name}.log"
        if len(charge.crashes) > RESTARTS_MAX:
            raise EmbeddedFailure(
                f"{charge.name} ended {len(charge.crashes)} times within {RESTARTS_WINDOW_SECONDS:g} seconds; "
                f"{reason or f'its log is {log_path}'}",
                server=charge.name,
            )
        delay = RESTART_DELAY_SECONDS * 2 ** (len(charge.crashes) - 1)
        charge.start_at = now + delay
        self._progress(Notice(News.CRASHED, charge.name, f"starting it again in {delay:g} s; its log is {log_path}"))

    def _start_again(self, charge: _Charge) -> None:
        charge.start_at = None
        self._progress(Notice(News.STARTING, charge.name))
        # A start may take long; Ctrl-C should not wait for it.
        self._phase = _Phase.STARTING
        try:
            charge.server.start()
        except EmbeddedFailure as fault:
            self._note_crash(charge, now=time.monotonic(), reason=fault.message)
            return
        except KeyboardInterrupt:
            self._asked_to_stop = True
            return
        finally:
            self._phase = _Phase.SUPERVISING
        self._progress(Notice(News.READY, charge.name))
        if self._stack is not None:
            self._publish(self._stack)

    def _publish(self, stack: RunningStack) -> RunningStack:
        pids = {charge.name: pid for charge in self._charges if (pid := charge.server.pid) is not None}
        published = msgspec.structs.replace(stack, pids=pids)
        write_running(self._data_dir, published)
        return published

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # what signal.signal asks for
        if self._phase is _Phase.STARTING:
            raise KeyboardInterrupt
        self._asked_to_stop = True


class _ServiceProcess:
    """A Service as a Runnable."""

    def __init__(self, service: Service, *, log_path: Path) -> None:
        self._service = service
        self._child = ChildProcess(
            Program(
                name=service.name,
                argv=service.argv,
                log_path=log_path,
                environment={**os.environ, **service.environment},
                stop_timeout_seconds=service.stop_timeout_seconds,
            )
        )

    @property
    def pid(self) -> int | None:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.alive

    def start(self) -> str:
        ensure_directory(self._child.program.log_path.parent)
        self._child.start()
        self._child.wait_until(
            self._service.ready,
            timeout_seconds=READY_TIMEOUT_SECONDS,
            fix="`deepspace doctor` may tell more.",
        )
        return self._service.name

    def stop(self) -> None:
        self._child.stop()
