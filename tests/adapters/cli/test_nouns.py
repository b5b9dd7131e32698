"""The nouns of the command, on memory: what they print, and how they refuse."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from deepspace_core.kernel.ids import OrgId, read_id
from tests.adapters.cli.conftest import ADA, PASSWORD
from tests.adapters.cli.memory_stack import MemoryStack
from tests.core.metering_values import USED
from tests.fakes import NOON


def test_a_user_comes_with_an_organization_a_project_and_a_wallet(stack: MemoryStack) -> None:
    user = stack.told("user", "show", ADA)
    org = stack.told("org", "show", "Ada")
    assert (org["id"], org["kind"]) == (user["personal_org_id"], "personal")
    assert [project["name"] for project in stack.told("project", "list")["data"]] == ["Default"]
    assert stack.told("wallet", "show")["balance_nanos"] == 0


def test_a_password_is_asked_for_when_it_is_left_out(empty: MemoryStack) -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    made = empty.run("user", "create", "--email", ADA, "--administrator", typed=typed)
    assert made.exit_code == 0
    assert PASSWORD not in made.stdout
    assert empty.told("user", "show", ADA)["administrator"] is True


def test_an_installation_without_organizations_says_how_to_make_one(empty: MemoryStack) -> None:
    assert "deepspace user create" in empty.run("wallet", "show").stderr


def test_prices_are_listed_with_the_names_of_their_models(stack: MemoryStack) -> None:
    stack.told("model", "create", "deep", "--kind", "chat", "--context-tokens", "10", "--output-tokens-max", "5")
    stack.told("price", "set", "deep", "--input", "1", "--output", "2")
    assert [row["model"] for row in stack.told("price", "list")["data"]] == ["deep"]


def test_users_are_disabled_enabled_and_given_new_passwords(stack: MemoryStack) -> None:
    stack.told("user", "create", "--email", "bob@example.com", "--password", PASSWORD, "--administrator")
    assert stack.told("user", "disable", ADA)["disabled_at"] == "2030-01-01T12:00:00Z"
    assert stack.told("user", "enable", ADA)["disabled_at"] is None
    assert stack.told("user", "administrator", ADA)["administrator"] is True
    assert stack.told("user", "administrator", ADA, "--revoke")["administrator"] is False
    assert stack.told("user", "password", ADA, "--password", "another password")["email"] == ADA
    assert len(stack.told("user", "list", "--email", "bob")["data"]) == 1


def test_an_organization_is_made_changed_suspended_and_resumed(stack: MemoryStack) -> None:
    made = stack.told("org", "create", "Acme", "--owner", ADA)
    assert made["kind"] == "team"
    assert (
        stack.told("org", "update", made["id"], "--name", "Acme Labs", "--on-abort", "cancel")["on_abort"] == "cancel"
    )
    assert stack.told("org", "suspend", "acme labs", "--reason", "unpaid")["suspended_at"] is not None
    assert stack.told("org", "resume", "Acme Labs")["suspended_at"] is None
    assert len(stack.told("org", "list")["data"]) == 2


def test_budgets_are_set_listed_and_removed(stack: MemoryStack) -> None:
    project = stack.told("project", "list")["data"][0]["id"]
    made = stack.told("budget", "set", "25", "--project", "Default", "--window", "day")
    assert (made["scope_id"], made["cap_nanos"], made["left"]) == (project, 25_000_000_000, "25")
    stack.told("budget", "set", "100")
    app = stack.told("budget", "set", "1", "--scope", f"app:{UUID(int=9)}", "--window", "total")
    assert app["scope_id"] == UUID(int=9).hex
    listed = [(one["scope"], one["window"]) for one in stack.told("budget", "list")["data"]]
    assert listed == [("app", "total"), ("org", "month"), ("project", "day")]
    stack.told("budget", "remove", "--project", project, "--window", "day")
    assert len(stack.told("budget", "list")["data"]) == 2


def test_limits_are_set_listed_and_removed(stack: MemoryStack) -> None:
    project = stack.told("project", "list")["data"][0]["id"]
    made = stack.told("limit", "set", "100", "--metric", "tokens", "--window", "day", "--project", "Default")
    assert (made["scope_id"], made["window_seconds"], made["cap"]) == (project, 86_400, 100)
    again = stack.told("limit", "set", "200", "--metric", "tokens", "--window", "86400", "--project", project)
    assert (again["id"], again["cap"]) == (made["id"], 200)
    slots = stack.told("limit", "set", "5", "--metric", "concurrency", "--each", "key")
    assert (slots["scope"], slots["scope_id"], slots["window_seconds"]) == ("key", None, 3_600)
    assert [one["id"] for one in stack.told("limit", "list")["data"]] == [slots["id"], made["id"]]
    assert stack.told("limit", "remove", made["id"]) == {"removed": True, "id": made["id"]}
    assert len(stack.told("limit", "list")["data"]) == 1


def test_limits_of_the_platform_are_a_set_of_their_own(stack: MemoryStack) -> None:
    org = stack.told("org", "show", "Ada")["id"]
    each = stack.told("limit", "set", "10", "--platform")
    named = stack.told("limit", "set", "20", "--platform", "--org", "Ada")
    assert (each["scope"], each["scope_id"], each["org_id"]) == ("org", None, None)
    assert (named["scope_id"], named["org_id"]) == (org, None)
    assert stack.told("limit", "list")["data"] == []
    assert len(stack.told("limit", "list", "--platform")["data"]) == 2
    stack.told("limit", "remove", each["id"], "--platform")
    assert len(stack.told("limit", "list", "--platform")["data"]) == 1


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("set", "1", "--window", "fortnight"), "--window must be"),
        (("set", "1", "--window", "0"), "window_seconds"),
        (("set", "1", "--key", "a", "--user", "b"), "name one of"),
        (("remove", "key_1"), "limit_"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_by_name(
    stack: MemoryStack, words: tuple[str, ...], problem: str
) -> None:
    refused = stack.run("limit", *words)
    assert refused.exit_code != 0
    assert problem in refused.stderr


def test_a_rule_is_tried_on_the_calls_of_the_past_before_it_is_set(stack: MemoryStack) -> None:
    org_id = OrgId(read_id("org", stack.told("org", "show", "Ada")["id"], param="org"))
    stack.record(replace(USED, org_id=org_id, started_at=NOON - timedelta(hours=1), ended_at=NOON))
    tried = stack.told("limit", "set", "0", "--dry-run")
    assert (tried["calls"], tried["rejected"], len(tried["examples"])) == (1, 1, 1)
    assert stack.told("budget", "set", "1000", "--dry-run", "--days", "7")["rejected"] == 0
    assert stack.told("ip-rule", "set", "deny", "192.0.2.0/24", "--dry-run")["calls"] == 0
    said = stack.run("limit", "set", "0", "--dry-run").stdout
    assert "would have rejected 1 of 1 calls. Nothing was set." in said
    assert stack.told("limit", "list")["data"] == stack.told("budget", "list")["data"] == []


def test_address_rules_are_set_listed_and_removed(stack: MemoryStack) -> None:
    key = stack.told("key", "create", "ci")["id"]
    office = stack.told("ip-rule", "set", "allow", "192.0.2.0/24", "--note", "the office")
    build = stack.told("ip-rule", "set", "deny", "2001:db8::/32", "--key", "ci")
    assert (office["scope"], office["network"], office["note"]) == ("org", "192.0.2.0/24", "the office")
    assert (build["scope"], build["scope_id"], build["action"]) == ("key", key, "deny")
    assert [one["id"] for one in stack.told("ip-rule", "list")["data"]] == [build["id"], office["id"]]
    stack.told("ip-rule", "remove", build["id"])
    assert len(stack.told("ip-rule", "list")["data"]) == 1
    assert "host bits" in stack.run("ip-rule", "set", "allow", "192.0.2.1/24").stderr


@pytest.mark.parametrize(
    "words", [("set", "many"), ("set", "1", "--scope", "moon:1"), ("set", "1", "--key", "a", "--user", "b")]
)
def test_a_budget_that_makes_no_sense_is_refused(stack: MemoryStack, words: tuple[str, ...]) -> None:
    assert stack.run("budget", *words).exit_code != 0


def test_projects_are_made_renamed_and_archived(stack: MemoryStack) -> None:
    made = stack.told("project", "create", "Comet", "--description", "Dust")
    assert stack.told("project", "update", "comet", "--name", "Halley")["id"] == made["id"]
    assert stack.told("project", "archive", "Halley")["archived_at"] is not None
    assert [one["name"] for one in stack.told("project", "list")["data"]] == ["Default"]
    assert len(stack.told("project", "list", "--archived")["data"]) == 2
    assert stack.told("project", "show", made["id"])["description"] == "Dust"


def test_a_model_gets_a_price_in_dollars_per_million(stack: MemoryStack) -> None:
    model = stack.told(
        "model", "create", "tiny", "--kind", "chat", "--context-tokens", "4096", "--output-tokens-max", "2048"
    )
    card = stack.told(
        "price", "set", "tiny", "--input", "0.15", "--output", "0.60", "--rate", "input_cached_read=0.075"
    )
    assert card["model_id"] == model["id"]
    assert card["tiers"][0]["picos_per_token"] == {
        "input_uncached": 150_000,
        "output_text": 600_000,
        "input_cached_read": 75_000,
    }
    assert card["usd_per_million_tokens"]["output_text"] == "0.6"
    assert stack.told("price", "show", "tiny")["version"] == 1
    assert len(stack.told("price", "list", "--model", model["id"])["data"]) == 1


def test_a_model_is_hidden_disabled_and_enabled(stack: MemoryStack) -> None:
    stack.told("model", "create", "tiny", "--context-tokens", "10", "--output-tokens-max", "5", "--hidden")
    assert stack.told("model", "show", "tiny")["visibility"] == "hidden"
    assert stack.told("model", "disable", "tiny")["enabled"] is False
    assert stack.told("model", "enable", "tiny")["enabled"] is True
    changed = stack.told("model", "update", "tiny", "--kind", "embedding", "--visibility", "public")
    assert (changed["kinds"], changed["context_tokens"]) == (["embedding"], 10)
    assert stack.told("model", "list", "--kind", "chat")["data"] == []


def test_a_top_up_with_a_ref_is_booked_once(stack: MemoryStack) -> None:
    first = stack.told("wallet", "top-up", "10", "--ref", "invoice-1", "--description", "Paid")
    again = stack.run("wallet", "top-up", "10", "--ref", "invoice-1")
    assert first["balance_after"] == "10"
    assert "nothing was booked again" in again.stderr
    wallet = stack.told("wallet", "show")
    assert (wallet["balance_nanos"], wallet["spendable"]) == (10_000_000_000, "10")


def test_a_wallet_is_corrected_downwards_and_its_books_stay_sound(stack: MemoryStack) -> None:
    stack.told("wallet", "top-up", "10")
    assert stack.told("wallet", "adjust", "-2.5", "--reason", "Typing slip")["balance_after"] == "7.5"
    rows = stack.told("wallet", "transactions", "--type", "adjust")["data"]
    assert [row["amount"] for row in rows] == ["-2.5"]
    assert stack.told("wallet", "holds", "--open")["data"] == []
    report = stack.told("ledger", "audit")
    assert report["sound"] is True
    assert (report["wallets"], report["transactions"]) == (1, 2)
    assert sum(line["balance_nanos"] for line in report["trial_balance"]) == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["user", "show", "nobody@example.com"], "not_found", "nobody here has this e-mail"),
        (["user", "create", "--email", ADA, "--password", PASSWORD], "email_taken", "e-mail"),
        (["user", "create", "--email", "x@example.com", "--password", "short"], "invalid_input", "password"),
        (["org", "show", "Nowhere"], "not_found", "deepspace org list"),
        (["org", "show", "org_xyz"], "invalid_input", "org must look like org_"),
        (["key", "show", "nope"], "not_found", "there is no key 'nope'"),
        (["model", "show", "nope"], "not_found", "there is no model 'nope'"),
        (["price", "set", "nope", "--input", "x", "--output", "1"], "invalid_input", "input must be an amount"),
        (["price", "set", "nope", "--input", "1", "--output", "1", "--rate", "tea=1"], "invalid_input", "LEAF=USD"),
        (["wallet", "top-up", "ten"], "invalid_input", "AMOUNT must be a number"),
        (["wallet", "adjust", "-1", "--reason", "slip"], "insufficient_funds", ""),
        (["wallet", "top-up", "1", "--ref", "ledger:mine"], "invalid_input", "ref"),
        (["trace", "nope"], "invalid_trace_id", "32 lower-case hex digits"),
        (["trace", "f" * 32], "trace_not_found", "nothing is known"),
        (["org", "list", "--cursor", "nope"], "invalid_input", "cursor"),
    ],
)
def test_a_refusal_is_one_error_object_and_exit_code_one(
    stack: MemoryStack, words: list[str], code: str, said: str
) -> None:
    result = stack.run(*words, "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    error = json.loads(result.stderr)["error"]
    assert error["code"] == code
    assert said in error["message"]


def test_without_json_a_refusal_is_a_sentence(stack: MemoryStack) -> None:
    result = stack.run("org", "show", "Nowhere")
    assert result.stderr == "Error: there is no org 'Nowhere'; `deepspace org list` shows them\n"


def test_an_organization_must_be_named_once_there_are_several(stack: MemoryStack) -> None:
    stack.told("org", "create", "Acme", "--owner", ADA)
    refused = stack.run("wallet", "show")
    assert refused.exit_code == 1
    assert "name one with --org" in refused.stderr
    assert stack.told("wallet", "show", "--org", "Acme")["balance"] == "0"


def test_a_name_that_fits_two_asks_for_an_id(stack: MemoryStack) -> None:
    ids = [stack.told("org", "create", "Twin", "--owner", ADA)["id"] for _ in range(2)]
    refused = stack.run("org", "show", "twin")
    assert refused.exit_code == 1
    assert all(one in refused.stderr for one in ids)


@pytest.mark.parametrize("words", [["org", "lis"], ["org", "create"], ["wallet", "show", "--nope"], ["nope"]])
def test_wrong_usage_is_exit_code_two(stack: MemoryStack, words: list[str]) -> None:
    assert stack.run(*words).exit_code == 2


def test_a_statement_is_told_as_json_as_markdown_and_as_csv(stack: MemoryStack) -> None:
    stack.told("wallet", "top-up", "10", "--ref", "=1+1", "--description", "paid | thanks")
    stack.told("wallet", "adjust", "-0.5", "--reason", "miscounted")
    words = ("ledger", "statement", "Ada", "--month", "2030-01")
    told = stack.told(*words)
    assert (told["opening"], told["topped_up"], told["adjusted"], told["closing"]) == ("0", "10", "-0.5", "9.5")
    assert told["adds_up"] is True
    page = stack.run(*words)
    assert page.exit_code == 0
    assert "| **closing** | 9.5 |" in page.stdout
    assert "paid \\| thanks" in page.stdout
    rows = list(csv.DictReader(io.StringIO(stack.run(*words, "--csv").stdout)))
    assert [row["line"] for row in rows] == ["opening", "top_up", "adjust", "closing"]
    assert rows[1]["ref"] == "'=1+1"
    assert "| **期末** | 9.5 |" in stack.run(*words, "--language", "zh-CN").stdout
    assert sum(Decimal(row["amount"]) for row in rows[:-1]) == Decimal(rows[-1]["amount"])
    assert stack.run("ledger", "statement", "Ada", "--month", "january").exit_code != 0


def test_a_balance_is_told_as_of_a_time(stack: MemoryStack) -> None:
    stack.told("wallet", "top-up", "10")
    assert stack.told("ledger", "balance", "Ada", "--at", "2030-01-01")["balance"] == "0"
    assert stack.told("ledger", "balance", "Ada", "--at", "2030-01-01T12:00:00+00:00")["balance"] == "10"


def test_an_audit_continues_for_one_organization(stack: MemoryStack) -> None:
    stack.told("wallet", "top-up", "10")
    first = stack.told("ledger", "audit")
    second = stack.told("ledger", "audit", "--from-seq", str(first["seq"]), "--org", "Ada")
    assert (first["transactions"], second["transactions"], second["sound"]) == (1, 0, True)


def test_the_seals_of_the_audit_trail_are_checked_and_a_forged_event_is_found(stack: MemoryStack) -> None:
    stack.told("wallet", "top-up", "10")
    stack.seal()
    sound = stack.told("audit", "verify")
    assert (sound["sound"], sound["chains"] > 0, sound["rows"] > 0, sound["first_findings"]) == (True, True, True, [])
    events = stack.database.tables["audit_logs"]
    for event_id, stored in list(events.items()):
        events[event_id] = replace(stored, event=replace(stored.event, actor="user:somebody-else"))
    page = stack.run("audit", "verify")
    assert page.exit_code == 1
    assert "an event under seal 1 was changed or moved" in " ".join(page.stdout.split())
    told = json.loads(stack.run("audit", "verify", "--json").stdout)
    assert (told["sound"], told["findings"] == len(told["first_findings"])) == (False, True)


def test_an_audit_of_books_that_were_tampered_with_ends_with_1_and_says_where(stack: MemoryStack) -> None:
    stack.told("wallet", "top-up", "10")
    wallets = stack.database.tables["wallets"]
    [[wallet_id, wallet]] = wallets.items()
    wallets[wallet_id] = replace(wallet, balance_nanos=wallet.balance_nanos + 1)
    page = stack.run("ledger", "audit")
    assert page.exit_code == 1
    assert f"wallet {wallet_id}: balance is 10000000001, its rows sum to 10000000000" in page.stdout
    told = stack.run("ledger", "audit", "--json")
    assert told.exit_code == 1
    report = json.loads(told.stdout)
    assert report["sound"] is False
    assert [finding["where"] for finding in report["findings"]] == [f"wallet {wallet_id}"]
    assert stack.run("ledger", "statement", "Ada", "--month", "2030-01").exit_code == 0


def test_a_narrow_screen_breaks_no_id_of_a_table(stack: MemoryStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich's word for: write as to a screen
    monkeypatch.setenv("COLUMNS", "40")
    assert stack.told("org", "list")["data"][0]["id"] in stack.run("org", "list").stdout


def test_pages_go_on_where_the_cursor_says(stack: MemoryStack) -> None:
    stack.told("org", "create", "Acme", "--owner", ADA)
    first = stack.told("org", "list", "--limit", "1")
    second = stack.told("org", "list", "--limit", "1", "--cursor", first["next_cursor"])
    assert {first["data"][0]["name"], second["data"][0]["name"]} == {"Ada", "Acme"}
    assert second["next_cursor"] is None
    assert f"--cursor {first['next_cursor']}" in stack.run("org", "list", "--limit", "1").stderr
