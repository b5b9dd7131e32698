"""A live answer: one that this process is writing, and those of the process together.

A live answer belongs to no request: whoever asked for it may hang up and come back. It ends with its model, with its
user's word, or with ANSWER_SECONDS_MAX.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from deepspace_core.chat.message import LEASE, Message
from deepspace_core.chat.transcript import Transcript
from deepspace_core.kernel.ids import MessageId
from deepspace_core.usage import Ending

ANSWER_SECONDS_MAX = 3_600
"""An answer that is written for longer is stopped as if its user had: it can't be read, and is paid for."""


@dataclass(eq=False, slots=True)
class LiveAnswer:
    """One answer under way: the message that it was begun as, what has been told of it, when its lease is renewed."""

    begun: Message
    transcript: Transcript
    renew_at: datetime

    @property
    def id(self) -> MessageId:
        """That of its message."""
        return self.begun.id

    def so_far(self, now: datetime) -> Message:
        """What there is of it, with a new lease."""
        facts = self.begun.answer
        if facts is not None and self.transcript.stopped:
            facts = replace(facts, ending=Ending.CLIENT_ABORTED)
        return replace(
            self.begun,
            text=self.transcript.text,
            reasoning=self.transcript.reasoning,
            sources=self.transcript.sources,
            answer=facts,
            leased_until=now + LEASE,
            events_told=self.transcript.listener.events_told,
        )


@dataclass(eq=False, slots=True)
class LiveAnswers:
    """The live answers of one process. `is_overseen`: somebody looks after them."""

    is_overseen: bool = field(default=False, init=False)
    _by_id: dict[MessageId, LiveAnswer] = field(default_factory=dict, init=False)

    def add(self, answer: LiveAnswer) -> None:
        """It has begun."""
        self._by_id[answer.id] = answer

    def remove(self, answer_id: MessageId) -> None:
        """It is over."""
        self._by_id.pop(answer_id, None)

    def find(self, answer_id: MessageId) -> LiveAnswer | None:
        """The one of that id, if this process writes it."""
        return self._by_id.get(answer_id)

    def all(self) -> Sequence[LiveAnswer]:
        """Every one."""
        return tuple(self._by_id.values())
