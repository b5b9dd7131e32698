"""The verbs of channels."""

from deepspace_core.channels.use_cases.keeping import AddChannel, EditChannel, RemoveChannel
from deepspace_core.channels.use_cases.looking import (
    CheckChannels,
    GetChannel,
    ListChannels,
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
    "LookAtChannel",
    "RemoveChannel",
    "SeenChannel",
    "ShowMargins",
]
