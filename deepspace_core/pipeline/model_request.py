"""What is asked of a model, as far as the gateway needs to know."""

from dataclasses import dataclass
from enum import StrEnum


class Route(StrEnum):
    """A kind of call; the value is the path below the API's root."""

    CHAT_COMPLETIONS = "chat/completions"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """The few fields of a request body that the gateway needs; the body itself is forwarded as it came."""

    model: str
    stream: bool
    usage_wanted: bool
    """Whether the client itself asked for a usage chunk (`stream_options.include_usage`)."""
    output_tokens_max: int | None
    choices: int
