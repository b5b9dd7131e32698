"""Chat: conversations and their messages, each answer through the gateway's pipeline.

Knows the pipeline and all below it. The verbs are in `deepspace_core.chat.use_cases`.
"""

from deepspace_core.chat.attachment import Attachment
from deepspace_core.chat.conversation import Conversation
from deepspace_core.chat.errors import (
    AnswerInterrupted,
    AnswerRunning,
    AttachmentRefused,
    ConversationFull,
    ConversationNotFound,
    MessageNotFound,
    MessageTooLong,
)
from deepspace_core.chat.event_stream import KeptEvent
from deepspace_core.chat.live_answer import LiveAnswers
from deepspace_core.chat.message import AnswerFacts, Message, PlacedMessage, Role, Siblings
from deepspace_core.chat.parameters import Parameters, ReasoningEffort
from deepspace_core.chat.ports import (
    ConversationFilters,
    Conversations,
    EventStreams,
    Listener,
    Messages,
    RunPipeline,
)
from deepspace_core.chat.source import Source

__all__ = [
    "AnswerFacts",
    "AnswerInterrupted",
    "AnswerRunning",
    "Attachment",
    "AttachmentRefused",
    "Conversation",
    "ConversationFilters",
    "ConversationFull",
    "ConversationNotFound",
    "Conversations",
    "EventStreams",
    "KeptEvent",
    "Listener",
    "LiveAnswers",
    "Message",
    "MessageNotFound",
    "MessageTooLong",
    "Messages",
    "Parameters",
    "PlacedMessage",
    "ReasoningEffort",
    "Role",
    "RunPipeline",
    "Siblings",
    "Source",
]
