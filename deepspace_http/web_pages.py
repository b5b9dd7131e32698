"""Serves the front ends from the gateway's own process, in front of the router.

Rules: a file of the build is answered at its path; a person who navigates (GET, and the browser asks for HTML) anywhere
that no route of the API lives gets the page of the web that the address belongs to, whose router knows the rest. All
else goes on to the API, whose 404 has the product's shape. Programs that ask for `/` get the signpost.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from deepspace_http.docs_page import STYLE, STYLE_POLICY
from deepspace_http.web_site import ADMIN_PAGE, USER_PAGE, WebFile, WebSite

ASSETS = "/assets/"
PAGE_TEMPLATE = "/{page}"
FILE_TEMPLATE = "/{file}"
"""What the metrics call them; a label a path would be without bound."""

NOT_BUILT = f"""<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>DeepSpace</title><style>{STYLE}</style><h1>The front ends are not built</h1>
<p>The gateway runs, its pages are missing: <code>make web</code> builds them, <code>make run</code> does so by itself.
They appear here without a restart.</p>
<h2 lang="zh">前端尚未构建</h2><p lang="zh">网关正在运行，但页面还没有构建：请运行 <code>make web</code>。</p>
<p><a href="/docs">/docs</a> <a href="/health">/health</a></p></html>""".encode()


class WebPages:
    """An ASGI layer. `reserved` are the first segments of the API's paths, where no page lives."""

    def __init__(self, app: ASGIApp, *, site: WebSite, reserved: Iterable[str]) -> None:
        self._app = app
        self._site = site
        self._reserved = frozenset({*reserved, ASSETS.strip("/")})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
        else:
            await self._show(scope, receive, send)

    async def _show(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        headers = Headers.from_scope(scope)
        if self._is_navigation(scope, headers):
            scope["path_template"] = PAGE_TEMPLATE
            file = self._site.find(_page_of(scope["path"]))
            await (_send_file(scope, headers, file, send) if file else _send_not_built(scope, send))
            return
        file = self._site.find(scope["path"])
        if file is None or scope["path"] in (USER_PAGE, ADMIN_PAGE):
            await self._app(scope, receive, send)
            return
        scope["path_template"] = FILE_TEMPLATE
        await _send_file(scope, headers, file, send)

    def _is_navigation(self, scope: HTTPScope, headers: Headers) -> bool:
        first = scope["path"].split("/")[1]
        return first not in self._reserved and "text/html" in headers.get("accept", "")


def _page_of(path: str) -> str:
    return ADMIN_PAGE if path == "/admin" or path.startswith("/admin/") else USER_PAGE


async def _send_file(scope: HTTPScope, headers: Headers, file: WebFile, send: Send) -> None:
    encoding = file.choose(headers.get("accept-encoding", ""))
    told = file.headers(encoding)
    if file.etag(encoding) in headers.get("if-none-match", ""):
        await _send(send, 304, told, b"")
        return
    path: Path = file.forms[encoding]
    body = await asyncio.to_thread(path.read_bytes)
    told.append((b"content-length", str(len(body)).encode()))
    await _send(send, 200, told, b"" if scope["method"] == "HEAD" else body)


async def _send_not_built(scope: HTTPScope, send: Send) -> None:
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(NOT_BUILT)).encode()),
        (b"content-security-policy", STYLE_POLICY.encode()),
        (b"cache-control", b"no-store"),
    ]
    await _send(send, 503, headers, b"" if scope["method"] == "HEAD" else NOT_BUILT)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
