"""Webhooks over HTTP: kept by admins, their secret shown once, what was sent looked up and sent again."""

import httpx
import pytest

from deepspace_core.webhooks import ENDPOINTS_MAX
from tests.core.webhooks.kinds import misfits
from tests.http.world import World

AT = "/api/v1/webhooks"
TERMS = {"url": "https://hooks.example.org/in", "event_types": ["wallet.topped_up"], "balance_low_nanos": 5}


async def test_a_secret_is_shown_when_it_is_made_and_never_again(as_ada: httpx.AsyncClient) -> None:
    made = await as_ada.post(AT, json=TERMS)
    assert made.status_code == 201
    secret, webhook = made.json()["secret"], made.json()["webhook"]
    assert secret.startswith("whsec_")
    assert (webhook["event_types"], webhook["enabled"]) == (["wallet.topped_up"], True)
    for path in (AT, f"{AT}/{webhook['id']}", "/api/v1/audit/events"):
        assert secret not in (await as_ada.get(path)).text
    rotated = (await as_ada.post(f"{AT}/{webhook['id']}/rotate", json={"overlap_seconds": 60})).json()
    assert rotated["secret"] not in {secret, None}
    assert rotated["webhook"]["previous_secret_expires_at"] == "2030-01-01T12:01:00Z"


async def test_a_webhook_is_changed_disabled_and_deleted(as_ada: httpx.AsyncClient) -> None:
    webhook = (await as_ada.post(AT, json=TERMS)).json()["webhook"]
    at = f"{AT}/{webhook['id']}"
    changed = (await as_ada.put(at, json={"url": "https://other.example.org/", "enabled": False})).json()
    assert (changed["url"], changed["event_types"], changed["enabled"]) == ("https://other.example.org/", [], False)
    assert (await as_ada.post(f"{at}/ping")).status_code == 409
    assert (await as_ada.delete(at)).status_code == 204
    gone = await as_ada.get(at)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "webhook_not_found")
    told = (await as_ada.get("/api/v1/audit/events", params={"event_type": "webhook."})).json()["data"]
    assert [one["event_type"] for one in told] == ["webhook.deleted", "webhook.updated", "webhook.created"]


async def test_a_ping_is_in_the_log_and_waits_for_its_job(as_ada: httpx.AsyncClient) -> None:
    webhook = (await as_ada.post(AT, json=TERMS)).json()["webhook"]
    at = f"{AT}/{webhook['id']}"
    ping = await as_ada.post(f"{at}/ping")
    assert (ping.status_code, ping.json()["state"], ping.json()["event_type"]) == (202, "pending", "webhook.ping")
    assert (await as_ada.get(f"{at}/deliveries")).json()["data"] == [ping.json()]
    assert (await as_ada.get(f"{at}/deliveries", params={"state": "failed"})).json()["data"] == []
    one = f"{at}/deliveries/{ping.json()['id']}"
    assert (await as_ada.get(one)).json() == ping.json()
    assert (await as_ada.post(f"{one}/replay")).status_code == 409
    missing = await as_ada.get(f"{at}/deliveries/whdel_{'1' * 32}")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "webhook_delivery_not_found")


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"url": "http://hooks.example.org/"}, "url"),
        ({"event_types": ["wallet.stolen"]}, "event_types[0]"),
        ({"description": "a\nb"}, "description"),
        ({"balance_low_nanos": -1}, "balance_low_nanos"),
    ],
)
async def test_a_bad_term_is_told_by_its_name(
    as_ada: httpx.AsyncClient, changes: dict[str, object], param: str
) -> None:
    answer = await as_ada.post(AT, json={**TERMS, **changes})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_an_organization_has_so_many_webhooks_and_no_more(as_ada: httpx.AsyncClient) -> None:
    for _ in range(ENDPOINTS_MAX):
        assert (await as_ada.post(AT, json=TERMS)).status_code == 201
    answer = await as_ada.post(AT, json=TERMS)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_webhooks")


async def test_members_do_not_keep_webhooks(world: World, as_ada: httpx.AsyncClient) -> None:
    secret = (await as_ada.post("/api/v1/keys", json={"name": "k", "scopes": ["files:read"]})).json()["secret"]
    async with world.client(secret) as client:
        for method, path in (("GET", AT), ("POST", AT), ("GET", f"{AT}/webhook_{'1' * 32}/deliveries")):
            answer = await client.request(method, path, json=TERMS if method == "POST" else None)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_missing")


async def test_what_can_be_told_is_listed(as_ada: httpx.AsyncClient) -> None:
    assert "wallet.cap_reached" in (await as_ada.get(f"{AT}/event-types")).json()["data"]


async def test_what_each_says_is_listed_and_described_as_requests(world: World, as_ada: httpx.AsyncClient) -> None:
    kinds = {one["type"]: one for one in (await as_ada.get(f"{AT}/event-types")).json()["kinds"]}
    assert [field["name"] for field in kinds["webhook.ping"]["fields"]] == ["org_id", "trace_id", "note"]
    told = (await as_ada.get("/openapi.json")).json()["webhooks"]
    assert told.keys() == kinds.keys()
    body = told["job.failed"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["properties"]["data"]["properties"]["attempts_max"]["type"] == ["integer", "null"]
    assert body["example"]["type"] == "job.failed"


async def test_what_is_told_of_a_key_is_what_is_promised(as_ada: httpx.AsyncClient) -> None:
    terms = {"name": "k", "scopes": ["files:read"]}
    key = (await as_ada.post("/api/v1/keys", json=terms)).json()["key"]
    at = f"/api/v1/keys/{key['id']}"
    changed = {**terms, "name": "other", "model_allow_list": None, "expires_at": None}
    assert (await as_ada.put(at, json=changed)).status_code == 200
    assert (await as_ada.post(f"{at}/rotate", json={})).status_code == 200
    assert (await as_ada.delete(at)).status_code == 200
    told = (await as_ada.get("/api/v1/audit/events", params={"event_type": "api_key."})).json()["data"]
    assert [one["event_type"].partition(".")[2] for one in told] == ["revoked", "rotated", "updated", "created"]
    for one in told:
        data = {name: one[name] for name in ("org_id", "trace_id", "actor", "subject")}
        assert misfits(one["event_type"], {**data, **one["payload"]}) == []
