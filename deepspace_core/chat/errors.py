"""What can be wrong with a conversation."""

from deepspace_core.kernel.errors import Conflict, InvalidInput, NotFound


class ConversationNotFound(NotFound):
    """No such conversation of this user here; another user's, and another tenant's, is this too."""

    code = "conversation_not_found"


class ConversationFull(Conflict):
    """A conversation has as many messages as it can hold; start another."""

    code = "conversation_full"


class MessageTooLong(InvalidInput):
    """The text of a message is longer than a message may be."""

    code = "message_too_long"
