"""What people do now and then in a real browser: files of their money and chats, usage, the way on a phone, and out."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.journey.people import PASSWORD, Person, newcomer
from tests.journey.stack import Stack
from tests.web.drive import travel
from tests.web.life import Life

Seen = dict[str, Any]
PAID_NANOS = 3_000_000_000


@pytest.fixture(scope="module")
def payer(stack: Stack, admin: Person) -> Person:
    """Somebody who has paid in and was charged back a little."""
    person = newcomer(stack)
    admin.top_up(person, PAID_NANOS)
    correction = {"ref": "errand", "amount_nanos": -1_000_000_000, "reason": "Paid twice"}
    answer = admin.http.post(f"/api/v1/admin/wallets/{person.user['personal_org_id']}/adjustments", json=correction)
    assert answer.is_success, answer.text
    return person


@pytest.fixture(scope="module")
def seen(stack: Stack, admin: Person, payer: Person, life: Life) -> Seen:
    """The files, the headings, and the way out."""
    talker = newcomer(stack)
    admin.top_up(talker, PAID_NANOS)
    told: Seen = travel(
        stack,
        "errands",
        email=str(payer.user["email"]),
        password=PASSWORD,
        user={"email": life.email, "password": life.password},
        talker=str(talker.user["email"]),
        orgId=payer.user["personal_org_id"],
        admin={"email": stack.welcome.email, "password": stack.welcome.password},
    )
    return told


@pytest.mark.parametrize("form", ["csv", "markdown"])
@pytest.mark.parametrize("whose", ["statement", "books"])
def test_a_statement_is_saved_as_the_gateway_writes_it(seen: Seen, payer: Person, whose: str, form: str) -> None:
    suffix = {"csv": "csv", "markdown": "md"}[form]
    file = seen[whose][form]
    month = re.fullmatch(rf"statement-(\d{{4}}-\d\d)\.{suffix}", file["name"])
    assert month, file["name"]
    written = payer.http.get(f"/api/v1/wallet/statement.{suffix}", params={"month": month[1], "time_zone": "UTC"})
    assert file["text"] == written.text
    assert "Paid twice" in file["text"]


def test_movements_are_saved_as_they_are_filtered(seen: Seen) -> None:
    file = seen["movements"]
    rows = list(csv.DictReader(io.StringIO(file["text"].removeprefix("\ufeff"))))
    assert [(row["type"], row["description"]) for row in rows] == [("top_up", "Paid")]
    assert file["name"].endswith(".csv")


def test_a_question_and_its_file_outlast_a_network_that_is_away(seen: Seen) -> None:
    assert seen["talk"]["kept"] == {"text": seen["talk"]["question"], "files": 1}


def test_a_conversation_is_saved_to_be_read_and_whole(seen: Seen) -> None:
    markdown, whole = seen["talk"]["markdown"], seen["talk"]["json"]
    assert (markdown["name"].rpartition(".")[2], whole["name"].rpartition(".")[2]) == ("md", "json")
    assert seen["talk"]["question"] in markdown["text"]
    assert seen["talk"]["question"] in json.loads(whole["text"])["messages"][0]["content"]


@pytest.mark.parametrize("group", ["model", "project", "key"])
def test_usage_is_split_as_the_gateway_sums_it(seen: Seen, life: Life, group: str) -> None:
    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    span = {"from": (tomorrow - timedelta(days=30)).isoformat(), "to": tomorrow.isoformat()}
    asked = {**span, "group_by": group}
    parts = life.person.http.get("/api/v1/usage/breakdown", params=asked).json()["parts"]
    names = {None: "Without a key (chats)"} if group == "key" else {}
    for one in life.person.http.get(f"/api/v1/{group}s").json()["data"]:
        names[one["id"]] = "Default project" if one.get("is_default") else one["name"]
    used = [one["value"] for one in parts if one["sums"]["requests"] > 0]
    assert used
    assert seen["usage"]["made"][group] == [names.get(value, value) for value in used]


def test_usage_stands_in_a_table_by_day_and_is_saved_call_by_call(seen: Seen, life: Life) -> None:
    assert seen["usage"]["days"] == len(range(7))
    assert "range=7" in seen["usage"]["address"]
    file = seen["usage"]["file"]
    rows = list(csv.DictReader(io.StringIO(file["text"].removeprefix("\ufeff"))))
    told = life.person.http.get("/api/v1/usage/records", params={"limit": 200}).json()["data"]
    assert {row["trace_id"] for row in rows} == {one["trace_id"] for one in told}
    assert file["name"].startswith("usage-")


def test_the_navigation_of_a_phone_leads_everywhere(seen: Seen) -> None:
    assert seen["seen"] == ["Billing", "Projects", "API keys", "A person", "Profile"]


def test_whoever_logs_out_is_out(seen: Seen) -> None:
    assert seen["left"] == 401
