"""The port of concurrency: core may not import asyncio."""

from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Tasks(Protocol):
    """Runs coroutines beside or beyond the caller's."""

    async def shield(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Finishes `work` even when the caller is cancelled; the cancellation is raised afterwards."""
        ...

    async def gather(self, *work: Awaitable[Result]) -> list[Result]:
        """Runs all at once; the first failure cancels the others and is raised."""
        ...

    async def within(self, seconds: float, work: Awaitable[Result]) -> Result:
        """Raises TimeoutError when `work` takes longer; `work` is then cancelled."""
        ...

    async def pause(self, seconds: float) -> None: ...

    def detach(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` on its own, bounded in number, awaited at shutdown. Its failure is logged."""
        ...
