"""What people wait for on a slow line: the chat page's first load, and what must not be part of it."""

from pathlib import Path

import pytest

from tests.web.bundle import compressed_bytes, first_load, read_manifest

CHAT = ("index.html", "src/user/pages/chat/ChatPage.tsx")
FIRST_LOAD_BYTES_MAX = 350 * 1024
HEAVY = ("katex", "mermaid", "highlight", "uplot", "TimeChartCanvas")


def test_the_first_load_of_the_chat_page_is_small(built: Path) -> None:
    manifest = read_manifest(built)
    size = compressed_bytes(built, first_load(manifest, *CHAT))
    assert size <= FIRST_LOAD_BYTES_MAX, f"{size / 1024:.0f} KB"


@pytest.mark.parametrize("heavy", HEAVY)
def test_what_is_heavy_comes_when_it_is_wanted(built: Path, heavy: str) -> None:
    files = first_load(read_manifest(built), *CHAT)
    assert not [file for file in files if heavy.lower() in file.lower()]


def test_the_admin_web_is_no_part_of_the_user_web(built: Path) -> None:
    manifest = read_manifest(built)
    user = first_load(manifest, *CHAT)
    assert manifest["admin.html"]["file"] not in user


def test_every_page_is_a_chunk_of_its_own(built: Path) -> None:
    pages = [key for key in read_manifest(built) if "/pages/" in key and key.endswith("Page.tsx")]
    assert len(pages) >= 15
    assert all(read_manifest(built)[key].get("isDynamicEntry") for key in pages)
