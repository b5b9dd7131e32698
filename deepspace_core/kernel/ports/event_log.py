"""The port of the audit trail."""

from typing import Protocol

from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ports.unit_of_work import Transaction


class EventLog(Protocol):
    """Appends audit events in the transaction of the change they tell about."""

    async def append(self, tx: Transaction, event: Event) -> None:
        """An event that is there already, by id and time, stays as it is."""
        ...
