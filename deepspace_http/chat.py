"""The use cases of chat, as the HTTP shell takes them."""

from dataclasses import dataclass, field

from deepspace_core.chat import EventStreams
from deepspace_core.chat.use_cases import (
    CreateConversation,
    DeleteConversation,
    EditMessage,
    ExportConversation,
    FindExcerpts,
    FollowAnswer,
    GetConversation,
    GetMessage,
    ListConversations,
    ListMessages,
    RegenerateAnswer,
    SendMessage,
    ShowBranch,
    StopAnswer,
    UpdateConversation,
)
from deepspace_http.under_way import UnderWay


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatUseCases:
    """Conversations; how many of their answers this process writes just now, and how many it is followed on."""

    create_conversation: CreateConversation
    list_conversations: ListConversations
    find_excerpts: FindExcerpts
    get_conversation: GetConversation
    update_conversation: UpdateConversation
    delete_conversation: DeleteConversation
    export_conversation: ExportConversation
    list_messages: ListMessages
    get_message: GetMessage
    show_branch: ShowBranch
    send_message: SendMessage
    edit_message: EditMessage
    regenerate_answer: RegenerateAnswer
    follow_answer: FollowAnswer
    stop_answer: StopAnswer
    event_streams: EventStreams
    under_way: UnderWay = field(default_factory=UnderWay, init=False)
    followers: UnderWay = field(default_factory=UnderWay, init=False)
