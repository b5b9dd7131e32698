"""Who listens on a TCP port, as far as this machine tells: Linux's /proc, for processes that we may look into."""

import socket
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"
"""TCP_LISTEN in the `st` column of /proc/net/tcp (proc_net_tcp.rst)."""

LOCAL_ADDRESS, STATE, INODE = 1, 3, 9
"""Columns of /proc/net/tcp."""


def is_free(host: str, port: int) -> bool:
    """Whether the port can be bound now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def port_holder(port: int) -> str | None:
    """`nginx (process 4711)`, or None when it can't be told."""
    inodes = _listening_inodes(port)
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in PROC.glob("[0-9]*") if wanted else ():
        if _has_open(process, wanted):
            name = _read(process / "comm").strip() or "a program"
            return f"{name} (process {process.name})"
    return None


def _listening_inodes(port: int) -> set[str]:
    rows = [line.split() for table in ("tcp", "tcp6") for line in _read(PROC / "net" / table).splitlines()[1:]]
    return {row[INODE] for row in rows if row[STATE] == LISTENING and row[LOCAL_ADDRESS].endswith(f":{port:04X}")}


def _has_open(process: Path, wanted: set[str]) -> bool:
    try:
        return any(str(link.readlink()) in wanted for link in (process / "fd").iterdir())
    except OSError:  # gone, or somebody else's
        return False


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
