"""What a file is: by its bytes first, by the client's word where they can't say."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.files.content_type import BINARY, SNIFFED_BYTES, Beginning, content_type_of


@pytest.mark.parametrize(
    ("head", "declared", "found"),
    [
        (b"%PDF-1.7\n", "text/html", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", None, "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/png", "image/webp"),
        (b"PAR1\x15\x04", None, "application/vnd.apache.parquet"),
        (b"PK\x03\x04....", "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
        (b"PK\x03\x04....", "image/png", "application/zip"),
        (b"a,b\n1,2\n", "text/csv; charset=utf-8", "text/csv"),
        (b"a,b\n1,2\n", "TEXT/CSV", "text/csv"),
        (b'{"a": 1}', "application/json", "application/json"),
        (b"plain words", "image/png", "text/plain"),
        (b"plain words", None, "text/plain"),
        (b"", "text/csv", "text/csv"),
        ("漢".encode()[:2], None, "text/plain"),
        (b"\xff\xfe\x00", "text/plain", BINARY),
        (b"\x00\x01\x02", "image/png", BINARY),
        (b"\x00\x01\x02", "chemical/x-pdb", "chemical/x-pdb"),
        (b"\x00\x01\x02", "no type at all\r\nset-cookie: x", BINARY),
        (b"\x00\x01\x02", None, BINARY),
    ],
)
def test_the_bytes_say_what_a_file_is(head: bytes, declared: str | None, found: str) -> None:
    assert content_type_of(head, declared=declared) == found


@given(head=st.binary(max_size=SNIFFED_BYTES), declared=st.none() | st.text(max_size=200))
def test_whatever_is_sent_the_type_is_one(head: bytes, declared: str | None) -> None:
    found = content_type_of(head, declared=declared)
    assert found.isascii()
    assert found.isprintable()
    assert found.count("/") == 1


@given(chunks=st.lists(st.binary(max_size=700), max_size=8))
async def test_looking_at_the_beginning_changes_nothing(chunks: list[bytes]) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    beginning = await Beginning.of(stream())
    whole = b"".join(chunks)
    assert len(beginning.head) >= min(SNIFFED_BYTES, len(whole))
    assert b"".join([chunk async for chunk in beginning.whole()]) == whole
