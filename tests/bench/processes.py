"""What processes cost, as the kernel counts it: CPU time and memory of a process and everything below it.

CPU time, not the clock on the wall: it hardly depends on what else the machine does. Linux only (/proc).
"""

import os
import re
from pathlib import Path

_PROC = Path("/proc")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(root: int) -> float:
    """User and system time of `root` and all its descendants, the dead ones included."""
    return sum(sum(map(int, _stat(pid)[11:15])) for pid in _tree(root)) / _TICKS_PER_SECOND


def memory_mb(root: int) -> float:
    """Proportional set size of the tree: what would be free if it were gone."""
    rollups = ((_PROC / str(pid) / "smaps_rollup").read_text() for pid in _tree(root))
    return sum(int(found[1]) for text in rollups if (found := _PSS.search(text))) / 1024


def pin(root: int, *cores: int) -> None:
    """Keeps a process and what it has started on these cores, where the machine has more than one."""
    if (os.cpu_count() or 1) > 1:
        for pid in _tree(root):
            os.sched_setaffinity(pid, set(cores))


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
            except OSError:
                continue
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _stat(pid: int) -> list[str]:
    """The fields after the command's name: state, parent, …, utime, stime, cutime, cstime at 11 to 14."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
