"""The verbs of chat. Everything is the caller's own: nobody reads another user's conversations."""

from deepspace_core.chat.use_cases.conversations import (
    CreateConversation,
    DeleteConversation,
    GetConversation,
    ListConversations,
    UpdateConversation,
)
from deepspace_core.chat.use_cases.messages import ListMessages
from deepspace_core.chat.use_cases.sending import Call, SendMessage

__all__ = [
    "Call",
    "CreateConversation",
    "DeleteConversation",
    "GetConversation",
    "ListConversations",
    "ListMessages",
    "SendMessage",
    "UpdateConversation",
]
