"""The memory that calls work on, gathered from thousands of small pages onto some fifty huge ones.

A processor remembers where so many pages are, and looking up another one takes it dozens of accesses on a virtual
machine. Python maps its memory a megabyte at a time, half of a huge page, and the kernel leaves that on small ones. So
the process asks for what it has come to use (madvise(2), MADV_COLLAPSE; Linux 6.1): a twentieth of a call's CPU time,
for 3 MB (docs/decisions/0036). Where the kernel can't, or its operator has said `never`, memory stays as it is.
"""

import asyncio
import contextlib
import ctypes
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FIRST_SECONDS, SECONDS_MAX = 2.0, 600.0
"""How long after the start it is done, and then twice as long each time: what a process uses grows ever slower."""
USED_SHARE_MIN = 0.75
"""Of a mapping, so that what lies empty in it doesn't become memory that is in use."""

_TRANSPARENT = Path("/sys/kernel/mm/transparent_hugepage")
_MAPPINGS = Path("/proc/self/smaps")
_ANONYMOUS = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) rw-p \S+ 00:00 0 +(?:\[heap\])?\n(?:\w+: .*\n)*?Rss: +(\d+) kB\n", re.MULTILINE
)
_COLLAPSE = 25


async def keep_gathered() -> None:
    """Gathers this process's memory for ever; cancel it."""
    page_bytes = huge_page_bytes()
    pause = FIRST_SECONDS
    while page_bytes:
        await asyncio.sleep(pause)
        await asyncio.to_thread(gather, page_bytes)
        pause = min(2 * pause, SECONDS_MAX)


def huge_page_bytes() -> int:
    """How large a huge page is; 0 where there are none to be had."""
    if sys.platform != "linux":
        return 0
    try:
        allowed = (_TRANSPARENT / "enabled").read_text()
        return 0 if "[never]" in allowed else int((_TRANSPARENT / "hpage_pmd_size").read_text())
    except OSError:
        return 0


def gather(page_bytes: int) -> None:
    """Asks for huge pages of that size under the memory in use: some 50 ms at first, 2 when all is gathered.

    Where the kernel refuses, for want of a huge page or of a newer kernel, nothing changes.
    """
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    with contextlib.suppress(OSError):  # a machine that hides its mappings
        for start, end in _in_use(_MAPPINGS.read_text(), page_bytes):
            madvise(start, end - start, _COLLAPSE)


def _in_use(mappings: str, page_bytes: int) -> Iterator[tuple[int, int]]:
    """The whole huge pages that fit into this process's private memory, first and last address."""
    for first, last, used_kb in _ANONYMOUS.findall(mappings):
        start, end = int(first, 16), int(last, 16)
        if int(used_kb) * 1024 < (end - start) * USED_SHARE_MIN:
            continue
        start, end = -(-start // page_bytes) * page_bytes, end // page_bytes * page_bytes
        if start < end:
            yield start, end
