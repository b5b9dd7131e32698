"""People who come to the product through its HTTP interface."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from tests.journey.books import Books
from tests.journey.stack import Json, Stack

PASSWORD = "a long enough password"

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """Somebody logged in: who they are, their access token, and a client that shows it."""

    stack: Stack
    user: Json
    http: httpx.Client

    @property
    def books(self) -> Books:
        """Of the person's own organization."""
        return Books(self.stack, self.http)

    def make_key(
        self, *, scopes: Sequence[str] = ("models:use",), expires_at: datetime | None = None, **more: object
    ) -> tuple[str, str]:
        """A fresh API key of the person's: its id and its secret."""
        body = {"name": f"Key {next(_numbers)}", "scopes": [*scopes], **more}
        if expires_at is not None:
            body["expires_at"] = expires_at.isoformat()
        made = self._posted("/api/v1/keys", body)
        return made["key"]["id"], made["secret"]

    def revoke_key(self, key_id: str) -> None:
        answer = self.http.delete(f"/api/v1/keys/{key_id}")
        assert answer.status_code == 200, answer.text

    def top_up(self, other: "Person", amount_nanos: int) -> None:
        """What an administrator does when somebody has paid."""
        path = f"/api/v1/admin/wallets/{other.user['personal_org_id']}/top-ups"
        self._posted(path, {"ref": f"paid-{next(_numbers)}", "amount_nanos": amount_nanos, "reason": "Paid"})

    def offer_model(self, name: str, upstream_name: str) -> None:
        """What an administrator does to sell a model: an entry in the catalogue, and a price."""
        shape = {"kinds": ["chat"], "context_tokens": 8_000, "output_tokens_max": 1_000}
        model = self._posted("/api/v1/admin/models", {"name": name, "upstream_name": upstream_name, **shape})
        rates = {"input_uncached": 1_500_000, "output_text": 6_000_000}
        self._posted(f"/api/v1/admin/models/{model['id']}/prices", {"tiers": [{"rates_picos": rates}]})

    def _posted(self, path: str, body: Json) -> Json:
        answer = self.http.post(path, json=body)
        assert answer.status_code in {200, 201}, answer.text
        made: Json = answer.json()
        return made


def log_in(stack: Stack, *, email: str, password: str) -> Person:
    """Opens a session."""
    with stack.http() as http:
        answer = http.post("/api/v1/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return Person(stack, answer.json()["user"], stack.http(answer.json()["access_token"]))


def newcomer(stack: Stack) -> Person:
    """Registers somebody new, and logs them in."""
    email = f"person-{next(_numbers)}@example.com"
    with stack.http() as http:
        answer = http.post(
            "/api/v1/auth/register", json={"email": email, "password": PASSWORD, "display_name": "A person"}
        )
    assert answer.status_code == 201, answer.text
    return log_in(stack, email=email, password=PASSWORD)
