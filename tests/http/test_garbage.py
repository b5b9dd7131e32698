"""Memory that was freed goes back to the system."""

import ctypes
import subprocess
import sys

import pytest

BLOCKS, BLOCK_BYTES = 2_000, 32 * 1024
"""62 MB in blocks that the C library takes from its heap, not from the system one by one."""
SCRIPT = f"""
import re
from pathlib import Path
from deepspace_http.garbage import give_back

def held_mb():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

blocks = [bytes([1]) * {BLOCK_BYTES} for _ in range({BLOCKS})]
last = bytes([1]) * {BLOCK_BYTES}  # above the others, so that the heap can't shrink from its end
blocks.clear()
freed = held_mb()
give_back()
print(freed - held_mb())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="a C library that gives back by itself")
def test_what_is_freed_below_something_kept_goes_back_to_the_system() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True).stdout
    assert float(told) > BLOCKS * BLOCK_BYTES / 2**20 / 2
