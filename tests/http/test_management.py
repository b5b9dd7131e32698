"""What people and administrators do over HTTP, end to end, on memory and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deepspace_core.identity import Permission
from tests.http.cast import Cast, top_up
from tests.http.spending import COST_NANOS, HELD_NANOS, NANOS, TRACE, hold_only, spend
from tests.http.world import PASSWORD

PRICE = {"tiers": [{"rates_picos": {"input_uncached": 1_000_000, "output_text": 4_000_000}}]}


async def _all_pages(client: httpx.AsyncClient, path: str, *, limit: int) -> list[list[Any]]:
    pages, cursor = [], None
    while True:
        answer = await client.get(path, params={"limit": limit} | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()["data"])
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return pages


async def test_a_top_up_happens_once_for_its_ref(cast: Cast) -> None:
    first, again = await top_up(cast), await top_up(cast)
    assert (first.status_code, first.json()["replayed"]) == (200, False)
    assert (again.status_code, again.json()["replayed"]) == (200, True)
    other = await top_up(cast, amount_nanos=1)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "ref_conflict")
    wallet = (await cast.as_ada.get("/api/v1/wallet")).json()
    assert (wallet["balance_nanos"], wallet["balance"], wallet["spendable"]) == (10 * NANOS, "10", "10")


async def test_budgets_are_set_listed_and_removed(cast: Cast) -> None:
    cap = {"scope": "org", "scope_id": cast.ada.org_id, "window": "day", "cap_nanos": 3 * NANOS}
    made = await cast.as_ada.put("/api/v1/wallet/budgets", json=cap)
    assert made.status_code == 200, made.text
    assert (made.json()["cap"], made.json()["left"], made.json()["scope_id"]) == ("3", "3", cast.ada.org_id)
    app = {"scope": "app", "scope_id": "01980000-0000-7000-8000-000000000001", "window": "total", "cap_nanos": 0}
    assert (await cast.as_ada.put("/api/v1/wallet/budgets", json=app)).status_code == 200
    listed = (await cast.as_ada.get("/api/v1/wallet/budgets")).json()["data"]
    assert [(one["scope"], one["window"]) for one in listed] == [("app", "total"), ("org", "day")]
    named = {"scope": "org", "scope_id": cast.ada.org_id, "window": "day"}
    gone = await cast.as_ada.delete("/api/v1/wallet/budgets", params=named)
    assert gone.status_code == 204, gone.text
    assert (await cast.as_ada.delete("/api/v1/wallet/budgets", params=named)).status_code == 404
    wrong = await cast.as_ada.put("/api/v1/wallet/budgets", json=cap | {"scope": "project"})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "scope_id")


async def test_a_wallet_shows_what_is_held_and_what_is_left(cast: Cast) -> None:
    await top_up(cast)
    await spend(cast.world, cast.as_ada)
    await hold_only(cast.world, cast.as_ada)
    wallet = (await cast.as_ada.get("/api/v1/wallet")).json()
    assert wallet["balance_nanos"] == 10 * NANOS - COST_NANOS
    assert wallet["frozen_nanos"] == HELD_NANOS
    assert wallet["available_nanos"] == 10 * NANOS - COST_NANOS - HELD_NANOS
    live = (await cast.as_ada.get("/api/v1/wallet/holds")).json()["data"]
    assert [hold["state"] for hold in live] == ["pending"]
    every = (await cast.as_ada.get("/api/v1/wallet/holds", params={"open_only": False})).json()["data"]
    assert sorted(hold["state"] for hold in every) == ["captured", "pending"]
    one = (await cast.as_ada.get(f"/api/v1/wallet/holds/{live[0]['id']}")).json()
    assert one == live[0]


async def test_movements_are_filtered_and_paged(cast: Cast) -> None:
    for number in range(5):
        await top_up(cast, ref=f"r{number}")
    await spend(cast.world, cast.as_ada)
    pages = await _all_pages(cast.as_ada, "/api/v1/transactions", limit=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [row["seq"] for page in pages for row in page] == [7, 6, 5, 4, 3, 2, 1]
    holds = (await cast.as_ada.get("/api/v1/transactions", params={"type": ["hold", "capture"]})).json()["data"]
    assert [row["type"] for row in holds] == ["capture", "hold"]
    by_hold = (await cast.as_ada.get("/api/v1/transactions", params={"hold_id": holds[0]["hold_id"]})).json()["data"]
    assert by_hold == holds
    by_trace = (await cast.as_ada.get("/api/v1/transactions", params={"trace_id": TRACE})).json()["data"]
    assert by_trace == holds
    later = {"from": (datetime.now(UTC) + timedelta(days=3650)).isoformat()}
    assert (await cast.as_ada.get("/api/v1/transactions", params=later)).json()["data"] == []
    bad = await cast.as_ada.get("/api/v1/transactions", params={"type": "gift"})
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "type")
    when = await cast.as_ada.get("/api/v1/transactions", params={"from": "yesterday"})
    assert (when.status_code, when.json()["error"]["param"]) == (400, "from")
    floating = await cast.as_ada.get("/api/v1/transactions", params={"to": "2026-01-01T00:00:00"})
    assert (floating.status_code, floating.json()["error"]["param"]) == (400, "to")


async def test_an_administrator_adjusts_and_refunds_with_a_reason(cast: Cast) -> None:
    await top_up(cast)
    record = await spend(cast.world, cast.as_ada)
    wallet = f"/api/v1/admin/wallets/{cast.ada.org_id}"
    refund = {"ref": "f1", "capture_ref": record.capture_ref, "amount_nanos": COST_NANOS, "reason": "Broken answer"}
    assert (await cast.as_root.post(f"{wallet}/refunds", json=refund)).status_code == 200
    more = await cast.as_root.post(f"{wallet}/refunds", json=refund | {"ref": "f2"})
    assert (more.status_code, more.json()["error"]["code"]) == (409, "ledger_refused")
    down = {"ref": "a1", "amount_nanos": -3 * NANOS, "reason": "Booked twice"}
    assert (await cast.as_root.post(f"{wallet}/adjustments", json=down)).json()["transaction"]["amount"] == "-3"
    deep = await cast.as_root.post(f"{wallet}/adjustments", json=down | {"ref": "a2", "amount_nanos": -100 * NANOS})
    assert (deep.status_code, deep.json()["error"]["type"]) == (402, "insufficient_quota")
    assert deep.headers["x-should-retry"] == "false"
    assert (await cast.as_root.get(wallet)).json()["balance"] == "7"
    rows = (await cast.as_root.get(f"{wallet}/transactions", params={"type": "adjust"})).json()["data"]
    assert [row["description"] for row in rows] == ["Booked twice"]


async def test_money_comes_in_through_administrators_only(cast: Cast) -> None:
    body = {"ref": "mine", "amount_nanos": NANOS, "reason": "please"}
    answer = await cast.as_ada.post(f"/api/v1/admin/wallets/{cast.ada.org_id}/top-ups", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "administrator_required")
    every = [permission.value for permission in Permission]
    secret = (await cast.as_ada.post("/api/v1/keys", json={"name": "all", "scopes": every})).json()["secret"]
    async with cast.world.client(secret) as client:
        answer = await client.post(f"/api/v1/admin/wallets/{cast.ada.org_id}/top-ups", json=body)
    assert answer.status_code == 403


async def test_a_key_is_shown_once_works_rotates_and_dies(cast: Cast) -> None:
    made = await cast.as_ada.post("/api/v1/keys", json={"name": "ci", "scopes": ["wallet:read"]})
    assert made.status_code == 201
    key, secret = made.json()["key"], made.json()["secret"]
    assert secret.startswith(key["prefix"])
    shown = (await cast.as_ada.get(f"/api/v1/keys/{key['id']}")).text
    assert secret not in shown
    async with cast.world.client(secret) as client:
        assert (await client.get("/api/v1/wallet")).status_code == 200
        missing = await client.get("/api/v1/projects")
        assert (missing.status_code, missing.json()["error"]["code"]) == (403, "permission_missing")
        personal = await client.get("/api/v1/me")
        assert (personal.status_code, personal.json()["error"]["code"]) == (403, "session_required")
    rotated = await cast.as_ada.post(f"/api/v1/keys/{key['id']}/rotate", json={"overlap_seconds": 0})
    async with cast.world.client(secret) as old, cast.world.client(rotated.json()["secret"]) as new:
        assert (await old.get("/api/v1/wallet")).status_code == 401
        assert (await new.get("/api/v1/wallet")).status_code == 200
        assert (await cast.as_ada.delete(f"/api/v1/keys/{key['id']}")).json()["revoked_at"] is not None
        dead = await new.get("/api/v1/wallet")
        assert (dead.status_code, dead.json()["error"]["code"]) == (401, "key_revoked")
    again = await cast.as_ada.post(f"/api/v1/keys/{key['id']}/rotate", json={})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "key_over")


async def test_a_key_is_changed_under_its_secret_and_its_limits_where_they_are_given(cast: Cast) -> None:
    limit = {"metric": "requests", "window_seconds": 60, "cap": 5}
    made = (await cast.as_ada.post("/api/v1/keys", json={"name": "ci", "limits": [limit]})).json()
    path = f"/api/v1/keys/{made['key']['id']}"
    terms = {"name": "notebook", "scopes": ["wallet:read"], "model_allow_list": ["small"]}

    async def limits() -> list[Any]:
        return [one["cap"] for one in (await cast.as_ada.get("/api/v1/policy/limits")).json()["data"]]

    changed = await cast.as_ada.put(path, json=terms | {"expires_at": "2999-01-01T00:00:00Z"})
    assert changed.status_code == 200, changed.text
    assert changed.json() == made["key"] | terms | {"expires_at": "2999-01-01T00:00:00Z"}
    assert (await cast.as_ada.get(path)).json() == changed.json()
    assert await limits() == [5]
    async with cast.world.client(made["secret"]) as client:
        assert (await client.get("/api/v1/wallet")).status_code == 200
        itself = await client.put(path, json=terms | {"expires_at": None})
        assert (itself.status_code, itself.json()["error"]["code"]) == (403, "permission_missing")
    whole = terms | {"model_allow_list": None, "expires_at": None}
    assert (await cast.as_ada.put(path, json=whole | {"limits": [limit | {"cap": 7}]})).status_code == 200
    assert await limits() == [7]
    absent = await cast.as_ada.put(path, json={"name": "x"})
    assert absent.status_code == 400, absent.text
    wrong = await cast.as_ada.put(path, json=whole | {"expires_at": "2001-01-01T00:00:00Z"})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "expires_at")
    await cast.as_ada.delete(path)
    over = await cast.as_ada.put(path, json=whole)
    assert (over.status_code, over.json()["error"]["code"]) == (409, "key_over")
    told = (await cast.as_ada.get("/api/v1/audit/events", params={"event_type": "api_key.updated"})).json()["data"]
    assert [one["payload"]["before"]["name"] for one in told] == ["notebook", "ci"]


async def test_a_keys_scopes_and_expiry_are_checked_by_name(cast: Cast) -> None:
    unknown = await cast.as_ada.post("/api/v1/keys", json={"name": "x", "scopes": ["everything"]})
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (400, "scopes[0]")
    past = await cast.as_ada.post("/api/v1/keys", json={"name": "x", "expires_at": "2001-01-01T00:00:00Z"})
    assert (past.status_code, past.json()["error"]["param"]) == (400, "expires_at")


async def test_an_organization_has_members_with_roles(cast: Cast) -> None:
    bob = await cast.world.register("bob")
    made = (await cast.as_ada.post("/api/v1/orgs", json={"name": "Lab"})).json()
    org = f"/api/v1/orgs/{made['organization']['id']}"
    added = await cast.as_ada.post(f"{org}/members", json={"email": bob.email, "role": "viewer"})
    assert (added.status_code, added.json()["role"]) == (201, "viewer")
    async with cast.world.client(bob.token, **{"x-deepspace-org": made["organization"]["id"]}) as as_bob:
        assert (await as_bob.get(org)).json()["name"] == "Lab"
        refused = await as_bob.post("/api/v1/projects", json={"name": "Mine"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_missing")
        await cast.as_ada.patch(f"{org}/members/{bob.user_id}", json={"role": "admin"})
        project = await as_bob.post("/api/v1/projects", json={"name": "Mine", "description": "of Bob"})
        assert project.status_code == 201
        assert (await as_bob.get(f"/api/v1/projects/{project.json()['id']}")).json()["description"] == "of Bob"
    last = await cast.as_ada.patch(f"{org}/members/{cast.ada.user_id}", json={"role": "viewer"})
    assert (last.status_code, last.json()["error"]["code"]) == (409, "last_owner")
    assert (await cast.as_ada.delete(f"{org}/members/{bob.user_id}")).status_code == 204
    async with cast.world.client(bob.token) as as_bob:
        assert (await as_bob.get(org)).status_code == 404
    assert (await cast.as_ada.patch(org, json={"on_abort": "cancel"})).json()["on_abort"] == "cancel"


async def test_workspaces_and_projects_are_made_changed_and_put_away(cast: Cast) -> None:
    workspace = (await cast.as_ada.post("/api/v1/workspaces", json={"name": "Press", "slug": "the-press"})).json()
    taken = await cast.as_ada.post("/api/v1/workspaces", json={"name": "Press", "slug": "the-press"})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "slug_taken")
    renamed = await cast.as_ada.patch(f"/api/v1/workspaces/{workspace['id']}", json={"name": "Desk"})
    assert renamed.json()["name"] == "Desk"
    project = (
        await cast.as_ada.post("/api/v1/projects", json={"name": "News", "workspace_id": workspace["id"]})
    ).json()
    there = await cast.as_ada.get("/api/v1/projects", params={"workspace_id": workspace["id"]})
    assert [one["id"] for one in there.json()["data"]] == [project["id"]]
    assert (await cast.as_ada.delete(f"/api/v1/projects/{project['id']}")).json()["archived_at"] is not None
    left = await cast.as_ada.get("/api/v1/projects", params={"workspace_id": workspace["id"]})
    assert left.json()["data"] == []
    both = await cast.as_ada.get("/api/v1/projects", params={"with_archived": True})
    assert project["id"] in [one["id"] for one in both.json()["data"]]


async def test_an_administrator_keeps_models_and_prices(cast: Cast) -> None:
    body = {"name": "small", "kinds": ["chat"], "context_tokens": 8192, "output_tokens_max": 2048}
    model = (await cast.as_root.post("/api/v1/admin/models", json=body)).json()
    assert model["upstream_name"] == "small"
    prices = f"/api/v1/admin/models/{model['id']}/prices"
    unpriced = (await cast.as_ada.get("/api/v1/models")).json()["data"]
    assert [(one["name"], one["price"]) for one in unpriced] == [("small", None)]
    price = await cast.as_root.post(prices, json=PRICE)
    assert (price.status_code, price.json()["version"]) == (201, 1)
    shown = (await cast.as_ada.get("/api/v1/models")).json()["data"][0]["price"]
    assert shown["tiers"][0]["rates_per_million"] == {"input_uncached": "1", "output_text": "4"}
    call = {"tokens": {"input_uncached": 1_000_000, "output_text": 500_000}}
    preview = (await cast.as_root.post(f"{prices}/preview", json=call)).json()
    assert (preview["cost_nanos"], preview["cost"]) == (3 * NANOS, "3")
    thought = call | {"tiers": [{"rates_picos": {"input_uncached": 0, "output_text": 2_000_000}}]}
    assert (await cast.as_root.post(f"{prices}/preview", json=thought)).json()["cost"] == "1"
    past = await cast.as_root.post(prices, json=PRICE | {"effective_at": "2001-01-01T00:00:00Z"})
    assert (past.status_code, past.json()["error"]["code"]) == (400, "back_dated_price")
    assert len((await cast.as_root.get("/api/v1/admin/prices", params={"model_id": model["id"]})).json()["data"]) == 1
    await cast.as_root.patch(f"/api/v1/admin/models/{model['id']}", json={"enabled": False})
    assert (await cast.as_ada.get("/api/v1/models")).json()["data"] == []


async def test_usage_is_listed_summed_and_grouped(cast: Cast) -> None:
    await top_up(cast)
    project = (await cast.as_ada.get("/api/v1/projects")).json()["data"][0]["id"]
    for where in (project, project, None):
        await spend(cast.world, cast.as_ada, project=where)
    records = (await cast.as_ada.get("/api/v1/usage/records", params={"project_id": project})).json()["data"]
    assert len(records) == 2
    assert (records[0]["cost"], records[0]["tokens"]["input_total"], records[0]["model"]) == ("1", 100, "small")
    assert (await cast.as_ada.get(f"/api/v1/usage/records/{records[0]['id']}")).json() == records[0]
    totals = (await cast.as_ada.get("/api/v1/usage/totals")).json()["totals"]
    assert [(one["currency"], one["requests"], one["cost"]) for one in totals] == [("USD", 3, "3")]
    span = {"from": _day(-1), "to": _day(2), "group_by": "project"}
    summary = (await cast.as_ada.get("/api/v1/usage/summary", params=span)).json()["data"]
    assert {row["value"]: row["sums"]["requests"] for row in summary} == {project: 2, None: 1}
    endless = await cast.as_ada.get("/api/v1/usage/summary")
    assert (endless.status_code, endless.json()["error"]["param"]) == (400, "from")
    zone = await cast.as_ada.get("/api/v1/usage/summary", params=span | {"time_zone": "Mars/Olympus"})
    assert (zone.status_code, zone.json()["error"]["param"]) == (400, "time_zone")
    everybody = await cast.as_root.get("/api/v1/admin/usage/records", params={"org_id": cast.ada.org_id})
    assert len(everybody.json()["data"]) == 3


async def test_an_address_rule_holds_for_keys_everywhere_and_lets_its_owner_mend_it(cast: Cast) -> None:
    key = (await cast.as_ada.post("/api/v1/keys", json={"name": "x", "scopes": ["wallet:read", "models:use"]})).json()
    allow = {"action": "allow", "network": "198.51.100.0/24"}
    rule = (await cast.as_ada.post("/api/v1/policy/ip-rules", json=allow)).json()
    async with cast.world.client(key["secret"]) as elsewhere:
        for path in ("/api/v1/wallet", "/api/v1/models"):
            refused = await elsewhere.get(path)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "address_forbidden")
        assert (await cast.as_ada.delete(f"/api/v1/policy/ip-rules/{rule['id']}")).status_code == 204
        assert (await elsewhere.get("/api/v1/wallet")).status_code == 200


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("usage/records", {"from": "0001-01-01T00:00:00+14:00"}),
        ("usage/summary", {"from": "2026-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}),
        ("audit/requests", {"status_min": str(2**40)}),
        ("audit/events", {"actor": "nul\0"}),
        ("transactions", {"trace_id": "nul\0"}),
        ("conversations", {"q": "nul\0"}),
    ],
)
async def test_a_value_that_nothing_can_have_is_no_fault_of_ours(cast: Cast, path: str, params: dict[str, str]) -> None:
    answer = await cast.as_ada.get(f"/api/v1/{path}", params=params)
    # Without a database that can't hold it, it is merely not found.
    assert answer.status_code in {200, 400}


def _day(offset: int) -> str:
    return (datetime.now(UTC) + timedelta(days=offset)).isoformat()


async def test_what_was_done_is_found_by_its_trace(cast: Cast) -> None:
    made = await cast.as_ada.post("/api/v1/keys", json={"name": "traced"})
    story = await cast.as_ada.get(f"/api/v1/audit/traces/{made.headers['x-trace-id']}")
    assert [entry["kind"] for entry in story.json()["entries"]] == ["event.api_key.created"]
    assert made.json()["secret"] not in story.text
    keys = await cast.as_ada.get("/api/v1/audit/events", params={"event_type": "api_key."})
    assert [event["event_type"] for event in keys.json()["data"]] == ["api_key.created"]
    malformed = await cast.as_ada.get("/api/v1/audit/traces/XYZ")
    assert (malformed.status_code, malformed.json()["error"]["code"]) == (400, "invalid_trace_id")
    anybodys = await cast.as_root.get(f"/api/v1/admin/audit/traces/{made.headers['x-trace-id']}")
    assert anybodys.status_code == 200
    assert (await cast.as_ada.get("/api/v1/audit/requests")).json()["data"] == []


async def test_limits_and_address_rules_are_set_and_removed(cast: Cast) -> None:
    terms = {"scope": "key", "metric": "requests", "window_seconds": 60, "cap": 10}
    limit = (await cast.as_ada.put("/api/v1/policy/limits", json=terms)).json()
    raised = (await cast.as_ada.put("/api/v1/policy/limits", json=terms | {"cap": 20})).json()
    assert (raised["id"], raised["cap"]) == (limit["id"], 20)
    assert len((await cast.as_ada.get("/api/v1/policy/limits")).json()["data"]) == 1
    assert (await cast.as_ada.delete(f"/api/v1/policy/limits/{limit['id']}")).status_code == 204
    assert (await cast.as_ada.delete(f"/api/v1/policy/limits/{limit['id']}")).status_code == 404
    bad = await cast.as_ada.post("/api/v1/policy/ip-rules", json={"action": "deny", "network": "10.0.0.1/8"})
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "network")
    rule = (await cast.as_ada.post("/api/v1/policy/ip-rules", json={"action": "deny", "network": "10.0.0.0/8"})).json()
    assert (await cast.as_ada.get("/api/v1/policy/ip-rules")).json()["data"] == [rule]
    assert (await cast.as_ada.delete(f"/api/v1/policy/ip-rules/{rule['id']}")).status_code == 204
    platform = await cast.as_root.put("/api/v1/admin/policy/limits", json=terms)
    assert platform.json()["org_id"] is None


async def test_a_rule_is_tried_on_past_calls_and_sets_nothing(cast: Cast) -> None:
    period = {"since": _day(-1), "until": _day(1)}
    key = (await cast.as_ada.post("/api/v1/keys", json={"name": "tried"})).json()["key"]["id"]
    terms = {"scope": "org", "metric": "requests", "window_seconds": 60, "cap": 0}
    rules: list[dict[str, object]] = [
        {"limit": terms},
        {"ip_rule": {"action": "deny", "network": "10.0.0.0/8", "api_key_id": key}},
        {"models": {"api_key_id": key, "model_allow_list": ["small"]}},
        {"budget": {"scope": "org", "scope_id": cast.ada.org_id, "window": "day", "cap_nanos": 0}},
    ]
    for rule in rules:
        tried = await cast.as_ada.post("/api/v1/policy/dry-runs", json=period | rule)
        assert tried.status_code == 200, tried.text
        assert (tried.json()["rejected"], tried.json()["is_partial"], tried.json()["examples"]) == (0, False, [])
    assert (await cast.as_ada.get("/api/v1/policy/limits")).json()["data"] == []
    anywhere = period | {"limit": terms, "org_id": cast.ada.org_id}
    assert (await cast.as_root.post("/api/v1/admin/policy/dry-runs", json=anywhere)).json()["calls"] == 0
    assert (await cast.as_ada.post("/api/v1/admin/policy/dry-runs", json=anywhere)).status_code == 403
    for wrong in ({}, {"limit": terms, **rules[1]}, {"limit": terms, "since": _day(-40)}):
        refused = await cast.as_ada.post("/api/v1/policy/dry-runs", json=period | wrong)
        assert (refused.status_code, refused.json()["error"]["param"] in {"limit", "since"}) == (400, True)


async def test_an_administrator_keeps_users_and_organizations(cast: Cast) -> None:
    users = (await cast.as_root.get("/api/v1/admin/users", params={"search": "ada"})).json()["data"]
    assert [user["email"] for user in users] == ["ada@example.org"]
    ada = f"/api/v1/admin/users/{cast.ada.user_id}"
    assert (await cast.as_root.post(f"{ada}/disable", json={"reason": "Left"})).json()["disabled_at"] is not None
    assert (await cast.as_ada.get("/api/v1/me")).status_code == 401
    assert (await cast.as_root.post(f"{ada}/enable")).json()["disabled_at"] is None
    granted = await cast.as_root.post(f"{ada}/administrator", json={"is_administrator": True})
    assert granted.json()["is_administrator"] is True
    org = f"/api/v1/admin/orgs/{cast.ada.org_id}"
    assert (await cast.as_root.post(f"{org}/suspend", json={"reason": "Unpaid"})).json()["suspended_at"] is not None
    async with cast.world.client(await cast.world.log_in(cast.ada.email)) as client:
        refused = await client.get("/api/v1/projects")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "organization_suspended")
    assert (await cast.as_root.post(f"{org}/resume")).json()["suspended_at"] is None
    reset = await cast.as_root.post(f"{ada}/password", json={"password": "another long password"})
    assert reset.status_code == 200
    made = await cast.as_root.post(
        "/api/v1/admin/users", json={"email": "new@example.org", "password": PASSWORD, "display_name": "New"}
    )
    assert made.status_code == 201
    assert len((await cast.as_root.get("/api/v1/admin/orgs")).json()["data"]) == 3
