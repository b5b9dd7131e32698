"""The public face of an organization: its slug is the first part of the address `/{workspace}/{app}`.

Therefore slugs are unique in the whole installation, and must not shadow a path of the product itself.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, WorkspaceId

WORKSPACE_NAME_CHARS_MAX = 80
SLUG_CHARS_MIN = 3
SLUG_CHARS_MAX = 48
SUFFIX_CHARS = 6

# fmt: off
RESERVED_SLUGS = frozenset(
    (
        "about", "account", "admin", "api", "app", "apps", "assets", "auth", "billing", "blog", "chat", "console",
        "dashboard", "deepspace", "docs", "domains", "error", "favicon", "file", "files", "health", "help", "home",
        "internal", "login", "logout", "mcp", "metrics", "models", "new", "oauth", "openapi", "pricing", "privacy",
        "profile", "projects", "public", "ready", "register", "robots", "root", "schema", "security", "settings",
        "share", "signup", "sitemap", "static", "status", "support", "system", "terms", "user", "users", "v1", "v2",
        "web", "webhooks", "well-known", "workspace", "workspaces", "www",
    )
)
# fmt: on

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Workspace:
    """Holds projects, apps and domains. Exactly one of an organization is its default."""

    id: WorkspaceId
    org_id: OrgId
    slug: str
    name: str
    created_at: datetime
    is_default: bool = False
    archived_at: datetime | None = None


def read_slug(text: str) -> str:
    """Raises InvalidInput unless it is lower-case words joined by single hyphens, in bounds and not reserved."""
    if not (SLUG_CHARS_MIN <= len(text) <= SLUG_CHARS_MAX and _SLUG.fullmatch(text)):
        raise InvalidInput(
            f"slug must have {SLUG_CHARS_MIN} to {SLUG_CHARS_MAX} characters: a-z, 0-9 and single hyphens between them",
            param="slug",
        )
    if text in RESERVED_SLUGS:
        raise InvalidInput(f"slug {text!r} is reserved for the product itself; choose another", param="slug")
    return text


def propose_slugs(name: str, workspace_id: WorkspaceId) -> tuple[str, str]:
    """Two slugs to try for a name: the plain one, and one made unique by the random end of the id.

    Letters beyond ASCII lose their marks or fall away; a name that leaves nothing becomes "ws".
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: SLUG_CHARS_MAX - SUFFIX_CHARS - 1].rstrip("-") or "ws"
    unique = f"{words}-{workspace_id.hex[-SUFFIX_CHARS:]}"
    is_usable = len(words) >= SLUG_CHARS_MIN and words not in RESERVED_SLUGS
    return (words if is_usable else unique, unique)
