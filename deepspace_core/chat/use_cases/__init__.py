"""The verbs of chat. Everything is the caller's own: nobody reads another user's conversations."""

from deepspace_core.chat.use_cases.answering import Call
from deepspace_core.chat.use_cases.conversations import (
    ConversationChanges,
    CreateConversation,
    DeleteConversation,
    FindExcerpts,
    GetConversation,
    ListConversations,
    UpdateConversation,
)
from deepspace_core.chat.use_cases.exporting import ConversationFile, ConversationFormat, ExportConversation
from deepspace_core.chat.use_cases.following import FollowAnswer, Followed, Snapshot, StopAnswer, Stored
from deepspace_core.chat.use_cases.messages import GetMessage, ListMessages, ShowBranch
from deepspace_core.chat.use_cases.sending import EditMessage, RegenerateAnswer, SendMessage

__all__ = [
    "Call",
    "ConversationChanges",
    "ConversationFile",
    "ConversationFormat",
    "CreateConversation",
    "DeleteConversation",
    "EditMessage",
    "ExportConversation",
    "FindExcerpts",
    "FollowAnswer",
    "Followed",
    "GetConversation",
    "GetMessage",
    "ListConversations",
    "ListMessages",
    "RegenerateAnswer",
    "SendMessage",
    "ShowBranch",
    "Snapshot",
    "StopAnswer",
    "Stored",
    "UpdateConversation",
]
