"""Where the process that runs the ledger spends its CPU time: looked at every millisecond of it, and sorted by part.

A look finds the innermost frame that belongs to a part; what C code does (libpq, hashing, the event loop's own) counts
for whoever called it. Coarse, and nothing is slowed down by being instrumented.
"""

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from tests.bench.ledger.bank import HOT, Bank
from tests.bench.ledger.grouped import GroupedClient
from tests.bench.ledger.load import Observed, observe
from tests.bench.ledger.report import say

LOOK_SECONDS = 0.001
PARTS = {
    "sealing rows: the chain of roots": ("deepspace_core/ledger/chain.py",),
    "deciding: the book over its values": ("deepspace_core/",),
    "remembering wallets, parting batches": ("postgres/warm_books.py", "postgres/warm_wallet.py"),
    "writing columns: array literals, answers as JSON": ("ledger_rows.py", "arrays.py", "postgres/ledger.py"),
    "libpq: sending, reading results": ("postgres/burst.py", "postgres/lane.py", "psycopg"),
    "queue, batches under way, telling callers": ("deepspace_adapters/postgres/",),
    "the callers: their commands, ids, stopwatches": ("tests/", "deepspace_adapters/system.py"),
}
"""By paths; the first part that fits a frame has it."""

REST = "event loop and the rest"
LOOP = "asyncio/runners.py"
"""Below this frame there is nothing but what started the loop."""


class Profile:
    """What was seen, by part."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def share(self, part: str) -> float:
        """Of all that was seen."""
        return self._seen[part] / max(1, self._seen.total())

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Looks while the block runs. Main thread only: it uses the process's CPU timer."""
        before = signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, LOOK_SECONDS, LOOK_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        while frame is not None and not frame.f_code.co_filename.endswith(LOOP):
            for part, paths in PARTS.items():
                if any(path in frame.f_code.co_filename for path in paths):
                    self._seen[part] += 1
                    return
            frame = frame.f_back
        self._seen[REST] += 1


async def print_profile(bank: Bank, counts: Sequence[int], *, seconds: float) -> None:
    """What an operation on the hot wallet costs by part, for each number of callers."""
    seen: list[tuple[Observed, Profile]] = []
    for callers in counts:
        ledger, profile = bank.ledger(), Profile()
        with profile.looking():
            seen.append((await observe(bank, GroupedClient(ledger), [HOT], callers=callers, seconds=seconds), profile))
        await ledger.close()
    say(f"\n{'CPU µs an operation, hot wallet, by callers':52}" + "".join(f"{callers:>8}" for callers in counts))
    for part in (*PARTS, REST):
        micros = "".join(f"{one.client_micros * profile.share(part):>8.1f}" for one, profile in seen)
        say(f"{part:52}{micros}")
    say(f"{'this process':52}" + "".join(f"{one.client_micros:>8.1f}" for one, _ in seen))
    say(f"{'the server':52}" + "".join(f"{one.postgres_micros:>8.1f}" for one, _ in seen))
