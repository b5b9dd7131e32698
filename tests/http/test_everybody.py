"""What administrators see and do across organizations, end to end, on memory and on PostgreSQL."""

from typing import Any
from typing import cast as typed
from uuid import uuid4

import httpx
import pytest

from deepspace_core.kernel.ids import OrgId, read_id
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from tests.http.cast import Cast
from tests.http.spending import COST_NANOS, HELD_NANOS, NANOS, TRACE, hold_only, spend
from tests.http.world import Person

ADMIN = "/api/v1/admin"


async def _paid(cast: Cast, person: Person, amount_nanos: int) -> None:
    body = {"ref": uuid4().hex, "amount_nanos": amount_nanos, "reason": "Bank transfer"}
    answer = await cast.as_root.post(f"{ADMIN}/wallets/{person.org_id}/top-ups", json=body)
    assert answer.status_code == 200, answer.text


async def _data(client: httpx.AsyncClient, path: str, **params: Any) -> list[Any]:
    answer = await client.get(f"{ADMIN}/{path}", params=params)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["data"]
    return found


async def test_wallets_are_searched_sorted_paged_and_summed(cast: Cast) -> None:
    eve = await cast.world.register("eve")
    await _paid(cast, cast.ada, 10 * NANOS)
    await _paid(cast, eve, 3 * NANOS)
    await hold_only(cast.world, cast.as_ada)
    richest = await _data(cast.as_root, "wallets", sort="highest_balance")
    assert [one["balance"] for one in richest] == ["10", "3", "0"]
    assert richest[0]["org_id"] == cast.ada.org_id
    pages, cursor = [], None
    while True:
        asked: dict[str, Any] = {"sort": "lowest_balance", "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await cast.as_root.get(f"{ADMIN}/wallets", params=asked)).json()
        pages.append([one["balance"] for one in page["data"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == [["0"], ["3"], ["10"]]
    assert [one["org_id"] for one in await _data(cast.as_root, "wallets", sort="most_frozen", limit=1)] == [
        cast.ada.org_id
    ]
    below = await _data(cast.as_root, "wallets", available_below_nanos=8 * NANOS, sort="highest_balance")
    assert [one["balance"] for one in below] == ["3", "0"]
    assert [one["org_id"] for one in await _data(cast.as_root, "wallets", search="EVE")] == [eve.org_id]
    assert await _data(cast.as_root, "wallets", is_owing=True) == []
    [total] = (await cast.as_root.get(f"{ADMIN}/wallets/totals")).json()["totals"]
    assert (total["wallets"], total["balance"], total["frozen"], total["available"]) == (3, "13", "2", "11")
    [narrow] = (await cast.as_root.get(f"{ADMIN}/wallets/totals", params={"search": "eve"})).json()["totals"]
    assert (narrow["wallets"], narrow["balance"]) == (1, "3")
    [hold] = await _data(cast.as_root, f"wallets/{cast.ada.org_id}/holds")
    assert hold["amount_nanos"] == HELD_NANOS


async def test_movements_of_everybody_are_filtered_and_summed(cast: Cast) -> None:
    eve = await cast.world.register("eve")
    await _paid(cast, cast.ada, 10 * NANOS)
    await _paid(cast, eve, 3 * NANOS)
    record = await spend(cast.world, cast.as_ada)
    paid = await _data(cast.as_root, "transactions", type="top_up")
    assert [one["org_id"] for one in paid] == [eve.org_id, cast.ada.org_id]
    by_ref = await _data(cast.as_root, "transactions", ref=record.capture_ref)
    assert [one["type"] for one in by_ref] == ["capture"]
    refund = {"ref": "back-1", "capture_ref": record.capture_ref, "amount_nanos": 1, "reason": "A wrong answer"}
    for replayed in (False, True):
        given = await cast.as_root.post(f"{ADMIN}/wallets/{cast.ada.org_id}/refunds", json=refund)
        assert (given.status_code, given.json()["replayed"]) == (200, replayed)
    by_ref = await _data(cast.as_root, "transactions", ref=record.capture_ref, org_id=cast.ada.org_id)
    assert [one["type"] for one in by_ref] == ["refund", "capture"]
    totals = (await cast.as_root.get(f"{ADMIN}/transactions/totals")).json()["totals"]
    assert {one["type"]: (one["count"], one["amount_nanos"]) for one in totals} == {
        "top_up": (2, 13 * NANOS),
        "hold": (1, HELD_NANOS),
        "capture": (1, COST_NANOS),
        "refund": (1, 1),
    }
    own = await cast.as_root.get(f"{ADMIN}/transactions/totals", params={"org_id": eve.org_id})
    assert [(one["type"], one["amount"]) for one in own.json()["totals"]] == [("top_up", "3")]


async def test_usage_of_everybody_is_filtered_by_how_it_ended_and_summed(cast: Cast) -> None:
    await _paid(cast, cast.ada, 10 * NANOS)
    record = await spend(cast.world, cast.as_ada)
    for params, expected in (
        ({"ending": record.ending}, 1),
        ({"ending": "timed_out"}, 0),
        ({"usage_source": record.usage_source}, 1),
        ({"usage_source": "estimated" if record.usage_source != "estimated" else "none"}, 0),
    ):
        assert len(await _data(cast.as_root, "usage/records", **params)) == expected, params
        totals = (await cast.as_root.get(f"{ADMIN}/usage/totals", params=params)).json()["totals"]
        assert [one["cost"] for one in totals] == ["1"] * expected


async def test_an_administrator_keeps_the_rules_of_an_organization_under_their_own_name(cast: Cast) -> None:
    org = f"{ADMIN}/orgs/{cast.ada.org_id}"
    terms = {"scope": "org", "metric": "requests", "window_seconds": 60, "cap": 5}
    limit = (await cast.as_root.put(f"{org}/limits", json=terms)).json()
    rule = (await cast.as_root.post(f"{org}/ip-rules", json={"action": "deny", "network": "10.0.0.0/8"})).json()
    cap = {"scope": "org", "scope_id": cast.ada.org_id, "window": "day", "cap_nanos": 3 * NANOS}
    budget = await cast.as_root.put(f"{org}/budgets", json=cap)
    assert (limit["org_id"], rule["org_id"], budget.json()["cap"]) == (cast.ada.org_id, cast.ada.org_id, "3")
    for path in ("limits", "ip-rules"):
        assert [one["org_id"] for one in await _data(cast.as_root, path)] == [cast.ada.org_id]
        assert await _data(cast.as_root, path, org_id=cast.root.org_id) == []
    platform = await cast.as_root.put(f"{ADMIN}/policy/limits", json=terms)
    assert [one["id"] for one in await _data(cast.as_root, "limits")] == [limit["id"]]
    assert platform.json()["id"] != limit["id"]
    [line] = await _data(cast.as_root, "budgets")
    assert (line["org_id"], line["left"]) == (cast.ada.org_id, "3")
    assert await _data(cast.as_root, "budgets", org_id=cast.root.org_id) == []
    # The organization's own people see what was done, and by whom.
    seen = (await cast.as_ada.get("/api/v1/audit/events")).json()["data"]
    by_root = {
        one["event_type"] for one in seen if one["actor"].startswith("user:") and one["actor"] != _actor(cast.ada)
    }
    assert by_root == {"limit.set", "ip_rule.set", "budget.set"}
    assert (await cast.as_root.delete(f"{org}/limits/{limit['id']}")).status_code == 204
    assert (await cast.as_root.delete(f"{org}/ip-rules/{rule['id']}")).status_code == 204
    named = {"scope": "org", "scope_id": cast.ada.org_id, "window": "day"}
    assert (await cast.as_root.delete(f"{org}/budgets", params=named)).status_code == 204
    unknown = await cast.as_root.put(f"{ADMIN}/orgs/org_{'1' * 32}/limits", json=terms)
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (404, "org_id")
    elsewhere = await cast.as_root.delete(f"{ADMIN}/orgs/{cast.root.org_id}/limits/{limit['id']}")
    assert elsewhere.status_code == 404


async def test_budgets_with_the_least_left_come_first(cast: Cast) -> None:
    for window, cap_nanos in (("day", 5), ("month", 2), ("total", 9)):
        body = {"scope": "org", "scope_id": cast.ada.org_id, "window": window, "cap_nanos": cap_nanos}
        assert (await cast.as_ada.put("/api/v1/wallet/budgets", json=body)).status_code == 200
    assert [one["window"] for one in await _data(cast.as_root, "budgets")] == ["month", "day", "total"]


async def test_keys_of_everybody_are_found_by_name_beginning_and_state(cast: Cast) -> None:
    one = (
        await cast.as_ada.post("/api/v1/keys", json={"name": "Nightly", "expires_at": "2099-01-01T00:00:00Z"})
    ).json()["key"]
    other = (await cast.as_ada.post("/api/v1/keys", json={"name": "Daily 100%"})).json()["key"]
    for params, expected in (
        ({}, [other, one]),
        ({"search": "night"}, [one]),
        ({"search": "100%"}, [other]),
        ({"search": one["prefix"]}, [one]),
        ({"org_id": cast.root.org_id}, []),
        ({"state": "active"}, [other, one]),
        ({"state": "revoked"}, []),
    ):
        assert [key["id"] for key in await _data(cast.as_root, "keys", **params)] == [key["id"] for key in expected]
    org = f"{ADMIN}/orgs/{cast.ada.org_id}/keys"
    nameless = await cast.as_root.post(f"{org}/{one['id']}/revoke", json={"reason": ""})
    assert (nameless.status_code, nameless.json()["error"]["param"]) == (400, "reason")
    revoked = await cast.as_root.post(f"{org}/{one['id']}/revoke", json={"reason": "Leaked"})
    assert revoked.json()["revoked_at"] is not None
    assert [key["id"] for key in await _data(cast.as_root, "keys", state="revoked")] == [one["id"]]
    event = (await cast.as_ada.get("/api/v1/audit/events", params={"event_type": "api_key.revoked"})).json()["data"][0]
    assert (event["payload"]["reason"], event["actor"]) == ("Leaked", _actor(cast.root))
    foreign = await cast.as_root.post(
        f"{ADMIN}/orgs/{cast.root.org_id}/keys/{other['id']}/revoke", json={"reason": "x"}
    )
    assert foreign.status_code == 404


async def test_webhooks_of_everybody_are_listed_tried_and_their_messages_sent_again(cast: Cast) -> None:
    terms = {"url": "https://93.184.216.34/in"}
    webhook = (await cast.as_ada.post("/api/v1/webhooks", json=terms)).json()["webhook"]
    assert [one["id"] for one in await _data(cast.as_root, "webhooks", enabled=True)] == [webhook["id"]]
    assert await _data(cast.as_root, "webhooks", enabled=False) == []
    assert await _data(cast.as_root, "webhooks", org_id=cast.root.org_id) == []
    org = f"{ADMIN}/orgs/{cast.ada.org_id}/webhooks/{webhook['id']}"
    ping = await cast.as_root.post(f"{org}/ping")
    assert ping.status_code == 202, ping.text
    [message] = await _data(cast.as_root, "webhooks/deliveries", state="pending", webhook_id=webhook["id"])
    assert (message["id"], message["org_id"]) == (ping.json()["id"], cast.ada.org_id)
    assert await _data(cast.as_root, "webhooks/deliveries", to="2001-01-01T00:00:00Z") == []
    early = await cast.as_root.post(f"{org}/deliveries/{message['id']}/replay")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "conflict")


async def test_exports_of_everybody_are_an_administrators_own(cast: Cast) -> None:
    asked = {"kind": "transactions", "matching": {"type": ["top_up", "refund"]}, "org_id": cast.ada.org_id}
    made = await cast.as_root.post(f"{ADMIN}/exports", json=asked)
    assert made.status_code == 202, made.text
    body = made.json()
    assert (body["everybody"], body["of_org_id"], body["matching"]) == (
        True,
        cast.ada.org_id,
        {"type": "top_up,refund"},
    )
    assert (await cast.as_root.get(f"/api/v1/exports/{body['id']}")).json()["ready"] is False
    own = (await cast.as_ada.post("/api/v1/exports", json={"kind": "usage", "matching": {"model": "small"}})).json()
    listed = await _data(cast.as_root, "exports")
    assert [(one["id"], one["everybody"]) for one in listed] == [(own["id"], False), (body["id"], True)]
    assert [one["requested_by"] for one in listed] == [_actor(cast.ada), _actor(cast.root)]
    assert [one["id"] for one in await _data(cast.as_root, "exports", org_id=cast.ada.org_id)] == [own["id"]]
    assert (await cast.as_root.get(f"/api/v1/exports/{own['id']}")).status_code == 404
    for wrong, param in (
        ({"kind": "conversations"}, "kind"),
        ({"kind": "wallets", "matching": {"model": "small"}}, "matching.model"),
        ({"kind": "models", "org_id": cast.ada.org_id}, "org_id"),
        ({"kind": "schedules", "since": "2029-01-01T00:00:00Z"}, "since"),
        ({"kind": "limits", "matching": {"whose": "nobody"}}, "matching.whose"),
    ):
        refused = await cast.as_root.post(f"{ADMIN}/exports", json=wrong)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


async def test_requests_are_found_by_nothing_that_is_not_theirs(cast: Cast) -> None:
    for name, value in (
        ("user_id", f"user_{'1' * 32}"),
        ("project_id", f"proj_{'1' * 32}"),
        ("workspace_id", f"ws_{'1' * 32}"),
        ("app_id", f"app_{'1' * 32}"),
        ("channel", "elsewhere"),
        ("ending", "timed_out"),
    ):
        assert await _data(cast.as_root, "audit/requests", **{name: value}) == [], name
        totals = await cast.as_root.get(f"{ADMIN}/audit/requests/totals", params={name: value})
        assert totals.json()["requests"] == 0, name
    for name in ("user_id", "project_id", "workspace_id", "app_id", "ending"):
        wrong = await cast.as_root.get(f"{ADMIN}/audit/requests", params={name: "odd"})
        assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, name)


async def test_a_channel_is_an_administrators_to_look_for(cast: Cast) -> None:
    matching = {"channel": "default", "ending": "completed", "status_min": 200}
    made = await cast.as_root.post(f"{ADMIN}/exports", json={"kind": "requests", "matching": matching})
    assert made.status_code == 202, made.text
    refused = await cast.as_ada.post("/api/v1/exports", json={"kind": "requests", "matching": matching})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "matching.channel")
    logs = await cast.as_ada.get("/api/v1/audit/requests")
    assert all("channel" not in one for one in logs.json()["data"])


@pytest.mark.parametrize(
    ("kind", "matching"),
    [
        ("users", {"search": "ada", "disabled": False, "administrator": True}),
        ("organizations", {"kind": "team", "suspended": False}),
        ("models", {"kind": "chat", "enabled": True, "visibility": "public", "search": "s"}),
        ("limits", {"whose": "platform"}),
        ("webhooks", {"enabled": True}),
        ("budgets", {}),
        ("ip_rules", {}),
        ("channels", {}),
        ("reconciliations", {}),
        ("schedules", {}),
    ],
)
async def test_every_table_of_the_console_is_exported_with_the_filters_of_its_page(
    cast: Cast, kind: str, matching: dict[str, object]
) -> None:
    made = await cast.as_root.post(f"{ADMIN}/exports", json={"kind": kind, "matching": matching})
    assert made.status_code == 202, made.text
    assert made.json()["matching"] == {name: str(value).lower() for name, value in matching.items()}
    refused = await cast.as_ada.post(f"{ADMIN}/exports", json={"kind": kind})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "administrator_required")


@pytest.mark.parametrize("kind", ["users", "organizations", "models", "channels", "reconciliations", "schedules"])
async def test_what_belongs_to_the_installation_is_no_organizations_to_export(cast: Cast, kind: str) -> None:
    for client in (cast.as_ada, cast.as_root):
        refused = await client.post("/api/v1/exports", json={"kind": kind})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "kind")


async def test_an_administrator_who_is_none_any_more_can_not_read_an_export_of_everybody(cast: Cast) -> None:
    second = await cast.world.register("second")
    grant = f"{ADMIN}/users/{second.user_id}/administrator"
    body = {"is_administrator": True, "reason": "On duty"}
    assert (await cast.as_root.post(grant, json=body)).status_code == 200
    async with cast.world.client(await cast.world.log_in(second.email)) as as_second:
        export = (await as_second.post(f"{ADMIN}/exports", json={"kind": "audit"})).json()
        await cast.as_root.post(grant, json=body | {"is_administrator": False})
        refused = await as_second.get(f"/api/v1/exports/{export['id']}/content")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "administrator_required")


async def test_a_trace_is_found_by_whatever_a_customer_has_at_hand(cast: Cast) -> None:
    made = await cast.as_ada.post("/api/v1/keys", json={"name": "x"})
    trace_id, key_id = made.headers["x-trace-id"], made.json()["key"]["id"]
    for name in (trace_id, key_id, f"  {key_id} "):
        found = await cast.as_root.get(f"{ADMIN}/audit/find", params={"name": name})
        assert found.json() == {"trace_ids": [trace_id]}, name
    assert (await cast.as_root.get(f"{ADMIN}/audit/find", params={"name": "nobody"})).json() == {"trace_ids": []}
    empty = await cast.as_root.get(f"{ADMIN}/audit/find", params={"name": " "})
    assert (empty.status_code, empty.json()["error"]["param"]) == (400, "name")
    about = await cast.as_root.get(f"{ADMIN}/audit/events", params={"subject": key_id})
    assert [one["event_type"] for one in about.json()["data"]] == ["api_key.created"]


async def test_ids_are_read_as_names(cast: Cast) -> None:
    key = (await cast.as_ada.post("/api/v1/keys", json={"name": "Nightly"})).json()["key"]
    ids = [cast.ada.org_id, cast.ada.user_id, key["id"], f"org_{'1' * 32}", "wal_x"]
    named = (await cast.as_root.get(f"{ADMIN}/names", params={"id": ids})).json()["names"]
    assert (named.pop(cast.ada.user_id), named.pop(key["id"])) == (cast.ada.email, "Nightly")
    assert list(named) == [cast.ada.org_id]
    assert (await cast.as_root.get(f"{ADMIN}/names")).json() == {"names": {}}
    many = await cast.as_root.get(f"{ADMIN}/names", params={"id": [cast.ada.org_id] * 201})
    assert (many.status_code, many.json()["error"]["param"]) == (400, "id")
    broken = await cast.as_root.get(f"{ADMIN}/names", params={"id": "org_x"})
    assert (broken.status_code, broken.json()["error"]["param"]) == (400, "id")


async def test_requests_of_everybody_add_up(cast: Cast) -> None:
    totals = (await cast.as_root.get(f"{ADMIN}/audit/requests/totals", params={"status_min": 400})).json()
    assert (totals["requests"], totals["median_ms"]) == (0, None)


async def test_what_is_kept_is_told(cast: Cast) -> None:
    kept = (await cast.as_root.get(f"{ADMIN}/retention")).json()
    assert kept["days_of_jobs"] == {"succeeded": 7, "cancelled": 30, "dead": 90}
    tables = {one["table"]: one for one in kept["tables"]}
    # Memory has no tables; PostgreSQL's are the partitioned ones, whose months of the future don't count.
    assert set(tables) in ({*()}, {"audit_logs", "request_logs", "transactions", "usage_records"})
    assert all(one["months"] >= 1 and one["last_month"] >= "2026-01" for one in tables.values())


async def test_jobs_of_everybody_are_exported_by_name(cast: Cast) -> None:
    unit_of_work, queue = typed(UnitOfWork, cast.world.ports[UnitOfWork]), typed(JobQueue, cast.world.ports[JobQueue])
    async with unit_of_work() as tx:
        org_id = OrgId(read_id("org", cast.ada.org_id, param="org_id"))
        await queue.enqueue(tx, name="exports.write", payload={}, trace_id=TRACE, org_id=org_id)
        await tx.commit()
    made = await cast.as_root.post(f"{ADMIN}/exports", json={"kind": "jobs", "matching": {"name": "exports.write"}})
    assert made.status_code == 202


def _actor(person: Person) -> str:
    hexed = person.user_id.removeprefix("user_")
    return f"user:{hexed[:8]}-{hexed[8:12]}-{hexed[12:16]}-{hexed[16:20]}-{hexed[20:]}"
