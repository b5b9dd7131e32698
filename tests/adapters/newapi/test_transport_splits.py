"""However a network cuts an answer into packets, it is the same answer; and half an answer is never a whole one."""

import asyncio
from dataclasses import dataclass

import httpx
from hypothesis import given
from hypothesis import strategies as st

from deepspace_adapters.newapi.transport.answer import Answer


@dataclass(frozen=True)
class Sent:
    """An answer's bytes and what they mean."""

    wire: bytes
    body: bytes
    status: int
    ends_with_connection: bool


class Silent:
    """A connection on which nothing more comes."""

    def expect_body(self) -> None:
        raise AssertionError("a whole answer need not be waited for")

    def expect_nothing(self) -> None:
        """Nothing was expected."""

    def resume(self) -> None:
        """There is nothing to go on with."""

    def abandon(self) -> None:
        """There is nothing to leave."""


@st.composite
def answers(draw: st.DrawFn) -> Sent:
    pieces = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
    body, status = b"".join(pieces), draw(st.sampled_from([200, 201, 400, 429, 503]))
    interim = b"HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n" * draw(st.integers(0, 2))
    names = draw(st.lists(st.from_regex(rb"\Ax-[A-Za-z0-9-]{1,12}\Z"), max_size=3))
    head = b"HTTP/1.1 %d Said\r\n" % status + b"".join(b"%s: v\r\n" % name for name in names)
    framing = draw(st.sampled_from(["length", "chunks", "end"]))
    match framing:
        case "length":
            wire = head + b"content-length: %d\r\n\r\n" % len(body) + body
        case "chunks":
            chunks = b"".join(b"%x;e=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
            trailer = draw(st.sampled_from([b"", b"x-trailer: 1\r\n"]))
            wire = head + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n" + trailer + b"\r\n"
        case _:
            wire = head + b"\r\n" + body
    return Sent(interim + wire, body, status, ends_with_connection=framing == "end")


def pieces_of(wire: bytes, cuts: set[int]) -> list[bytes]:
    ends = [*sorted(cut % (len(wire) + 1) for cut in cuts), len(wire)]
    return [wire[start:end] for start, end in zip([0, *ends], ends, strict=False) if end > start]


async def heard(pieces: list[bytes], *, is_ended: bool) -> tuple[Answer, bytes | None]:
    """What an answer is after these packets, and its body when it is whole."""
    answer = Answer(Silent(), asyncio.get_running_loop(), has_no_body=False)
    for piece in pieces:
        answer.feed(piece)
    is_whole = answer.ended() if is_ended else answer.is_whole
    if not is_whole:
        return answer, None
    answer.let_go()
    return answer, b"".join([piece async for piece in answer])


@given(answers(), st.sets(st.integers(0, 2_000), max_size=12))
def test_an_answer_is_the_same_however_it_is_cut_into_packets(sent: Sent, cuts: set[int]) -> None:
    answer, body = asyncio.run(heard(pieces_of(sent.wire, cuts), is_ended=sent.ends_with_connection))
    assert (answer.status, body) == (sent.status, sent.body)
    assert answer.keeps_alive is not sent.ends_with_connection


@given(answers(), st.integers(1, 2_000), st.sets(st.integers(0, 2_000), max_size=4))
def test_an_answer_without_its_last_bytes_is_not_whole(sent: Sent, missing: int, cuts: set[int]) -> None:
    if sent.ends_with_connection:
        return  # nobody can tell
    missing = 1 + missing % len(sent.wire)
    _, body = asyncio.run(heard(pieces_of(sent.wire[:-missing], cuts), is_ended=True))
    assert body is None


@given(st.binary(max_size=300), st.sets(st.integers(0, 300), max_size=5))
def test_bytes_that_are_no_answer_are_refused_or_never_whole(noise: bytes, cuts: set[int]) -> None:
    try:
        answer, _ = asyncio.run(heard(pieces_of(b"\x16" + noise, cuts), is_ended=True))
    except httpx.RemoteProtocolError:
        return
    assert not answer.is_whole
