"""Channels: the upstreams that calls may be sent to, how one of them is chosen, when one rests, and what it costs.

Knows the kernel, identity, catalogue and pricing; nothing of calls, HTTP or NewAPI.
The verbs are in `deepspace_core.channels.use_cases`.
"""

from deepspace_core.channels.breaker import Breaker, BreakerBoard, BreakerState, BreakerTerms, RestingPart
from deepspace_core.channels.changes import ChannelChanges, LogChanges
from deepspace_core.channels.channel import (
    ANY_MODEL,
    DEFAULT_NAME,
    Channel,
    CostRates,
    LogAccess,
    all_channels,
    given_channel,
    purpose_of_key,
    purpose_of_log_token,
)
from deepspace_core.channels.choice import ChannelTable, choose
from deepspace_core.channels.errors import (
    ChannelKept,
    ChannelNameTaken,
    ChannelNotFound,
    ChannelsResting,
    NoChannel,
)
from deepspace_core.channels.health import ChannelHealth, CheckedHour
from deepspace_core.channels.margin import MarginRow
from deepspace_core.channels.ports import (
    ChannelDirectory,
    ChannelProbe,
    ChannelRepository,
    GivenChannel,
    MarginReader,
)

__all__ = [
    "ANY_MODEL",
    "DEFAULT_NAME",
    "Breaker",
    "BreakerBoard",
    "BreakerState",
    "BreakerTerms",
    "Channel",
    "ChannelChanges",
    "ChannelDirectory",
    "ChannelHealth",
    "ChannelKept",
    "ChannelNameTaken",
    "ChannelNotFound",
    "ChannelProbe",
    "ChannelRepository",
    "ChannelTable",
    "ChannelsResting",
    "CheckedHour",
    "CostRates",
    "GivenChannel",
    "LogAccess",
    "LogChanges",
    "MarginReader",
    "MarginRow",
    "NoChannel",
    "RestingPart",
    "all_channels",
    "choose",
    "given_channel",
    "purpose_of_key",
    "purpose_of_log_token",
]
