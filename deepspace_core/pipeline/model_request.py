"""What is asked of a model, as far as the gateway needs to know."""

from dataclasses import dataclass

from deepspace_core.kernel.units import NO_UNITS, Units


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """The few fields of a request body that the gateway needs; the body itself is forwarded as it came."""

    model: str
    stream: bool
    usage_wanted: bool
    """Whether the client itself asked for a usage chunk (`stream_options.include_usage`)."""
    output_tokens_max: int | None
    choices: int
    units_max: Units = NO_UNITS
    """The most that the call can come to in what is not counted in tokens: images asked for, text to be spoken."""
    input_tokens_beside: int = 0
    """Tokens of what the body holds beside text: a picture, as far as it can be guessed."""
    model_named: bool = True
    """Whether the body itself names the model; else it is the route's usual one and has to be written into it."""
