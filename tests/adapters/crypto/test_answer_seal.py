"""Stored answers: opened by the secret they were sealed with and by no other, and never the same bytes twice."""

import pytest

from deepspace_adapters.crypto.answer_seal import AesAnswerSeal
from deepspace_core.kernel.errors import SecretUnreadable
from deepspace_core.pipeline.idempotency import answer_secret

SECRET = answer_secret(key="k", body=b"{}")
SEAL = AesAnswerSeal()


@pytest.mark.parametrize("body", [b"", b"data: [DONE]\n\n", bytes(range(256)) * 4_096])
def test_what_was_sealed_opens_to_the_same(body: bytes) -> None:
    sealed = SEAL.seal(body, secret=SECRET)
    assert SEAL.open(sealed, secret=SECRET) == body
    assert body == b"" or body not in sealed


def test_the_same_answer_is_sealed_differently_each_time() -> None:
    assert SEAL.seal(b"x", secret=SECRET) != SEAL.seal(b"x", secret=SECRET)


@pytest.mark.parametrize(
    "secret",
    [answer_secret(key="k", body=b"{ }"), answer_secret(key="l", body=b"{}"), answer_secret(key="", body=b"k{}")],
)
def test_another_key_or_body_opens_nothing(secret: bytes) -> None:
    with pytest.raises(SecretUnreadable):
        SEAL.open(SEAL.seal(b"x", secret=SECRET), secret=secret)


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_changed_byte_is_found(place: int) -> None:
    sealed = bytearray(SEAL.seal(b"an answer", secret=SECRET))
    sealed[place] ^= 1
    with pytest.raises(SecretUnreadable):
        SEAL.open(bytes(sealed), secret=SECRET)


def test_bytes_that_are_no_sealed_answer_are_refused() -> None:
    with pytest.raises(SecretUnreadable):
        SEAL.open(b"", secret=SECRET)
