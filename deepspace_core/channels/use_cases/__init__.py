"""The verbs of channels."""

from deepspace_core.channels.use_cases.keeping import AddChannel, EditChannel, RemoveChannel
from deepspace_core.channels.use_cases.looking import (
    CheckChannels,
    GetChannel,
    ListChannels,
    ListCheckedHours,
    ListRestingParts,
    LookAtChannel,
    SeenChannel,
    ShowMargins,
)

__all__ = [
    "AddChannel",
    "CheckChannels",
    "EditChannel",
    "GetChannel",
    "ListChannels",
    "ListCheckedHours",
    "ListRestingParts",
    "LookAtChannel",
    "RemoveChannel",
    "SeenChannel",
    "ShowMargins",
]
