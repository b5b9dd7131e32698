"""Answers that may be a moment old: what the hot path looks up at every call and what changes once a day.

Rules: an answer is never older than its seconds, so a revocation takes effect within them whatever else fails; nothing
is kept of a look-up that failed; however many ask at once, one looks; what is kept is bounded.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import replace
from typing import Concatenate, Generic, TypeVar

from deepspace_core.catalogue import Model, ModelRepository
from deepspace_core.channels import ChannelRepository, ChannelTable, GivenChannel, all_channels
from deepspace_core.identity import Principal, Secret
from deepspace_core.identity.use_cases import AuthenticateApiKey
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import ModelId, OrgId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.policy import Limit, PolicySet
from deepspace_core.policy.use_cases import LoadPolicies
from deepspace_core.pricing import PriceRepository, RateCard

PRINCIPAL_SECONDS = 0.5
"""A revoked key is refused by every gateway within it (the promise is one second)."""
DIRECTORY_SECONDS = 1.0
ENTRIES_MAX = 10_000
LOAD_SECONDS_MAX = 5.0
"""How long a caller waits for a fresh answer: a database that is frozen, not gone, gives none at all."""
RETRY_AFTER_SECONDS = 2

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Remembers what `load` says of a key for `seconds`."""

    def __init__(
        self, load: Callable[Concatenate[Key, ...], Awaitable[Value]], *, seconds: float, entries_max: int = ENTRIES_MAX
    ) -> None:
        self._load = load
        self._seconds = seconds
        self._entries_max = entries_max
        self._known: dict[Key, tuple[float, asyncio.Future[Value]]] = {}
        """Until when each is remembered, the oldest first. A future that is done, because to await one runs no code."""
        self._loading: dict[Key, asyncio.Task[Value]] = {}

    def get(self, key: Key, *asked: object) -> Awaitable[Value]:
        """The remembered answer, or a fresh one. `asked` is handed to `load` beside the key and makes no difference to
        the answer. Awaiting it raises what `load` raises."""
        known = self._known.get(key)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        return self._fresh(key, *asked)

    async def _fresh(self, key: Key, *asked: object) -> Value:
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.ensure_future(self._loaded(key, *asked))
            task.add_done_callback(lambda done: self._forget(key, done))
        try:
            async with asyncio.timeout(LOAD_SECONDS_MAX):
                return await asyncio.shield(task)
        except TimeoutError:
            raise Unavailable(
                "the database does not answer just now; try again in a moment", retry_after_seconds=RETRY_AFTER_SECONDS
            ) from None

    async def _loaded(self, key: Key, *asked: object) -> Value:
        value = await self._load(key, *asked)
        known = self._known
        known.pop(key, None)
        while len(known) >= self._entries_max:
            del known[next(iter(known))]
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(value)
        known[key] = time.monotonic() + self._seconds, answer
        return value

    def _forget(self, key: Key, done: asyncio.Task[Value]) -> None:
        self._loading.pop(key, None)
        if not done.cancelled():
            done.exception()  # whoever waits has been told; asking here keeps asyncio from telling the log as well


class RememberingAuthenticator:
    """The pipeline's `Authenticator`."""

    def __init__(self, authenticate: AuthenticateApiKey) -> None:
        async def load(_: str, secret: Secret, address: str | None) -> Principal:
            return await authenticate(secret=secret, address=address)

        self._principals = Remembered(load, seconds=PRINCIPAL_SECONDS)

    def __call__(self, *, secret: Secret, address: str | None) -> Awaitable[Principal]:
        return self._principals.get(secret.reveal(), secret, address)  # text is hashed by C, and once


class RememberingDirectory:
    """The pipeline's `Directory`."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        models: ModelRepository,
        prices: PriceRepository,
        load_policies: LoadPolicies,
        clock: Clock,
        default_limits: Sequence[Limit] = (),
    ) -> None:
        async def load_model(name: str) -> Model | None:
            async with unit_of_work() as tx:
                return await models.find_model_by_name(tx, name)

        async def load_card(_: int, model_id: ModelId) -> RateCard | None:
            async with unit_of_work() as tx:
                return await prices.find_effective_card(tx, model_id, clock.now())

        async def load(_: int, org_id: OrgId) -> PolicySet:
            stored = await load_policies(org_id=org_id)
            return replace(stored, limits=(*stored.limits, *default_limits))

        self._models = Remembered(load_model, seconds=DIRECTORY_SECONDS)
        self._cards = Remembered(load_card, seconds=DIRECTORY_SECONDS)
        self._policies = Remembered(load, seconds=DIRECTORY_SECONDS)

    # No coroutines of their own, and by numbers, as Python hashes a UUID: each is asked for at every call.

    def find_model(self, name: str) -> Awaitable[Model | None]:
        return self._models.get(name)

    def find_rate_card(self, model_id: ModelId) -> Awaitable[RateCard | None]:
        return self._cards.get(model_id.int, model_id)

    def policies_of(self, org_id: OrgId) -> Awaitable[PolicySet]:
        return self._policies.get(org_id.int, org_id)


class RememberingChannels:
    """The `ChannelDirectory` port. While nothing changes, the table stays the same object."""

    def __init__(self, *, unit_of_work: UnitOfWork, channels: ChannelRepository, given: GivenChannel) -> None:
        self._table = ChannelTable(())
        self._until = 0.0

        async def load(_: None) -> None:
            async with unit_of_work() as tx:
                stored = await channels.list_channels(tx)
            loaded = tuple(all_channels(stored, given.channel()))
            if loaded != self._table.channels:
                self._table = ChannelTable(loaded)
            self._until = time.monotonic() + DIRECTORY_SECONDS

        self._loads = Remembered(load, seconds=0.0, entries_max=1)

    async def table(self) -> ChannelTable:
        # One look at the clock while it is fresh: every call passes here.
        if time.monotonic() >= self._until:
            await self._loads.get(None)
        return self._table
