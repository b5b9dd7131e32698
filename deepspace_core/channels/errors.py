"""What can be wrong with a channel, or with finding one for a call."""

from deepspace_core.kernel.errors import Conflict, NotFound, Unavailable


class ChannelNotFound(NotFound):
    """No channel of that name."""

    code = "channel_not_found"


class ChannelNameTaken(Conflict):
    """Another channel has that name."""

    code = "channel_name_taken"


class ChannelKept(Conflict):
    """The channel of the settings can be changed or disabled, not removed: the environment names it."""

    code = "channel_kept"


class NoChannel(Unavailable):
    """No enabled channel serves the model."""

    code = "no_channel"
    retryable = False


class ChannelsResting(Unavailable):
    """Every channel that serves the model has failed too often just now; `fields`: retry_after_seconds."""

    code = "channels_resting"
