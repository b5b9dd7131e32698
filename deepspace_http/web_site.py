"""The built front ends as files: what there is, in which encodings, and under which headers each goes out.

`deepspace_http/web` is built by Vite into `dist` (docs/web.md). A name under `assets/` carries the hash of its content,
so it may be kept for ever; everything else is asked for anew each time and answered 304 while it is the same. The
compressed forms are made at build time: nothing is compressed while serving.
"""

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DIST = Path(__file__).parent / "web" / "dist"
USER_PAGE = "/index.html"
ADMIN_PAGE = "/admin.html"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
"""In the order of preference; identity is what is left."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Our own files only: an image of another site in a model's answer would tell that site who reads. Styles may stand in
the page, for antd computes them at run time, and KaTeX and Mermaid write them into what they draw."""

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATED = "no-cache"
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file, with the forms that stand beside it on disk: from encoding ("" is as it is) to path."""

    content_type: str
    cache_control: str
    forms: Mapping[str, Path]
    digest: str

    def choose(self, accept_encoding: str) -> str:
        """The best encoding that the client takes."""
        taken = accepted_encodings(accept_encoding)
        return next((name for name, _ in ENCODINGS if name in taken and name in self.forms), "")

    def etag(self, encoding: str) -> str:
        """Strong: each form has its own."""
        return f'"{self.digest}{"-" if encoding else ""}{encoding}"'

    def headers(self, encoding: str) -> Headers:
        """Everything but the length."""
        told = [
            ("content-type", self.content_type),
            ("cache-control", self.cache_control),
            ("etag", self.etag(encoding)),
            ("vary", "accept-encoding"),
        ]
        if encoding:
            told.append(("content-encoding", encoding))
        if self.content_type.startswith("text/html"):
            told += [("content-security-policy", PAGE_POLICY), ("cross-origin-opener-policy", "same-origin")]
        return [(name.encode(), value.encode()) for name, value in told]


class WebSite:
    """The files of one build. Looks again when the folder was built anew; is empty where nothing was built."""

    def __init__(self, folder: Path = DIST) -> None:
        self._folder = folder
        self._stamp = 0
        self._files: Mapping[str, WebFile] = {}

    def find(self, path: str) -> WebFile | None:
        """The file at a path of the site (`/assets/x.js`), or None. Paths are looked up, never joined."""
        self._look()
        return self._files.get(path)

    def _look(self) -> None:
        page = self._folder / USER_PAGE[1:]
        stamp = page.stat().st_mtime_ns if page.is_file() else 0
        if stamp != self._stamp:
            self._files = _files_in(self._folder) if stamp else {}
            self._stamp = stamp


def accepted_encodings(header: str) -> Sequence[str]:
    """The names in an Accept-Encoding that are not refused with q=0 (RFC 9110, section 12.5.3)."""
    parts = [part.partition(";") for part in header.lower().split(",")]
    return [name.strip() for name, _, weight in parts if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00")]


def _files_in(folder: Path) -> Mapping[str, WebFile]:
    suffixes = tuple(suffix for _, suffix in ENCODINGS)
    return {
        f"/{path.relative_to(folder).as_posix()}": _read(path, folder)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in suffixes and not path.relative_to(folder).parts[0].startswith(".")
    }


def _read(path: Path, folder: Path) -> WebFile:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind in ("application/javascript", "application/json")
    beside = {name: path.with_name(path.name + suffix) for name, suffix in ENCODINGS}
    is_asset = path.is_relative_to(folder / "assets")
    return WebFile(
        content_type=f"{kind}; charset=utf-8" if is_text else kind,
        cache_control=IMMUTABLE if is_asset else REVALIDATED,
        forms={"": path, **{name: form for name, form in beside.items() if form.is_file()}},
        digest=hashlib.sha256(path.read_bytes()).hexdigest()[:32],
    )
