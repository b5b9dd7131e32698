"""Passwords under argon2id, off the event loop and a bounded number at once.

One hash takes tens of milliseconds and tens of megabytes on purpose. So they run in threads (argon2 lets go of the
interpreter), never more at once than `concurrent_max`, and of those who wait the next after `WAITING_MAX` is turned
away rather than kept for minutes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from deepspace_core.identity.secret import Secret
from deepspace_core.kernel.errors import Unavailable

CONCURRENT_MAX_DEFAULT = 2
WAITING_MAX = 100
RETRY_AFTER_SECONDS = 5

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """Cost of one hash. The default is the second choice of RFC 9106, section 4: 64 MiB, three passes, four lanes."""

    time_cost: int = 3
    memory_kib: int = 65_536
    parallelism: int = 4


CHEAP = Argon2Parameters(time_cost=1, memory_kib=8, parallelism=1)
"""The least argon2 allows. For tests only."""


class Argon2PasswordHasher:
    """The `PasswordHasher` port."""

    def __init__(
        self, parameters: Argon2Parameters | None = None, *, concurrent_max: int = CONCURRENT_MAX_DEFAULT
    ) -> None:
        cost = parameters or Argon2Parameters()
        self._hasher = PasswordHasher(
            time_cost=cost.time_cost, memory_cost=cost.memory_kib, parallelism=cost.parallelism
        )
        self._seats = asyncio.Semaphore(concurrent_max)
        self._waiting = 0
        # Of nobody's password; what counts is that its parameters, and so the time it takes, are today's.
        self._nobody: str | None = None

    async def hash(self, password: Secret) -> str:
        return await self._in_thread(lambda: self._hasher.hash(_bytes_of(password)))

    async def verify(self, password: Secret, password_hash: str) -> bool:
        return await self._in_thread(lambda: self._matches(password, password_hash))

    async def verify_nobody(self, password: Secret) -> None:
        if self._nobody is None:
            self._nobody = await self.hash(Secret("nobody's password"))
        await self.verify(password, self._nobody)

    def is_outdated(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)

    def _matches(self, password: Secret, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _bytes_of(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        async with self._seat():
            return await asyncio.to_thread(work)

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[None]:
        if self._waiting >= WAITING_MAX:
            raise Unavailable("too many people are logging in just now", retry_after_seconds=RETRY_AFTER_SECONDS)
        self._waiting += 1
        try:
            async with self._seats:
                yield
        finally:
            self._waiting -= 1


def _bytes_of(password: Secret) -> bytes:
    # Lone surrogates can't come from well-formed JSON, but must not become a crash if they do.
    return password.reveal().encode("utf-8", "surrogatepass")
