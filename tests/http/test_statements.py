"""Balances as of any time, statements of a month and holds that are only tried, over HTTP."""

import csv
import io
from datetime import timedelta

import httpx
import pytest

from tests.http.cast import Cast, top_up
from tests.http.spending import COST_NANOS, NANOS, spend
from tests.http.world import Person, World


@pytest.fixture
async def as_root(world: World, root: Person) -> httpx.AsyncClient:
    return world.client(root.token)


async def _top_up(as_root: httpx.AsyncClient, ada: Person, ref: str, units: int, reason: str = "paid") -> None:
    body = {"ref": ref, "amount_nanos": units * NANOS, "reason": reason}
    made = await as_root.post(f"/api/v1/admin/wallets/{ada.org_id}/top-ups", json=body)
    assert made.status_code == 200, made.text


async def test_a_balance_is_told_as_of_any_time(
    world: World, ada: Person, as_ada: httpx.AsyncClient, as_root: httpx.AsyncClient
) -> None:
    before = world.clock.now() - timedelta(seconds=1)
    await _top_up(as_root, ada, "r1", 10)
    between = world.clock.now()
    world.clock.advance(seconds=60)
    await _top_up(as_root, ada, "r2", 5)
    told = [
        (await as_ada.get("/api/v1/wallet/balance", params={"at": at.isoformat()})).json()
        for at in (before, between, world.clock.now())
    ]
    assert [(one["seq"], one["balance"]) for one in told] == [(0, "0"), (1, "10"), (2, "15")]
    twin = await as_root.get(f"/api/v1/admin/wallets/{ada.org_id}/balance", params={"at": between.isoformat()})
    assert twin.json() == told[1]


@pytest.mark.parametrize("at", ["", "yesterday", "2026-10-31T00:00:00"])
async def test_a_time_must_be_one_and_have_an_offset(as_ada: httpx.AsyncClient, at: str) -> None:
    refused = await as_ada.get("/api/v1/wallet/balance", params={"at": at} if at else {})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "at")


async def test_a_statement_is_told_as_json_csv_and_markdown_and_adds_up(
    world: World, ada: Person, as_ada: httpx.AsyncClient, as_root: httpx.AsyncClient
) -> None:
    await _top_up(as_root, ada, "invoice-1", 10, reason="=SUM(A1)")
    await spend(world, as_ada)
    month = {"month": f"{world.clock.now():%Y-%m}", "time_zone": "Europe/Berlin"}
    told = await as_ada.get("/api/v1/wallet/statement", params=month)
    assert told.status_code == 200, told.text
    statement = told.json()
    assert (statement["opening"], statement["topped_up"], statement["charged"], statement["closing"]) == (
        "0",
        "10",
        "1",
        "9",
    )
    assert (statement["adds_up"], statement["spending"][0]["model"], len(statement["root"])) == (True, "small", 64)
    assert [entry["ref"] for entry in statement["entries"]] == ["invoice-1"]
    table = await as_ada.get("/api/v1/wallet/statement.csv", params=month)
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"statement-{month['month']}.csv" in table.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["line"] for row in rows] == ["opening", "top_up", "calls", "closing"]
    assert [row["amount"] for row in rows] == ["0", "10", "-1", "9"]
    assert rows[1]["description"] == "'=SUM(A1)"
    page = await as_ada.get("/api/v1/wallet/statement.md", params=month)
    assert page.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "| **closing** | 9 |" in page.text
    admin = f"/api/v1/admin/wallets/{ada.org_id}"
    assert (await as_root.get(f"{admin}/statement", params=month)).json() == statement
    assert (await as_root.get(f"{admin}/statement.csv", params=month)).text == table.text
    assert (await as_root.get(f"{admin}/statement.md", params=month)).text == page.text


async def test_a_statement_is_in_the_language_that_is_asked_for(cast: Cast) -> None:
    await top_up(cast)
    named = (await cast.as_ada.post("/api/v1/projects", json={"name": "Comet"})).json()["id"]
    projects = (await cast.as_ada.get("/api/v1/projects")).json()["data"]
    for project in (named, next(one["id"] for one in projects if one["is_default"])):
        await spend(cast.world, cast.as_ada, project=project)
    booked = (await cast.as_ada.get("/api/v1/transactions")).json()["data"][0]["at"]
    month = {"month": booked[: len("2026-11")]}
    statement = (await cast.as_ada.get("/api/v1/wallet/statement", params=month)).json()
    told = [(one["project"], one["is_default_project"]) for one in statement["spending"]]
    assert told == [("Comet", False), ("Default", True)]
    assert "calls,,,Default,small,1" in (await cast.as_ada.get("/api/v1/wallet/statement.csv", params=month)).text
    chinese = month | {"language": "zh-CN"}
    admin = f"/api/v1/admin/wallets/{cast.ada.org_id}"
    for path, client in (("/api/v1/wallet", cast.as_ada), (admin, cast.as_root)):
        table = (await client.get(f"{path}/statement.csv", params=chinese)).text
        assert table.startswith("\ufeff类型,时间")
        assert "调用,,,默认项目,small,1" in table
        assert "调用,,,Comet,small,1" in table
        assert "| **期末** | 8 |" in (await client.get(f"{path}/statement.md", params=chinese)).text
        latin = await client.get(f"{path}/statement.csv", params=month | {"language": "la"})
        assert (latin.status_code, latin.json()["error"]["param"]) == (400, "language")


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({}, "month"),
        ({"month": "11-2026"}, "month"),
        ({"month": "2026-13"}, "month"),
        ({"month": "2026-11", "time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
async def test_a_month_that_is_none_is_refused(as_ada: httpx.AsyncClient, asked: dict[str, str], param: str) -> None:
    for form in ("", ".csv", ".md"):
        refused = await as_ada.get(f"/api/v1/wallet/statement{form}", params=asked)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


async def _tried(client: httpx.AsyncClient, units: int) -> dict[str, object]:
    answer = await client.post("/api/v1/wallet/holds/try", json={"amount_nanos": units * NANOS})
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_a_hold_that_is_tried_is_answered_and_not_made(
    ada: Person, as_ada: httpx.AsyncClient, as_root: httpx.AsyncClient
) -> None:
    await _top_up(as_root, ada, "r1", 10)
    fits, short = await _tried(as_ada, 4), await _tried(as_ada, 12)
    assert (fits["admitted"], fits["code"], fits["available"], fits["missing"]) == (True, "accepted", "10", "0")
    assert (short["admitted"], short["code"], short["available"], short["missing"]) == (
        False,
        "insufficient_funds",
        "10",
        "2",
    )
    wallet = (await as_ada.get("/api/v1/wallet")).json()
    assert (wallet["version"], wallet["frozen_nanos"]) == (1, 0)


async def test_a_budget_in_the_way_is_named(ada: Person, as_ada: httpx.AsyncClient, as_root: httpx.AsyncClient) -> None:
    await _top_up(as_root, ada, "r1", 10)
    cap = {"scope": "user", "scope_id": ada.user_id, "window": "day", "cap_nanos": 3 * NANOS}
    assert (await as_ada.put("/api/v1/wallet/budgets", json=cap)).status_code == 200
    told = await _tried(as_ada, 4)
    assert (told["code"], told["missing"]) == ("budget_exceeded", "1")
    assert isinstance(told["budget"], dict)
    assert (told["budget"]["scope"], told["budget"]["left"]) == ("user", "3")
    assert (await _tried(as_ada, 3))["admitted"]


async def test_who_may_not_read_the_wallet_may_not_ask_it_either(
    world: World, ada: Person, as_ada: httpx.AsyncClient
) -> None:
    made = await as_ada.post("/api/v1/keys", json={"name": "poor", "scopes": ["models:use"]})
    month = {"month": f"{world.clock.now():%Y-%m}"}
    async with world.client(made.json()["secret"]) as client:
        answers = [
            await client.get("/api/v1/wallet/balance", params={"at": "2026-11-01T00:00:00Z"}),
            *[await client.get(f"/api/v1/wallet/statement{form}", params=month) for form in ("", ".csv", ".md")],
            await client.post("/api/v1/wallet/holds/try", json={"amount_nanos": COST_NANOS}),
        ]
    assert {answer.status_code for answer in answers} == {403}
