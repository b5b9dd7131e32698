"""`deepspace channel` on memory: what it prints, what it keeps to itself, and how it refuses."""

from dataclasses import replace
from typing import Any

import pytest

from tests.adapters.cli.memory_stack import MemoryStack
from tests.core.metering_values import USED

KEY = "sk-up-secret"


def added(stack: MemoryStack, name: str = "second", *more: str) -> Any:
    return stack.told("channel", "add", name, "--url", "http://second:3000/v1/", *more, "--key", "-", typed=f"{KEY}\n")


def test_a_channel_is_added_listed_and_shown_without_its_key(empty: MemoryStack) -> None:
    made = added(empty, "second", "--priority", "5", "--cost", "*:0.15:0.60:0.001", "--as", "small=small-2024")
    assert (made["base_url"], made["priority"], made["key"]) == ("http://second:3000/v1", 5, "sealed")
    assert made["cost_usd_per_million_tokens"]["*"] == {
        "input_uncached": "0.15",
        "output_text": "0.6",
        "request": "0.001",
        "currency": "USD",
    }
    assert made["model_names"] == {"small": "small-2024"}
    listed = empty.told("channel", "list")["data"]
    assert [(one["name"], one["key"]) for one in listed] == [("default", "of the environment"), ("second", "sealed")]
    assert empty.told("channel", "show", "second")["id"] == made["id"]
    assert KEY not in empty.run("channel", "show", "second").output
    assert "second" in empty.run("channel", "list").stdout


def test_a_key_is_asked_for_when_it_is_left_out(empty: MemoryStack) -> None:
    made = empty.run("channel", "add", "second", "--url", "http://second/v1", typed=f"{KEY}\n")
    assert made.exit_code == 0
    assert KEY not in made.output


def test_an_edit_leaves_out_what_is_left_out(empty: MemoryStack) -> None:
    added(empty, "second", "--weight", "3", "--model", "small", "--model", "large")
    made = empty.told("channel", "edit", "second", "--priority", "2")
    assert (made["priority"], made["weight"], made["models"]) == (2, 3, ["large", "small"])
    assert empty.told("channel", "edit", "second", "--model", "*")["models"] == ["*"]
    assert empty.told("channel", "disable", "default")["enabled"] is False
    assert empty.told("channel", "enable", "default")["enabled"] is True
    log = ["--log-url", "http://second:3000", "--log-user", "1", "--log-token", "t", "--log-token-name", "ours"]
    assert empty.told("channel", "edit", "second", *log)["log_url"] == "http://second:3000"
    assert empty.told("channel", "edit", "second", "--forget-log")["log_url"] is None
    assert empty.told("channel", "remove", "second")["name"] == "second"
    assert len(empty.told("channel", "list")["data"]) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["edit", "default", "--url", "http://x/v1"], "DEEPSPACE_NEWAPI_BASE_URL"),
        (["edit", "second", "--cost", "0.15:0.60"], "MODEL:INPUT:OUTPUT"),
        (["edit", "second", "--cost", "*:a:b"], "amount in dollars"),
        (["edit", "second", "--as", "small"], "MODEL=NAME"),
        (["edit", "second", "--log-url", "http://x"], "--log-user"),
        (["edit", "second", "--url", "http://169.254.169.254/"], "address"),
        (["remove", "default"], "disable it"),
        (["show", "absent"], "deepspace channel list"),
    ],
)
def test_what_makes_no_sense_is_refused_and_says_what_would(empty: MemoryStack, words: list[str], told: str) -> None:
    added(empty)
    refused = empty.run("channel", *words)
    assert refused.exit_code == 1
    assert told in refused.stderr


def test_a_model_s_name_with_colons_may_be_priced(empty: MemoryStack) -> None:
    made = added(empty, "second", "--cost", "qwen:7b:0.1:0.2", "--cost", "qwen:7b:chat:0.1:0.2:0.3")
    assert set(made["cost_usd_per_million_tokens"]) == {"qwen:7b", "qwen:7b:chat"}


def test_a_look_tells_by_its_exit_code_too(empty: MemoryStack) -> None:
    assert empty.told("channel", "test", "default")["models_listed"] == 2
    added(empty, "away")
    found = empty.run("channel", "test", "away", "--json")
    assert found.exit_code == 1
    assert '"healthy": false' in found.stdout


def test_margins_are_shown_by_channel_and_model(empty: MemoryStack) -> None:
    now = empty.clock.now()
    empty.record(
        replace(
            USED, ended_at=now, channel="second", upstream_cost_picos=USED.cost_picos // 4, upstream_cost_currency="USD"
        )
    )
    empty.clock.advance(seconds=1)
    [row] = empty.told("channel", "margin")["data"]
    assert (row["channel"], row["calls"], row["costed_calls"]) == ("second", 1, 1)
    assert row["margin_picos"] == USED.cost_picos - USED.cost_picos // 4
    assert "second" in empty.run("channel", "margin").stdout
