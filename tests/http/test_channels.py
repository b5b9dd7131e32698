"""Channels over HTTP: an administrator keeps them, and no credential comes out."""

import httpx
import pytest

from tests.http.world import Person, World

CHANNELS = "/api/v1/admin/channels"
KEY = "sk-up-secret"
BODY = {
    "name": "second",
    "base_url": "http://second:3000/v1/",
    "key": KEY,
    "priority": 5,
    "models": ["small"],
    "model_names": {"small": "small-2024"},
    "cost_rates": {"*": {"tiers": [{"rates_picos": {"input_uncached": 100_000, "output_text": 400_000}}]}},
    "log": {"base_url": "http://second:3000", "user_id": 1, "token": "admin-token"},
}


@pytest.fixture
async def admin(world: World, root: Person) -> httpx.AsyncClient:
    return world.client(root.token)


async def test_a_channel_is_added_changed_looked_at_and_removed(admin: httpx.AsyncClient) -> None:
    made = await admin.post(CHANNELS, json=BODY)
    assert made.status_code == 201, made.text
    assert (made.json()["base_url"], made.json()["version"]) == ("http://second:3000/v1", 1)
    edited = await admin.patch(f"{CHANNELS}/second", json={"weight": 7, "models": [], "enabled": False})
    assert (edited.json()["weight"], edited.json()["models"], edited.json()["enabled"]) == (7, None, False)
    listed = (await admin.get(CHANNELS)).json()["data"]
    assert [(one["name"], one["from_environment"]) for one in listed] == [("default", True), ("second", False)]
    assert listed[1]["cost_rates"]["*"]["tiers"][0]["rates_per_million"]["output_text"] == "0.4"
    assert listed[1]["log"] == {"base_url": "http://second:3000", "user_id": 1, "token_name": None}
    assert (await admin.patch(f"{CHANNELS}/second", json={"forget_log": True})).json()["log"] is None
    found = await admin.post(f"{CHANNELS}/second/test")
    assert (found.json()["healthy"], found.json()["models_listed"]) == (True, 2)
    assert (await admin.delete(f"{CHANNELS}/second")).status_code == 204
    gone = await admin.get(f"{CHANNELS}/second")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "channel_not_found")


async def test_health_by_the_hour_and_breakers_are_shown(admin: httpx.AsyncClient) -> None:
    period = {"from": "2030-01-01T00:00:00Z", "to": "2030-01-02T00:00:00Z"}
    assert (await admin.get(f"{CHANNELS}/default/checks", params=period)).json() == {"data": []}
    assert (await admin.get(f"{CHANNELS}/absent/checks", params=period)).status_code == 404
    assert (await admin.get(f"{CHANNELS}/breakers")).json() == {"data": []}


async def test_no_credential_comes_out_anywhere(admin: httpx.AsyncClient) -> None:
    made = await admin.post(CHANNELS, json=BODY)
    edited = await admin.patch(f"{CHANNELS}/second", json={"key": "sk-another"})
    events = await admin.get("/api/v1/admin/audit/events")
    told = made.text + edited.text + (await admin.get(CHANNELS)).text + events.text
    assert "channel.changed" in events.text
    assert not [secret for secret in (KEY, "admin-token", "sk-another") if secret in told]


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"base_url": "http://169.254.169.254/"}, 400, "base_url"),
        ({"weight": 0}, 400, "weight"),
        ({"name": "Upper"}, 400, "name"),
        ({"name": "default"}, 409, "name"),
        ({"models": ["no name"]}, 400, "models"),
        ({"odd": 1}, 400, "odd"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_field(
    admin: httpx.AsyncClient, change: dict[str, object], status: int, param: str
) -> None:
    refused = await admin.post(CHANNELS, json=BODY | change)
    assert (refused.status_code, refused.json()["error"]["param"]) == (status, param)


async def test_margins_need_a_period(admin: httpx.AsyncClient) -> None:
    shown = await admin.get(
        f"{CHANNELS}/margins", params={"from": "2029-12-01T00:00:00Z", "to": "2030-01-02T00:00:00Z"}
    )
    assert shown.json() == {"data": []}
    refused = await admin.get(f"{CHANNELS}/margins", params={"from": "2029-12-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "to")
