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
