"""Where work happens and what it costs is counted: chats, keys, files, usage belong to a project."""

from dataclasses import dataclass
from datetime import datetime

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, ProjectId, WorkspaceId

PROJECT_NAME_CHARS_MAX = 80
DEFAULT_PROJECT_NAME = "Default"
"""Of every organization's first project until somebody renames it; front ends say it in their reader's language."""
DESCRIPTION_CHARS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Project:
    """Exactly one of an organization is its default: the one for calls that name none."""

    id: ProjectId
    org_id: OrgId
    workspace_id: WorkspaceId
    name: str
    created_at: datetime
    description: str = ""
    is_default: bool = False
    archived_at: datetime | None = None


def read_description(text: str) -> str:
    """Raises InvalidInput when it is too long."""
    if len(text) > DESCRIPTION_CHARS_MAX:
        raise InvalidInput(f"description must have at most {DESCRIPTION_CHARS_MAX} characters", param="description")
    return text
