"""API keys from the command line, on memory: made, shown once, changed, rotated, ended."""

from tests.adapters.cli.memory_stack import MemoryStack


def test_a_keys_secret_is_shown_once_and_never_again(stack: MemoryStack) -> None:
    made = stack.told(
        "key", "create", "ci", "--scope", "models:use", "--model", "tiny", "--days", "30", "--project", "Default"
    )
    assert made["secret"].startswith("sk-ds-")
    shown = stack.told("key", "show", made["prefix"])
    assert "secret" not in shown
    assert (shown["models"], shown["scopes"]) == (["tiny"], ["models:use"])
    rotated = stack.told("key", "rotate", "ci", "--overlap", "60")
    assert rotated["id"] == made["id"]
    assert rotated["secret"] != made["secret"]
    assert stack.told("key", "revoke", made["id"])["revoked_at"] is not None
    assert stack.told("key", "list", "--no-revoked")["data"] == []


def test_a_key_is_changed_where_it_is_named_and_stays_elsewhere(stack: MemoryStack) -> None:
    made = stack.told("key", "create", "ci", "--model", "tiny", "--days", "30")
    renamed = stack.told("key", "update", "ci", "--name", "notebook", "--scope", "wallet:read")
    same = {name: made[name] for name in ("id", "prefix", "models", "expires_at")}
    assert renamed == renamed | same | {"name": "notebook", "scopes": ["wallet:read"]}
    freed = stack.told("key", "update", "notebook", "--every-model", "--never")
    assert (freed["models"], freed["expires_at"], freed["scopes"]) == (None, None, ["wallet:read"])
    ending = stack.told("key", "update", "notebook", "--model", "tiny", "--days", "1")
    assert (ending["models"], ending["expires_at"] < made["expires_at"]) == (["tiny"], True)
    for both in (("--days", "1", "--never"), ("--model", "tiny", "--every-model")):
        assert "not both" in stack.run("key", "update", "notebook", *both).output
