"""Secrets at rest."""

import stat
from pathlib import Path

import pytest

from deepspace_adapters.crypto.aes_secret_box import KEY_BYTES, AesSecretBox, make_secret_box
from deepspace_adapters.settings import SettingsFault, load_settings
from deepspace_core.kernel.errors import SecretUnreadable

ONE, OTHER = bytes(range(KEY_BYTES)), bytes(KEY_BYTES)
SECRET = "the credential of an upstream"


def box_of(*keys: bytes) -> AesSecretBox:
    return AesSecretBox(lambda: keys)


def test_a_secret_opens_to_what_was_sealed_and_is_never_sealed_the_same_way_twice() -> None:
    box = box_of(ONE)
    sealed = box.seal(SECRET, purpose="channel:1")
    assert SECRET.encode() not in sealed
    assert sealed != box.seal(SECRET, purpose="channel:1")
    assert box.open(sealed, purpose="channel:1") == SECRET


def test_a_secret_moved_to_another_row_does_not_open() -> None:
    box = box_of(ONE)
    with pytest.raises(SecretUnreadable, match="enter it again"):
        box.open(box.seal(SECRET, purpose="channel:1"), purpose="channel:2")


@pytest.mark.parametrize("at", [0, 1, 5, 20, -1])
def test_a_changed_byte_anywhere_keeps_it_shut(at: int) -> None:
    box = box_of(ONE)
    sealed = bytearray(box.seal(SECRET, purpose="p"))
    sealed[at] ^= 1
    with pytest.raises(SecretUnreadable):
        box.open(bytes(sealed), purpose="p")
    with pytest.raises(SecretUnreadable):
        box.open(b"", purpose="p")


def test_a_new_key_before_the_old_one_seals_and_both_open() -> None:
    before, after = box_of(OTHER), box_of(ONE, OTHER)
    assert after.open(before.seal(SECRET, purpose="p"), purpose="p") == SECRET
    assert box_of(ONE).open(after.seal(SECRET, purpose="p"), purpose="p") == SECRET
    with pytest.raises(SecretUnreadable, match="DEEPSPACE_SECRET_KEY"):
        before.open(after.seal(SECRET, purpose="p"), purpose="p")


def test_a_key_that_nobody_set_is_made_once_and_is_nobody_else_s_to_read(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    sealed = make_secret_box(None, kept_at=path).seal(SECRET, purpose="p")
    assert make_secret_box(None, kept_at=path).open(sealed, purpose="p") == SECRET
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["secret.key"]


def test_a_box_that_is_not_used_makes_no_key_and_one_that_can_t_have_a_key_says_where(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    box = make_secret_box(None, kept_at=path)
    assert not path.parent.exists()
    path.parent.write_text("no directory")
    with pytest.raises(SecretUnreadable, match="DEEPSPACE_DATA_DIR"):
        box.seal(SECRET, purpose="p")


def test_a_key_that_is_none_is_refused_by_the_settings_without_showing_it() -> None:
    with pytest.raises(SettingsFault) as caught:
        load_settings({"DEEPSPACE_SECRET_KEY": "hunter2"})
    assert "32 random bytes" in caught.value.message
    assert "hunter2" not in caught.value.message
    with pytest.raises(SecretUnreadable, match="32 bytes"):
        make_secret_box("hunter2", kept_at=Path("unused")).seal(SECRET, purpose="p")
    assert "\\x" not in repr(box_of(ONE))
