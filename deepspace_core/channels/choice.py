"""Which channel a call goes to: the highest priority that is not resting, by weight inside it.

Pure: the same channels, the same admissions and the same `draw` give the same channel.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from deepspace_core.channels.channel import Channel


@dataclass(slots=True)
class ChannelTable:
    """The channels of a moment. What a model's calls may use is worked out once a model."""

    channels: tuple[Channel, ...]
    _by_model: dict[str, tuple[Channel, ...]] = field(default_factory=dict, init=False)

    def serving(self, model_name: str) -> tuple[Channel, ...]:
        """Those that serve the model, the highest priority first. Ask for names of the catalogue only: each is kept."""
        known = self._by_model.get(model_name)
        if known is None:
            serving = (channel for channel in self.channels if channel.serves(model_name))
            known = tuple(sorted(serving, key=lambda channel: (-channel.priority, channel.name)))
            self._by_model[model_name] = known
        return known


def choose(ranked: Sequence[Channel], admits: Callable[[Channel], bool], *, draw: float) -> Channel | None:
    """One of `ranked` (highest priority first) by weight, or None when none is admitted. `draw` is in [0, 1)."""
    usable: list[Channel] = []
    for channel in ranked:
        if usable and channel.priority != usable[0].priority:
            break
        if admits(channel):
            usable.append(channel)
    return _by_weight(usable, draw) if usable else None


def _by_weight(channels: Iterable[Channel], draw: float) -> Channel:
    among = list(channels)
    point = int(draw * sum(channel.weight for channel in among))
    for channel in among:
        point -= channel.weight
        if point < 0:
            return channel
    return among[-1]
