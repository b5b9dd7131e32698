"""Chat: conversations and their messages, each answer through the gateway's pipeline.

Knows the pipeline and all below it. The verbs are in `deepspace_core.chat.use_cases`.
"""

from deepspace_core.chat.conversation import Conversation
from deepspace_core.chat.errors import ConversationFull, ConversationNotFound, MessageTooLong
from deepspace_core.chat.message import AnswerFacts, Message, Role
from deepspace_core.chat.ports import ConversationFilters, Conversations, Listener, Messages, RunPipeline

__all__ = [
    "AnswerFacts",
    "Conversation",
    "ConversationFilters",
    "ConversationFull",
    "ConversationNotFound",
    "Conversations",
    "Listener",
    "Message",
    "MessageTooLong",
    "Messages",
    "Role",
    "RunPipeline",
]
