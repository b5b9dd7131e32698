import pytest

from deepspace_core.chat.excerpt import AFTER_CHARACTERS, BEFORE_CHARACTERS, Excerpt, excerpt_of


@pytest.mark.parametrize(
    ("said", "text", "found"),
    [
        ("A Wallet is money.", "wallet", Excerpt("A ", "Wallet", " is money.")),
        ("wallet", "WALLET", Excerpt("", "wallet", "")),
        ("钱包里有余额", "余额", Excerpt("钱包里有", "余额", "")),
        ("money", "wallet", None),
        ("", "wallet", None),
    ],
)
def test_a_hit_stands_between_its_words(said: str, text: str, found: Excerpt | None) -> None:
    assert excerpt_of(said, text) == found


def test_what_is_far_away_is_cut_off_at_a_word_and_marked() -> None:
    found = excerpt_of(f"{'before ' * 50}HIT{' after' * 50}", "hit")
    assert found is not None
    assert found.before.startswith("…before ")
    assert found.after.endswith(" after…")
    assert len(found.before) <= BEFORE_CHARACTERS + 1
    assert len(found.after) <= AFTER_CHARACTERS + 1


def test_a_word_that_is_too_long_is_cut_anywhere() -> None:
    found = excerpt_of(f"{'x' * 500}HIT{'y' * 500}", "hit")
    assert found == Excerpt(f"…{'x' * BEFORE_CHARACTERS}", "HIT", f"{'y' * AFTER_CHARACTERS}…")


@pytest.mark.parametrize("length", [0, 1])
def test_nothing_is_marked_where_all_is_shown(length: int) -> None:
    said = f"{'x' * (BEFORE_CHARACTERS + length)}HIT{'y' * (AFTER_CHARACTERS + length)}"
    found = excerpt_of(said, "hit")
    assert found is not None
    assert (found.before[0] == "…", found.after[-1] == "…") == (bool(length), bool(length))
