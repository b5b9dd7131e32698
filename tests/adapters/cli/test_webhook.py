"""`deepspace webhook`: a secret shown once, messages looked up and sent again."""

from tests.adapters.cli.memory_stack import MemoryStack

URL = "https://hooks.example.org/in"


def test_a_webhook_is_made_tried_rotated_and_deleted(stack: MemoryStack) -> None:
    made = stack.told("webhook", "create", URL, "--event", "wallet.topped_up")
    assert made["secret"].startswith("whsec_")
    (listed,) = stack.told("webhook", "list")["data"]
    assert (listed["id"], listed["event_types"], "secret" in listed) == (made["id"], ["wallet.topped_up"], False)
    ping = stack.told("webhook", "ping", made["id"])
    (sent,) = stack.told("webhook", "deliveries", made["id"])["data"]
    assert (sent["id"], sent["state"]) == (ping["id"], "pending")
    again = stack.run("webhook", "replay", made["id"], ping["id"])
    assert again.exit_code == 1
    assert "still being delivered" in again.output
    rotated = stack.told("webhook", "rotate", made["id"], "--overlap", "60")
    assert rotated["secret"] != made["secret"]
    assert stack.run("webhook", "delete", made["id"]).exit_code == 0
    assert stack.told("webhook", "list")["data"] == []


def test_a_destination_that_is_not_secret_is_refused(stack: MemoryStack) -> None:
    refused = stack.run("webhook", "create", "http://hooks.example.org/")
    assert refused.exit_code == 1
    assert "https://" in refused.output


def test_a_webhook_is_disabled_and_enabled_with_all_its_terms(stack: MemoryStack) -> None:
    terms = ("--event", "job.failed", "--description", "chat", "--balance-low", "5")
    made = stack.told("webhook", "create", URL, *terms)
    del made["secret"]
    off = stack.told("webhook", "disable", made["id"])
    assert (off["enabled"], off["disabled_reason"]) == (False, "by system:cli")
    assert stack.run("webhook", "ping", made["id"]).exit_code == 1
    assert stack.told("webhook", "enable", made["id"]) == made
    assert stack.told("webhook", "show", made["id"]) == made
    assert stack.run("webhook", "enable", "webhook_" + "1" * 32).exit_code == 1


def test_what_can_be_told_is_listed_with_its_fields(stack: MemoryStack) -> None:
    events = {one["event"]: one["fields"] for one in stack.told("webhook", "events")["data"]}
    assert events["webhook.ping"] == ["org_id", "trace_id", "note"]
    fields = {one["field"]: one for one in stack.told("webhook", "events", "api_key.revoked")["data"]}
    assert (fields["scopes"]["type"], fields["reason"]["always"]) == ("array", False)
    assert stack.run("webhook", "events", "moon.landed").exit_code == 2
