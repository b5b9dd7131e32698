"""Passwords under argon2id."""

import asyncio
import threading

import pytest

from deepspace_adapters.crypto import argon2_hasher
from deepspace_adapters.crypto.argon2_hasher import CHEAP, Argon2Parameters, Argon2PasswordHasher
from deepspace_core.identity import Secret
from deepspace_core.kernel.errors import Unavailable

PASSWORD = Secret("correct horse battery")


async def test_a_password_verifies_against_its_own_hash_only() -> None:
    hasher = Argon2PasswordHasher(CHEAP)
    one, other = await hasher.hash(PASSWORD), await hasher.hash(PASSWORD)
    assert one.startswith("$argon2id$")
    assert one != other
    assert await hasher.verify(PASSWORD, one)
    assert not await hasher.verify(Secret("correct horse batterz"), one)


@pytest.mark.parametrize("text", ["", "plain", "$argon2id$v=19$m=8,t=1,p=1$", "$2b$12$abc"])
async def test_a_hash_that_cannot_be_read_matches_nothing(text: str) -> None:
    assert not await Argon2PasswordHasher(CHEAP).verify(PASSWORD, text)


async def test_a_hash_of_other_parameters_is_outdated_and_still_verifies() -> None:
    old, new = Argon2PasswordHasher(CHEAP), Argon2PasswordHasher(Argon2Parameters(2, 16, 1))
    made = await old.hash(PASSWORD)
    assert not old.is_outdated(made)
    assert new.is_outdated(made)
    assert await new.verify(PASSWORD, made)


async def test_nobody_costs_as_much_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Argon2PasswordHasher(CHEAP)
    verified: list[str] = []

    def matches(_: Secret, text: str) -> bool:
        verified.append(text)
        return False

    await hasher.verify_nobody(PASSWORD)
    monkeypatch.setattr(hasher, "_matches", matches)
    await hasher.verify_nobody(PASSWORD)
    assert not hasher.is_outdated(verified[0])


async def test_hashes_at_once_and_hashes_waiting_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2_hasher, "WAITING_MAX", 3)
    hasher = Argon2PasswordHasher(CHEAP, concurrent_max=1)
    go, running = threading.Event(), [0, 0]

    def slow(*_: object) -> bool:
        running[0] += 1
        running[1] = max(running)
        go.wait(10)
        running[0] -= 1
        return True

    monkeypatch.setattr(hasher, "_matches", slow)
    waiting = [asyncio.create_task(hasher.verify(PASSWORD, "")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await hasher.verify(PASSWORD, "")
    go.set()
    assert await asyncio.gather(*waiting) == [True] * 3
    assert running[1] == 1
    assert await hasher.verify(PASSWORD, "")
