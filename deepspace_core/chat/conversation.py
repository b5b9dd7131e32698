"""A conversation: a user's own, in a project, with one model at a time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deepspace_core.chat.errors import ConversationNotFound
from deepspace_core.chat.parameters import NO_PARAMETERS, Parameters, checked_parameters
from deepspace_core.chat.text import storable
from deepspace_core.identity import Principal
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, ProjectId, UserId

TITLE_CHARACTERS_MAX = 200
MODEL_NAME_CHARACTERS_MAX = 128
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
    latest_id: UUID
    """Its newest message's id, its own before there is one: by it, the conversation used last is listed first."""
    leaf_id: MessageId | None = None
    """The last message of the branch that is shown."""
    parameters: Parameters = NO_PARAMETERS
    pinned: bool = False
    """Its user wants it at hand, however long ago it was used."""
    deleted_at: datetime | None = None


def checked(conversation: Conversation) -> Conversation:
    """The conversation itself when its texts are within bounds. Raises InvalidInput naming the field."""
    bounds = (
        ("title", conversation.title, TITLE_CHARACTERS_MAX),
        ("model", conversation.model_name, MODEL_NAME_CHARACTERS_MAX),
        ("system_prompt", conversation.system_prompt, SYSTEM_PROMPT_CHARACTERS_MAX),
    )
    for param, text, characters_max in bounds:
        if len(storable(text, param=param)) > characters_max:
            raise InvalidInput(f"{param} may have {characters_max} characters at most", param=param)
    if not conversation.model_name.strip():
        raise InvalidInput("model must name a model; GET /api/v1/models lists them", param="model")
    checked_parameters(conversation.parameters)
    return conversation


def reached(principal: Principal, conversation: Conversation) -> Conversation:
    """The conversation itself. Raises ConversationNotFound when an API key bound to another project reaches for it."""
    if principal.is_project_bound and conversation.project_id != principal.project_id:
        raise not_found()
    return conversation


def not_found() -> ConversationNotFound:
    """The one thing to say of a conversation that is absent, deleted, or somebody else's."""
    return ConversationNotFound("you have no such conversation in this organization", param="conversation_id")


def title_from(text: str) -> str:
    """A title made of the beginning of a message, cut at a word where there is one to cut at."""
    line = " ".join(text[: TITLE_CHARACTERS_MAX * 4].split())
    if len(line) <= TITLE_FROM_TEXT_CHARACTERS:
        return line
    head, _, _ = line[:TITLE_FROM_TEXT_CHARACTERS].rpartition(" ")
    return f"{head or line[:TITLE_FROM_TEXT_CHARACTERS]}…"
