"""The first start: what it makes, what it keeps, and what it leaves alone."""

import asyncio
import stat
from pathlib import Path

import pytest

from deepspace_adapters.bootstrap import (
    ADMINISTRATOR_EMAIL,
    CREDENTIALS_FILE,
    Credentials,
    keep_credentials,
    read_credentials,
)
from deepspace_core.kernel.errors import Conflict
from tests.adapters.cli.conftest import ADA, PASSWORD
from tests.adapters.cli.memory_stack import MemoryStack


def start(
    stack: MemoryStack, *, email: str | None = None, password: str | None = None, embedded: bool = True
) -> Credentials | None:
    filling = stack.bootstrap()(data_dir=stack.directory, email=email, password=password, with_embedded_models=embedded)
    return asyncio.run(filling)


def test_the_first_start_makes_all_that_a_call_needs(empty: MemoryStack) -> None:
    made = start(empty)
    assert made is not None
    assert made.api_key is not None
    assert empty.told("user", "show", ADMINISTRATOR_EMAIL)["administrator"] is True
    assert empty.told("wallet", "show")["balance"] == "10"
    assert [key["prefix"] for key in empty.told("key", "list")["data"]] == [made.api_key[:12]]
    assert {model["name"] for model in empty.told("model", "list")["data"]} == {
        "smollm2-135m-instruct",
        "smollm2-135m-embedding",
    }
    price = empty.told("price", "show", "smollm2-135m-instruct")["usd_per_million_tokens"]
    assert price == {"input_uncached": "0.15", "output_text": "0.6"}


def test_the_second_start_finds_everything_as_it_was(empty: MemoryStack) -> None:
    assert start(empty) == start(empty)
    assert empty.told("wallet", "show")["balance"] == "10"
    assert len(empty.told("user", "list")["data"]) == 1
    assert len(empty.told("key", "list")["data"]) == 1
    assert len(empty.told("price", "list")["data"]) == 2


def test_credentials_are_readable_by_their_owner_alone(empty: MemoryStack) -> None:
    start(empty)
    mode = (empty.directory / CREDENTIALS_FILE).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_start_that_was_interrupted_goes_on_with_the_same_password(empty: MemoryStack) -> None:
    keep_credentials(empty.directory, Credentials(email=ADMINISTRATOR_EMAIL, password=PASSWORD))
    made = start(empty)
    assert made is not None
    assert made.password == PASSWORD
    assert made.api_key is not None


def test_a_key_that_was_revoked_is_replaced(empty: MemoryStack) -> None:
    first = start(empty)
    assert first is not None
    empty.told("key", "revoke", "First key")
    second = start(empty)
    assert second is not None
    assert second.api_key not in {None, first.api_key}


def test_an_installation_with_people_of_its_own_is_left_alone(stack: MemoryStack) -> None:
    assert start(stack) is None
    assert [user["email"] for user in stack.told("user", "list")["data"]] == [ADA]
    assert stack.told("model", "list")["data"] == []
    assert read_credentials(stack.directory) is None


def test_an_administrator_that_the_settings_name_is_made_all_the_same(stack: MemoryStack) -> None:
    made = start(stack, email="root@example.com", password=PASSWORD)
    assert made is not None
    assert (made.email, made.password) == ("root@example.com", PASSWORD)
    assert stack.told("user", "show", "root@example.com")["administrator"] is True


def test_models_of_another_upstream_are_not_guessed(empty: MemoryStack) -> None:
    start(empty, embedded=False)
    assert empty.told("model", "list")["data"] == []


def test_a_model_that_an_operator_disabled_stays_disabled(empty: MemoryStack) -> None:
    start(empty)
    empty.told("model", "disable", "smollm2-135m-embedding")
    start(empty)
    assert empty.told("model", "show", "smollm2-135m-embedding")["enabled"] is False


def test_credentials_that_cannot_be_read_are_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / CREDENTIALS_FILE
    path.write_text("{")
    with pytest.raises(Conflict, match=r"can't read .*credentials\.json"):
        read_credentials(tmp_path)
    assert path.read_text() == "{"


def test_credentials_do_not_show_their_secrets() -> None:
    shown = repr(Credentials(email=ADA, password=PASSWORD, api_key="sk-ds-x"))
    assert PASSWORD not in shown
    assert "sk-ds-x" not in shown
