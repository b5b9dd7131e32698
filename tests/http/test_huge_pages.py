"""A process's memory comes to lie on huge pages where it is in use, and only there."""

import subprocess
import sys
from pathlib import Path

import pytest

from deepspace_http import huge_pages

LARGE_BYTES = 64 * 2**20
SCRIPT = f"""
import mmap, re
from pathlib import Path
from deepspace_http.huge_pages import gather, huge_page_bytes

def kilobytes(what):
    return int(re.search(rf"^{{what}}: +(\\d+) kB", Path("/proc/self/smaps_rollup").read_text(), re.MULTILINE)[1])

used = [str(number) for number in range(500_000)]
empty = mmap.mmap(-1, {LARGE_BYTES}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
empty[0] = 1
before, huge_before = kilobytes("Rss"), kilobytes("AnonHugePages")
gather(huge_page_bytes())
print(kilobytes("AnonHugePages") - huge_before, kilobytes("Rss") - before)
assert used == [str(number) for number in range(500_000)]
"""
COLLAPSES_FROM = (6, 1)
"""The first Linux whose madvise(2) knows MADV_COLLAPSE."""


def _kernel() -> tuple[int, ...]:
    return tuple(int(part) for part in Path("/proc/sys/kernel/osrelease").read_text().split("-")[0].split(".")[:2])


@pytest.mark.skipif(
    huge_pages.huge_page_bytes() == 0 or _kernel() < COLLAPSES_FROM, reason="a system without huge pages on demand"
)
def test_memory_in_use_comes_to_lie_on_huge_pages_and_what_is_empty_stays_so() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True).stdout
    on_huge_pages_kb, grown_kb = map(int, told.split())
    assert on_huge_pages_kb * 1024 >= huge_pages.huge_page_bytes()
    assert grown_kb * 1024 < LARGE_BYTES / 2


@pytest.mark.parametrize(
    ("enabled", "size", "bytes_expected"),
    [
        ("always [madvise] never", "2097152", 2_097_152),
        ("[always] madvise never", "2097152", 2_097_152),
        ("always madvise [never]", "2097152", 0),
        (None, None, 0),
    ],
)
async def test_nothing_is_asked_of_a_system_that_has_none_or_whose_operator_wants_none(
    enabled: str | None, size: str | None, bytes_expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(huge_pages, "_TRANSPARENT", tmp_path)
    for name, text in (("enabled", enabled), ("hpage_pmd_size", size)):
        if text is not None:
            (tmp_path / name).write_text(f"{text}\n")
    assert huge_pages.huge_page_bytes() == bytes_expected
    if not bytes_expected:
        await huge_pages.keep_gathered()  # is done at once
