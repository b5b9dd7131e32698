"""The file by which other `deepspace` commands find the stack that `deepspace up` runs, and know that it still does."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from deepspace_adapters.embedded.files import DirectoryLock, write_private

STATE_FILE = "running.json"
LOCK_FILE = "up.lock"


class RunningStack(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is. It holds secrets: never log it, never show it whole."""

    database_url: str
    redis_url: str
    newapi_base_url: str
    newapi_api_key: str
    supervisor_pid: int
    pids: dict[str, int] = {}  # msgspec copies it for each

    def environment(self) -> Mapping[str, str]:
        """The settings that point a process at this stack."""
        return {
            "DEEPSPACE_DATABASE_URL": self.database_url,
            "DEEPSPACE_REDIS_URL": self.redis_url,
            "DEEPSPACE_NEWAPI_BASE_URL": self.newapi_base_url,
            "DEEPSPACE_NEWAPI_API_KEY": self.newapi_api_key,
        }

    def __repr__(self) -> str:
        return f"RunningStack(supervisor_pid={self.supervisor_pid}, pids={self.pids})"


def find_running(data_dir: Path) -> RunningStack | None:
    """The stack that runs over `data_dir`, or None. What a killed supervisor left behind doesn't count."""
    try:
        stack = msgspec.json.decode((data_dir / STATE_FILE).read_bytes(), type=RunningStack)
    except (OSError, msgspec.MsgspecError):
        return None
    return stack if DirectoryLock(data_dir / LOCK_FILE).held_by_another() else None


def write_running(data_dir: Path, stack: RunningStack) -> None:
    """Publishes the stack, readable by us alone."""
    write_private(data_dir / STATE_FILE, msgspec.json.encode(stack).decode())


def forget_running(data_dir: Path) -> None:
    """Takes the file away."""
    (data_dir / STATE_FILE).unlink(missing_ok=True)
