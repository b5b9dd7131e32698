"""What people do now and then in a real browser: files of their money, the way on a phone, and out."""

import csv
import io
import re
from typing import Any

import pytest

from tests.journey.people import PASSWORD, Person, newcomer
from tests.journey.stack import Stack
from tests.web.drive import travel

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
def seen(stack: Stack, payer: Person) -> Seen:
    """The files, the headings, and the way out."""
    told: Seen = travel(
        stack,
        "errands",
        email=str(payer.user["email"]),
        password=PASSWORD,
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


def test_the_navigation_of_a_phone_leads_everywhere(seen: Seen) -> None:
    assert seen["seen"] == ["Billing", "Projects", "API keys", "A person", "Profile"]


def test_whoever_logs_out_is_out(seen: Seen) -> None:
    assert seen["left"] == 401
