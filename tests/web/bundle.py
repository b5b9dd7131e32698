"""What a page loads before it can be used, read off the manifest that Vite writes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Manifest = dict[str, dict[str, Any]]


def read_manifest(dist: Path) -> Manifest:
    manifest: Manifest = json.loads((dist / ".vite" / "manifest.json").read_text())
    return manifest


def first_load(manifest: Manifest, *entries: str) -> set[str]:
    """The scripts of these entries and of everything that they import before they run."""
    return {manifest[key]["file"] for entry in entries for key in _with_imports(manifest, entry)}


def compressed_bytes(dist: Path, files: set[str]) -> int:
    """As a browser gets them: Brotli where it was worth it, else as they are."""
    forms = [(dist / f"{file}.br", dist / file) for file in files if file.endswith(".js")]
    return sum((small if small.is_file() else whole).stat().st_size for small, whole in forms)


def _with_imports(manifest: Manifest, key: str, seen: set[str] | None = None) -> Iterator[str]:
    seen = set() if seen is None else seen
    if key in seen:
        return
    seen.add(key)
    yield key
    for imported in manifest[key].get("imports", ()):
        yield from _with_imports(manifest, imported, seen)
