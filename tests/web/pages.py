"""Every page of both webs, as the journeys visit them."""

import re
from dataclasses import dataclass

from tests.web.life import Life
from tests.web.tools import WEB

PATH = re.compile(r"path: '(?P<path>[^']+)'")


@dataclass(frozen=True)
class Page:
    """A page's name in the reports, and its address."""

    name: str
    path: str


def user_pages(life: Life) -> list[Page]:
    """For somebody who is logged in."""
    known = {":conversationId?": life.conversation_id, ":projectId": life.project_id, "*": "no-such-page"}
    return [Page("chat-new", "/chat"), *_pages("user", known, skip={"login", "register"})]


def admin_pages(life: Life) -> list[Page]:
    """For an administrator."""
    known = {
        ":userId": str(life.person.user["id"]),
        ":orgId": str(life.person.user["personal_org_id"]),
        ":traceId": life.trace_id,
        "*": "no-such-page",
    }
    return [Page("admin-dashboard", "/admin"), *_pages("admin", known, skip={"login"}, head="/admin")]


def visitor_pages() -> list[Page]:
    """For somebody who is not."""
    return [Page("login", "/login"), Page("register", "/register")]


def _pages(web: str, known: dict[str, str], *, skip: set[str], head: str = "") -> list[Page]:
    """From the routes of a web; a parameter that nobody here knows is an error, lest a page go unvisited."""
    told = PATH.findall((WEB / "src" / web / "routes.tsx").read_text())
    paths = [path for path in told if path != "/" and path not in skip]
    return [Page(f"{web}-{_name(path)}", f"{head}/{_filled(path, known)}") for path in paths]


def _name(path: str) -> str:
    return re.sub(r"\W+", "-", path).strip("-") or "not-found"


def _filled(path: str, known: dict[str, str]) -> str:
    return "/".join(known[part] if part.startswith((":", "*")) else part for part in path.split("/"))
