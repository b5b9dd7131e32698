"""The sliding window's arithmetic against its definition, and that the wait it names is exact."""

from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.policy import WindowCount, rolled, used, wait_ms
from deepspace_core.policy.window import standing

WINDOW_MS = 1_000
counts = st.builds(WindowCount, index=st.just(5), previous=st.integers(0, 500), current=st.integers(0, 500))
moments = st.integers(5 * WINDOW_MS, 6 * WINDOW_MS - 1)


def _used_at(count: WindowCount, now_ms: int) -> int:
    return used(rolled(count, now_ms // WINDOW_MS), now_ms=now_ms, window_ms=WINDOW_MS)


def test_the_older_window_fades_out_evenly() -> None:
    count = WindowCount(index=5, previous=100, current=7)
    assert [_used_at(count, 5_000 + ms) for ms in (0, 250, 500, 999)] == [107, 82, 57, 8]


def test_a_window_becomes_the_older_one_and_is_then_forgotten() -> None:
    count = WindowCount(index=5, previous=100, current=7)
    assert rolled(count, 6) == WindowCount(index=6, previous=7, current=0)
    assert rolled(count, 7) == rolled(None, 7) == WindowCount(index=7, previous=0, current=0)


def test_a_clock_that_goes_back_frees_nothing() -> None:
    count = WindowCount(index=5, previous=100, current=7)
    assert rolled(count, 3) == count
    assert used(count, now_ms=3_000, window_ms=WINDOW_MS) == 107


@given(counts, moments, st.integers(0, 1_200))
def test_what_is_used_only_falls_while_nothing_arrives(count: WindowCount, now_ms: int, later_ms: int) -> None:
    assert _used_at(count, now_ms + later_ms) <= _used_at(count, now_ms)


@given(counts, moments, st.integers(0, 600))
def test_the_wait_is_the_first_moment_with_room(count: WindowCount, now_ms: int, room: int) -> None:
    wait = wait_ms(count, room=room, now_ms=now_ms, window_ms=WINDOW_MS)
    assert _used_at(count, now_ms + wait) <= room
    assert wait == 0 or _used_at(count, now_ms + wait - 1) > room


@given(counts, st.integers(4 * WINDOW_MS, 8 * WINDOW_MS))
def test_how_a_window_stands_is_what_counts_and_when_nothing_will(count: WindowCount, now_ms: int) -> None:
    taken, reset_ms = standing(count, now_ms=now_ms, window_ms=WINDOW_MS)
    assert taken == used(count, now_ms=now_ms, window_ms=WINDOW_MS)
    assert reset_ms == wait_ms(count, room=0, now_ms=now_ms, window_ms=WINDOW_MS)
