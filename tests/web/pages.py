"""Every page of both webs, as the journeys visit them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.web.life import Life
from tests.web.tools import WEB

TOKEN = re.compile(r"path: '(?P<path>[^']+)'|(?P<down>children: \[)|(?P<open>\[)|(?P<close>\])")


TABS = re.compile(r"const TABS = \[(?P<names>[^\]]+)\] as const")
"""How a page with `:tab?` in its address names its tabs."""


@dataclass(frozen=True)
class Page:
    """A page's name in the reports, and its address."""

    name: str
    path: str


def user_pages(life: Life) -> list[Page]:
    """For somebody who is logged in."""
    known = {":conversationId?": life.conversation_id, ":projectId": life.project_id, "*": "no-such-page"}
    return [Page("chat-new", "/chat"), *_pages("user", known, skip={"login", "register", "join"})]


def admin_pages(life: Life) -> list[Page]:
    """For an administrator."""
    known = {
        ":userId": str(life.person.user["id"]),
        ":orgId": str(life.person.user["personal_org_id"]),
        ":traceId": life.trace_id,
        ":modelId": life.model_id,
        ":channelName": life.channel_name,
        "*": "no-such-page",
    }
    return [Page("admin-dashboard", "/admin"), *_pages("admin", known, skip={"login"}, head="/admin")]


def visitor_pages() -> list[Page]:
    """For somebody who is not."""
    return [Page("login", "/login"), Page("register", "/register"), Page("join", "/join")]


def _pages(web: str, known: dict[str, str], *, skip: set[str], head: str = "") -> list[Page]:
    """From the routes of a web; a parameter that nobody here knows is an error, lest a page go unvisited."""
    source = WEB / "src" / web
    files = [source / "routes.tsx", *sorted(source.glob("pages/*/routes.ts*"))]
    told = [path for file in files for path in _paths_in(file.read_text()) if path and path not in skip]
    paths = [each for path in told for each in _with_tabs(path, source)]
    return [Page(f"{web}-{_name(path)}", f"{head}/{_filled(path, known)}") for path in paths]


def _paths_in(text: str) -> Iterator[str]:
    """The addresses that a file of routes declares, those of children below their parent's."""
    parents: list[str] = []
    last = ""
    for token in TOKEN.finditer(text):
        if token["path"]:
            last = "/".join(filter(None, [*parents, token["path"].strip("/")]))
            yield last
        elif token["close"]:
            parents.pop()
            last = parents[-1] if parents else ""
        else:
            parents.append(last if token["down"] else "")


def _with_tabs(path: str, source: Path) -> list[str]:
    """A page with tabs is as many pages; which they are, the module of the page says."""
    head, has_tabs, _ = path.partition("/:tab?")
    if not has_tabs:
        return [path]
    folder = source / "pages" / head.split("/")[0]
    pages = [file.read_text() for file in sorted(folder.glob("*Page.tsx"))]
    [names] = [found["names"] for text in pages if (found := TABS.search(text))]
    return [f"{head}/{name}" for name in re.findall(r"'(\w[\w-]*)'", names)]


def _name(path: str) -> str:
    return re.sub(r"\W+", "-", path).strip("-") or "not-found"


def _filled(path: str, known: dict[str, str]) -> str:
    return "/".join(known[part] if part.startswith((":", "*")) else part for part in path.split("/"))
