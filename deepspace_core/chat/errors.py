"""What can be wrong with a conversation."""

from deepspace_core.kernel.errors import Conflict, InvalidInput, NotFound, Unavailable


class ConversationNotFound(NotFound):
    """No such conversation of this user here; another user's, and another tenant's, is this too."""

    code = "conversation_not_found"


class ConversationFull(Conflict):
    """A conversation has as many messages as it can hold; start another."""

    code = "conversation_full"


class MessageNotFound(NotFound):
    """No such message in this conversation, or none of the kind that was asked for."""

    code = "message_not_found"


class MessageTooLong(InvalidInput):
    """The text of a message is longer than a message may be."""

    code = "message_too_long"


class AnswerRunning(Conflict):
    """The answer that a message shall follow is still being written; stop it, or wait."""

    code = "answer_running"
    retryable = True


class AnswerInterrupted(Unavailable):
    """The process that wrote an answer ended before the answer did; what had come is kept."""

    code = "answer_interrupted"


class AttachmentRefused(InvalidInput):
    """A file that no model here could read: of a kind, a size or a number that is not taken."""

    code = "attachment_refused"
