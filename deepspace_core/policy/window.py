"""The sliding window, as arithmetic: two buckets, the older one fading out.

Theory. Time is cut into windows of W; a counter knows how much fell into the current one and the one before. At `e`
into the current window, what counts as used is `current + ceil(previous × (W − e) / W)`: exact when arrivals were even
within the previous window, otherwise off by at most what that window held. It needs two integers a counter whatever
the traffic, where a log of arrivals needs one entry a request. Rounding is up, so a cap is never exceeded by rounding.

All integers, milliseconds. `rate_window.lua` repeats `used` and `rolled`; one contract suite holds both to it.
"""

from dataclasses import dataclass

MILLISECONDS = 1_000


@dataclass(frozen=True, slots=True)
class WindowCount:
    """One counter: how much fell into window `index` (epoch milliseconds // W) and into the one before."""

    index: int
    previous: int
    current: int


def rolled(count: WindowCount | None, index: int) -> WindowCount:
    """The counter as of window `index`. A clock that went back stays in the newest window seen."""
    if count is None or index > count.index + 1:
        return WindowCount(index=index, previous=0, current=0)
    if index == count.index + 1:
        return WindowCount(index=index, previous=count.current, current=0)
    return count


def used(count: WindowCount, *, now_ms: int, window_ms: int) -> int:
    """What counts against the cap at `now_ms`."""
    left_ms = _left_ms(count, now_ms=now_ms, window_ms=window_ms)
    return count.current + -(-count.previous * left_ms // window_ms)


def wait_ms(count: WindowCount, *, room: int, now_ms: int, window_ms: int) -> int:
    """How long until at most `room` (≥ 0) counts as used, if nothing more arrives."""
    left_ms = _left_ms(count, now_ms=now_ms, window_ms=window_ms)
    if count.current <= room:
        return _fading_ms(count.previous, count.current, room=room, left_ms=left_ms, window_ms=window_ms)
    return left_ms + _fading_ms(count.current, 0, room=room, left_ms=window_ms, window_ms=window_ms)


def standing(count: WindowCount, *, now_ms: int, window_ms: int) -> tuple[int, int]:
    """`used`, and `wait_ms` until nothing counts any more: both at once, as every call is told them for each limit."""
    previous, current = count.previous, count.current
    elapsed_ms = now_ms - count.index * window_ms
    left_ms = window_ms if elapsed_ms <= 0 else window_ms - elapsed_ms if elapsed_ms < window_ms else 0
    if current > 0:
        return current + -(-previous * left_ms // window_ms), left_ms + window_ms
    return -(-previous * left_ms // window_ms), left_ms if previous else 0


def _fading_ms(fading: int, fixed: int, *, room: int, left_ms: int, window_ms: int) -> int:
    """Until `fixed + ceil(fading × left / W) ≤ room`, that is until left ≤ (room − fixed) × W / fading."""
    if fading == 0:
        return 0
    return max(0, left_ms - (room - fixed) * window_ms // fading)


def _left_ms(count: WindowCount, *, now_ms: int, window_ms: int) -> int:
    elapsed_ms = max(0, now_ms - count.index * window_ms)
    return max(0, window_ms - elapsed_ms)
