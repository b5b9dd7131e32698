"""`last_used_at` of API keys: written behind the calls, in bulk, at most once a minute a key."""

from datetime import datetime

from deepspace_core.identity.admission import KeyFacts
from deepspace_core.identity.api_key import LAST_USED_STEP
from deepspace_core.identity.ports import ApiKeys
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import ApiKeyId
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

KEYS_REMEMBERED_MAX = 10_000


class NotedKeyUses:
    """The `KeyUses` port: notes in memory, and one detached write at a time while there is something to write.

    The one object of identity with a state; it is a cache of what was written, and may be lost.
    """

    def __init__(self, *, unit_of_work: UnitOfWork, api_keys: ApiKeys, tasks: Tasks) -> None:
        self._unit_of_work = unit_of_work
        self._api_keys = api_keys
        self._tasks = tasks
        self._noted: dict[ApiKeyId, datetime] = {}
        self._pending: dict[ApiKeyId, datetime] = {}
        self._is_writing = False

    def note(self, facts: KeyFacts, *, now: datetime) -> None:
        """Takes a dictionary look-up when the key was noted within the last minute."""
        last = self._noted.get(facts.api_key_id, facts.last_used_at)
        if last is not None and now - last < LAST_USED_STEP:
            return
        if len(self._noted) >= KEYS_REMEMBERED_MAX:
            # Forgetting all at once costs one more write a key, and needs no clock of its own.
            self._noted.clear()
        self._noted[facts.api_key_id] = now
        if len(self._pending) < KEYS_REMEMBERED_MAX:
            self._pending[facts.api_key_id] = now
        self._start_writing()

    def _start_writing(self) -> None:
        if self._is_writing:
            return
        self._is_writing = True
        try:
            self._tasks.detach(self._write())
        except Unavailable:
            # A time of last use is not worth refusing a call for; the next note tries again.
            self._is_writing = False

    async def _write(self) -> None:
        try:
            while self._pending:
                uses, self._pending = self._pending, {}
                async with self._unit_of_work() as tx:
                    await self._api_keys.touch(tx, uses)
                    await tx.commit()
        finally:
            self._is_writing = False
