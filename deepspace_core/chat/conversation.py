"""A conversation: a user's own, in a project, with one model at a time."""

from dataclasses import dataclass
from datetime import datetime

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ConversationId, OrgId, ProjectId, UserId

TITLE_CHARACTERS_MAX = 200
SYSTEM_PROMPT_CHARACTERS_MAX = 20_000
TITLE_FROM_TEXT_CHARACTERS = 60
"""How much of the first message becomes the title of a conversation that was given none."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation as it stands. `title` is empty until it is named or its first message comes."""

    id: ConversationId
    org_id: OrgId
    project_id: ProjectId
    user_id: UserId
    title: str
    model_name: str
    system_prompt: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


def checked(conversation: Conversation) -> Conversation:
    """The conversation itself when its texts are within bounds. Raises InvalidInput naming the field."""
    if len(conversation.title) > TITLE_CHARACTERS_MAX:
        raise InvalidInput(f"title may have {TITLE_CHARACTERS_MAX} characters at most", param="title")
    if len(conversation.system_prompt) > SYSTEM_PROMPT_CHARACTERS_MAX:
        raise InvalidInput(
            f"system_prompt may have {SYSTEM_PROMPT_CHARACTERS_MAX} characters at most", param="system_prompt"
        )
    return conversation


def title_from(text: str) -> str:
    """A title made of the beginning of a message, cut at a word where there is one to cut at."""
    line = " ".join(text.split())
    if len(line) <= TITLE_FROM_TEXT_CHARACTERS:
        return line
    head, _, _ = line[:TITLE_FROM_TEXT_CHARACTERS].rpartition(" ")
    return f"{head or line[:TITLE_FROM_TEXT_CHARACTERS]}…"
