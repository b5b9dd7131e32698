"""The reference as one page of plain HTML, rendered here from the OpenAPI document.

Swagger UI, Redoc and Scalar load megabytes of script from a CDN, which a machine without the internet can't reach and
our Content-Security-Policy would not admit. Plain HTML needs neither: `<details>` folds, the browser searches.
"""

import base64
import hashlib
import html
import json
from typing import Any

from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

from deepspace_http.openapi import METHODS, ApiDocument, Json

STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
summary{cursor:pointer;padding:.4rem 0}code,pre{font:14px/1.45 ui-monospace,monospace}pre{overflow:auto;padding:.8rem;
background:color-mix(in srgb,currentColor 7%,transparent);border-radius:.4rem}section{margin-left:1.2rem}
b.m{display:inline-block;width:4.5rem}table{border-collapse:collapse}td,th{text-align:left;padding:.2rem .8rem .2rem 0;
vertical-align:top}small{opacity:.75}
""".strip()
STYLE_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)


class ReferencePage(OpenAPIRenderPlugin):
    """Litestar's render plugin for the page. The document is the finished one, set once the application is built."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self.document: ApiDocument | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return b"" if self.document is None else render_page(self.document.content).encode()


def render_page(document: Json) -> str:
    """The whole page."""
    by_tag: dict[str, list[str]] = {}
    for path, item in sorted(document["paths"].items()):
        for method in METHODS:
            if method in item:
                operation = item[method]
                by_tag.setdefault((operation.get("tags") or ["Other"])[0], []).append(
                    _operation(path, method, operation)
                )
    title = html.escape(document["info"]["title"])
    sections = "".join(f"<h2>{html.escape(tag)}</h2>{''.join(by_tag[tag])}" for tag in sorted(by_tag))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}</style><h1>{title}</h1><p>{_text(document['info'].get('description'))}</p>"
        f'<p>Machine-readable: <a href="/openapi.json">/openapi.json</a></p>{sections}</html>'
    )


def _operation(path: str, method: str, operation: Json) -> str:
    parts = [f"<p>{_text(operation.get('description'))}</p>", _parameters(operation.get("parameters", []))]
    if "requestBody" in operation:
        parts.append(f"<h4>Request</h4>{_example(operation['requestBody'])}")
    for status, response in sorted(operation["responses"].items()):
        parts.append(f"<h4>{status} <small>{_text(response.get('description'))}</small></h4>{_example(response)}")
    summary = _text(operation.get("summary"))
    head = f'<b class="m">{method.upper()}</b> <code>{html.escape(path)}</code> <small>{summary}</small>'
    return f"<details><summary>{head}</summary><section>{''.join(parts)}</section></details>"


def _parameters(parameters: list[Json]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{html.escape(one['name'])}</code></td>"
        f"<td>{one['in']}{', required' if one.get('required') else ''}</td>"
        f"<td>{_text(one.get('description'))}</td></tr>"
        for one in parameters
    )
    return f"<table>{rows}</table>"


def _example(body: Json) -> str:
    shown = [media["example"] for media in body.get("content", {}).values() if "example" in media]
    return "".join(f"<pre>{html.escape(json.dumps(one, indent=2, ensure_ascii=False))}</pre>" for one in shown)


def _text(value: str | None) -> str:
    return html.escape(value or "")
