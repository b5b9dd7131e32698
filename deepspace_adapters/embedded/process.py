"""A child process that ends with its parent, tells why it died, and is stopped within a bound.

A child has a session of its own, so Ctrl-C in a terminal reaches the supervisor alone, which then stops its children in
order. Should the parent be killed outright, the kernel sends the child its `death_signal` (PR_SET_PDEATHSIG). That
signal is tied to the THREAD that started the child: start children from a thread that lives as long as they should.
Off Linux there is no such signal, and children of a killed parent must be ended by hand; the next start says so.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from pwd import struct_passwd

from deepspace_adapters.embedded.errors import EmbeddedFailure
from deepspace_adapters.embedded.files import PRIVATE_FILE
from deepspace_adapters.embedded.service_user import become

PR_SET_PDEATHSIG = 1
LOG_TAIL_LINES = 20
LOG_TAIL_BYTES = 8_000
LOG_ROTATE_BYTES = 20_000_000
POLL_SECONDS = 0.02
KILLED_TIMEOUT_SECONDS = 5.0

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and how it is ended: `stop_signals` in turn, each given `stop_timeout_seconds`, then SIGKILL."""

    name: str
    argv: Sequence[str]
    log_path: Path
    environment: Mapping[str, str] | None = None
    directory: Path | None = None
    standard_input: bytes | None = None
    user: struct_passwd | None = None
    inherited: Sequence[int] = ()
    death_signal: signal.Signals = signal.SIGTERM
    stop_signals: Sequence[signal.Signals] = (signal.SIGTERM,)
    stop_timeout_seconds: float = 10.0


@dataclass(slots=True)
class ChildProcess:
    """A running Program."""

    program: Program
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """None while it runs (or never ran); negative for the signal that ended it."""
        return self._process.poll() if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts it, without waiting until it is ready. Raises EmbeddedFailure if it can't even be started."""
        program = self.program
        self._kill_group()
        try:
            self._process = self._spawn()
        except OSError as fault:
            raise EmbeddedFailure(
                f"{program.name}: can't run {program.argv[0]}: {fault.strerror}; "
                "reinstall with `pip install deepspace-workflows[embedded]`"
            ) from fault
        if program.standard_input is not None and self._process.stdin:
            try:
                with self._process.stdin as pipe:
                    pipe.write(program.standard_input)
            except BrokenPipeError:
                return  # it died at once; whoever waits for it to be ready tells why

    def wait_until(self, ready: Callable[[], bool], *, timeout_seconds: float, fix: str) -> None:
        """Returns as soon as `ready()`. Raises EmbeddedFailure, with the log's end, when it dies or is too slow."""
        deadline = time.monotonic() + timeout_seconds
        while not ready():
            if not self.alive:
                raise self.failure(f"ended at its start (exit code {self.exit_code})", fix=fix)
            if time.monotonic() >= deadline:
                self.stop()
                raise self.failure(f"was not ready within {timeout_seconds:g} seconds", fix=fix)
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ends it, by force if need be; harmless when it has ended already."""
        if self._process is None:
            return
        stages = [(number, self.program.stop_timeout_seconds) for number in self.program.stop_signals]
        for number, seconds in [*stages, (signal.SIGKILL, KILLED_TIMEOUT_SECONDS)]:
            if self._signalled(number, timeout_seconds=seconds):
                break
        self._kill_group()

    def failure(self, what: str, *, fix: str) -> EmbeddedFailure:
        """An EmbeddedFailure that tells what happened, what the log says at its end, and the fix."""
        return EmbeddedFailure(
            f"{self.program.name} {what}. {fix}\nThe end of {self.program.log_path}:\n{self.log_tail()}",
            server=self.program.name,
        )

    def log_tail(self) -> str:
        """The last lines it wrote, LOG_TAIL_LINES at most."""
        try:
            with self.program.log_path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
                text = file.read().decode(errors="replace")
        except OSError:
            return "(no log)"
        return "\n".join(text.splitlines()[-LOG_TAIL_LINES:]) or "(empty)"

    def _spawn(self) -> subprocess.Popen[bytes]:
        program = self.program
        _rotate(program.log_path)
        log = os.open(program.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
        try:
            return subprocess.Popen(
                list(program.argv),
                stdin=subprocess.PIPE if program.standard_input is not None else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=program.directory,
                env=None if program.environment is None else dict(program.environment),
                start_new_session=True,
                pass_fds=tuple(program.inherited),
                preexec_fn=_preparation(program, parent=os.getpid()),  # noqa: PLW1509  # it only makes system calls
            )
        finally:
            os.close(log)

    def _signalled(self, number: signal.Signals, *, timeout_seconds: float) -> bool:
        """Whether it has ended, at the latest by this signal."""
        process = self._process
        if process is None or process.poll() is not None:
            return True
        process.send_signal(number)
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _kill_group(self) -> None:
        """Kills what a dead child left behind: a gateway's own processes would keep its port.

        While they live, the kernel gives their group's number to nobody; if it is a process again, they are gone.
        """
        if self._process is None or self._process.poll() is None:
            return
        try:
            os.kill(self._process.pid, 0)
        except ProcessLookupError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        except PermissionError:
            return


def _preparation(program: Program, *, parent: int) -> Callable[[], None]:
    """What the child does between fork and exec. The death signal comes last: changing the user clears it."""

    def prepare() -> None:
        if program.user is not None:
            become(program.user)
        if sys.platform == "linux":
            _libc.prctl(PR_SET_PDEATHSIG, int(program.death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)  # the parent died before the signal was set

    return prepare


def _rotate(log_path: Path) -> None:
    """Keeps one earlier log, so that a long-lived data directory doesn't fill the disk."""
    if log_path.exists() and log_path.stat().st_size > LOG_ROTATE_BYTES:
        log_path.replace(log_path.with_suffix(".1.log"))
