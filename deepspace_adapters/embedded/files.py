"""Directories and locks of the embedded servers."""

import fcntl
import os
import time
from pathlib import Path

from deepspace_adapters.embedded.errors import AlreadyRunning, EmbeddedFailure

PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600
LOCK_POLL_SECONDS = 0.05
PID_BYTES_MAX = 20


def ensure_directory(path: Path) -> Path:
    """Makes a private directory, parents included, and proves that it can be written. Raises EmbeddedFailure."""
    try:
        path.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        probe = path / f".probe-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as fault:
        raise EmbeddedFailure(
            f"can't write in {path}: {fault.strerror}; free some space, mend its permissions, "
            "or set DEEPSPACE_DATA_DIR to another directory",
            param="data_dir",
        ) from fault
    return path


def write_private(path: Path, text: str) -> None:
    """Replaces a file at once, so that a reader sees the old text or the new, and nobody else sees either."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


class DirectoryLock:
    """An advisory lock (flock) on a file, which the kernel lets go of when its last holder has ended.

    Handed to a server (`pass_fds`), the lock lasts as long as any process of that server: whoever gets it knows that
    nothing is left of an earlier run, and needn't guess by process ids, which a container soon uses again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.descriptor: int | None = None

    def acquire(self, *, timeout_seconds: float) -> None:
        """Takes the lock, waiting for an earlier run to end. Raises AlreadyRunning naming the holder."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        deadline = time.monotonic() + timeout_seconds
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, PID_BYTES_MAX, 0).decode(errors="replace").strip() or "unknown"
                os.close(descriptor)
                raise AlreadyRunning(
                    f"{self._path.parent} is in use by process {holder}; stop that one first, "
                    "or set DEEPSPACE_DATA_DIR to another directory",
                    pid=holder,
                )
            time.sleep(LOCK_POLL_SECONDS)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self.descriptor = descriptor

    def held_by_another(self) -> bool:
        """Whether somebody holds it now; asks for a shared lock, so that askers don't see each other."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            return not _try_lock(descriptor, kind=fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """Lets go; a server that still holds the lock keeps it. Releasing twice is harmless."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def _try_lock(descriptor: int, *, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
