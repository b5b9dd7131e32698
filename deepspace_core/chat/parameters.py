"""Parameters: how the model of a conversation is to write, as far as its user says so.

Source of names and bounds: OpenAI's chat completions. What is None is not sent, so that the model's own default holds.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum

from deepspace_core.kernel.errors import InvalidInput

TEMPERATURE_MAX = 2.0
OUTPUT_TOKENS_MAX = 10_000_000


class ReasoningEffort(StrEnum):
    """How long a model that reasons may think."""

    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a conversation's answers are asked for with."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    reasoning_effort: ReasoningEffort | None = None

    def told(self) -> dict[str, float | int | str]:
        """Those that are given, by the names that models know."""
        return {name: value for name, value in asdict(self).items() if value is not None}


NO_PARAMETERS = Parameters()


def checked_parameters(parameters: Parameters) -> Parameters:
    """The parameters themselves. Raises InvalidInput naming the one that is out of its bounds."""
    if parameters.temperature is not None and not 0 <= parameters.temperature <= TEMPERATURE_MAX:
        raise InvalidInput(f"temperature must be between 0 and {TEMPERATURE_MAX}", param="parameters.temperature")
    if parameters.top_p is not None and not 0 < parameters.top_p <= 1:
        raise InvalidInput("top_p must be above 0 and at most 1", param="parameters.top_p")
    checked_max_tokens(parameters.max_tokens, param="parameters.max_tokens")
    return parameters


def checked_max_tokens(max_tokens: int | None, *, param: str) -> int | None:
    """The bound itself. Raises InvalidInput naming `param`."""
    if max_tokens is not None and not 1 <= max_tokens <= OUTPUT_TOKENS_MAX:
        raise InvalidInput(f"max_tokens must be between 1 and {OUTPUT_TOKENS_MAX}", param=param)
    return max_tokens
