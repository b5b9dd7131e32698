"""Shared time limits do what `asyncio.timeout` does, to whoever is under one and to nobody else."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, suppress
from types import TracebackType

import pytest

from deepspace_adapters.deadlines import Deadlines

FOREVER = 60.0


class _Asyncio(AbstractContextManager[None]):
    """asyncio's own limit in the shape of ours, for the cases that both must pass."""

    def __init__(self, seconds: float) -> None:
        self._limit = asyncio.timeout(seconds)

    def __enter__(self) -> None:
        _run(self._limit.__aenter__())

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _run(self._limit.__aexit__(kind, fault, traceback))


def _run(coroutine: Coroutine[object, object, object]) -> None:
    """asyncio.timeout's enter and exit never wait."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


@pytest.fixture(params=["ours", "asyncio"])
def within(request: pytest.FixtureRequest) -> Callable[[float], AbstractContextManager[None]]:
    return _Asyncio if request.param == "asyncio" else Deadlines().within


Within = Callable[[float], AbstractContextManager[None]]


async def test_a_block_that_takes_too_long_is_a_timeout(within: Within) -> None:
    with pytest.raises(TimeoutError), within(0.01):
        await asyncio.sleep(FOREVER)
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]


async def test_a_block_that_ends_in_time_is_left_alone(within: Within) -> None:
    with within(0.02):
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)


async def test_an_error_of_the_block_stays_that_error(within: Within) -> None:
    with pytest.raises(LookupError), within(FOREVER):
        raise LookupError


async def test_a_cancellation_from_elsewhere_stays_a_cancellation(within: Within) -> None:
    async def limited() -> None:
        with within(FOREVER):
            await asyncio.sleep(FOREVER)

    task = asyncio.create_task(limited())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_in_the_same_moment_is_not_swallowed(within: Within) -> None:
    async def limited() -> None:
        with within(0.01):
            try:
                await asyncio.sleep(FOREVER)
            except asyncio.CancelledError:
                task.cancel()  # somebody else wants it gone as well
                raise

    task = asyncio.create_task(limited())
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("outer", "inner", "expected"), [(0.01, FOREVER, "outer"), (FOREVER, 0.01, "inner")])
async def test_of_two_limits_the_shorter_one_strikes(within: Within, outer: float, inner: float, expected: str) -> None:
    struck = None
    try:
        with within(outer):
            try:
                with within(inner):
                    await asyncio.sleep(FOREVER)
            except TimeoutError:
                struck = "inner"
    except TimeoutError:
        struck = "outer"
    assert struck == expected


async def test_a_block_that_swallows_its_cancellation_goes_on(within: Within) -> None:
    with within(0.01), suppress(asyncio.CancelledError):
        await asyncio.sleep(FOREVER)
    await asyncio.sleep(0)


async def test_many_limits_strike_each_their_own_block() -> None:
    deadlines, late = Deadlines(), []

    async def limited(number: int) -> None:
        try:
            with deadlines.within(0.01 if number % 3 else FOREVER):
                await asyncio.sleep(0 if number % 2 else 0.2)
        except TimeoutError:
            late.append(number)

    await asyncio.gather(*(limited(number) for number in range(60)))
    assert sorted(late) == [number for number in range(60) if number % 3 and not number % 2]
    assert not any(deadlines._lanes.values())


def test_limits_serve_one_event_loop_after_another() -> None:
    deadlines = Deadlines()

    async def limited() -> None:
        with pytest.raises(TimeoutError), deadlines.within(0.01):
            await asyncio.sleep(FOREVER)

    asyncio.run(limited())
    asyncio.run(limited())
