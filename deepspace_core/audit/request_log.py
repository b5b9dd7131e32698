"""One row for every request the gateway answered, refused ones too.

Where money moved, the row rides in the ledger's commit; where none did, a background writer stores it. It holds what
an operator asks first: who, what, how it ended and where the time went. Never a body, a secret or a header's value
beyond the user agent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from deepspace_core.kernel.ids import ApiKeyId, OrgId, ProjectId, TraceId, UserId
from deepspace_core.kernel.record import Record

USER_AGENT_CHARS_MAX = 256
MODEL_NAME_CHARS_MAX = 128
STAGES_MAX = 64
PASSED, REJECTED = "passed", "rejected"
"""A stage's verdict."""


class StageTiming(NamedTuple):
    """One stage of the pipeline: when it began after the request's arrival, and how long its `enter` took.

    A tuple, as a call makes one for each of its stages.
    """

    name: str
    began_micros: int
    duration_micros: int
    verdict: str = PASSED

    @property
    def until_micros(self) -> int:
        """When it had ended, after the request's arrival."""
        return self.began_micros + self.duration_micros


@dataclass(frozen=True, slots=True)
class RequestLog(Record):
    """One request. `org_id` is None when nobody was recognised. Sizes in bytes, durations in milliseconds."""

    id: UUID
    trace_id: TraceId
    org_id: OrgId | None
    project_id: ProjectId | None
    api_key_id: ApiKeyId | None
    user_id: UserId | None
    method: str
    route: str
    model_name: str | None
    stream: bool
    status: int
    error_code: str | None
    stages: tuple[StageTiming, ...]
    client_address: str | None
    user_agent: str | None
    request_bytes: int
    response_bytes: int
    started_at: datetime
    duration_ms: int
    first_token_ms: int | None = None
    upstream_request_id: str | None = None
    upstream_status: int | None = None
    attempts: int = 0
    channel: str | None = None
    """The last channel that the call was sent to."""


def bounded_user_agent(text: str | None) -> str | None:
    """What a client says it is, cut to USER_AGENT_CHARS_MAX printable characters."""
    return None if text is None else _printable(text, USER_AGENT_CHARS_MAX)


def bounded_model_name(text: str) -> str:
    """What a client called the model it wanted, where there is none of that name: cut, and printable."""
    return _printable(text, MODEL_NAME_CHARS_MAX)


def show_stages(stages: Sequence[StageTiming]) -> list[dict[str, object]]:
    """Timings as JSON-safe values, at most STAGES_MAX of them."""
    return [
        {"name": name, "began_micros": began, "duration_micros": took, "verdict": verdict}
        for name, began, took, verdict in stages[:STAGES_MAX]
    ]


def read_stages(stored: Sequence[Sequence[Any] | Mapping[str, Any]]) -> tuple[StageTiming, ...]:
    """Timings from JSON: each the list of its values, or with their names, as `show_stages` tells it and as all were
    stored once."""
    return tuple([StageTiming(**stage) if isinstance(stage, Mapping) else StageTiming(*stage) for stage in stored])


def _printable(text: str, chars_max: int) -> str:
    """Logs are written in bulk: one U+0000, which PostgreSQL's text can't hold, would take all of its batch along."""
    text = text[:chars_max]
    return text if text.isprintable() else "".join(char for char in text if char.isprintable())
