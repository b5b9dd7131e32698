"""The overview of the installation over HTTP, for its administrators."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from deepspace_http.application import Probe
from tests.http.spending import COST_NANOS, spend
from tests.http.world import Person, World, make_world

DAY = {"from": "2030-01-01T00:00:00Z", "to": "2030-01-02T00:00:00Z", "bucket": "hour"}
HOUR = timedelta(hours=1)
OVERVIEW = "/api/v1/admin/overview"


async def _top_up(as_root: httpx.AsyncClient, ada: Person) -> None:
    body = {"ref": "r", "amount_nanos": 10**10, "reason": "test"}
    assert (await as_root.post(f"/api/v1/admin/wallets/{ada.org_id}/top-ups", json=body)).status_code == 200


async def test_the_overview_counts_every_call(
    world: World, ada: Person, as_ada: httpx.AsyncClient, as_root: httpx.AsyncClient
) -> None:
    await _top_up(as_root, ada)
    ended = (await spend(world, as_ada)).ended_at
    around = {"from": (ended - HOUR).isoformat(), "to": (ended + HOUR).isoformat(), "bucket": "hour"}
    found = (await as_root.get(OVERVIEW, params=around)).json()
    assert (found["now"]["calls"], found["before"]["calls"], len(found["trend"])) == (1, 0, 3)
    assert found["now"]["earnings"][0]["price"]["nanos"] == COST_NANOS
    assert found["active"] == {"users": 0, "organizations": 1, "keys": 0}
    assert found["now"]["endings"]["completed"] == 1
    leaders = (await as_root.get(f"{OVERVIEW}/leaders", params=around | {"kind": "organization"})).json()
    assert (leaders["total"], leaders["data"][0]["value"], leaders["data"][0]["price"]["nanos"]) == (
        1,
        ada.org_id,
        COST_NANOS,
    )
    assert leaders["data"][0]["label"] is not None


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"from": None}, "from"),
        ({"to": "2030-01-02T00:00:00"}, "to"),
        ({"to": "2031-01-02T00:00:00Z", "bucket": "day"}, "to"),
        ({"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"}, "from"),
        ({"from": "9999-12-30T00:00:00Z", "to": "9999-12-31T23:59:59Z"}, "from"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"bucket": "year"}, "bucket"),
    ],
)
async def test_a_period_that_can_not_be_is_refused(
    as_root: httpx.AsyncClient, changes: dict[str, Any], param: str
) -> None:
    params = {name: value for name, value in (DAY | changes).items() if value is not None}
    refused = await as_root.get(OVERVIEW, params=params)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


async def test_prices_in_effect_are_listed_for_the_models_asked_for(as_root: httpx.AsyncClient) -> None:
    model = {"name": "priced", "kinds": ["chat"], "context_tokens": 100, "output_tokens_max": 10}
    made = (await as_root.post("/api/v1/admin/models", json=model)).json()
    effective = "/api/v1/admin/prices/effective"
    assert (await as_root.get(effective, params={"model_id": made["id"]})).json() == {"data": []}
    price = {"tiers": [{"rates_picos": {"input_uncached": 1, "output_text": 2}}]}
    await as_root.post(f"/api/v1/admin/models/{made['id']}/prices", json=price)
    found = (await as_root.get(effective, params={"model_id": [made["id"], f"model_{'1' * 32}"]})).json()["data"]
    assert [one["model_id"] for one in found] == [made["id"]]
    assert (await as_root.get(effective)).json() == {"data": []}


async def test_a_quiet_installation_has_no_anomalies(as_root: httpx.AsyncClient) -> None:
    assert (await as_root.get(f"{OVERVIEW}/anomalies", params={"hours": 999})).json() == {"data": []}


async def test_what_needs_attention_is_listed(world: World, as_root: httpx.AsyncClient) -> None:
    model = {"name": "unpriced", "kinds": ["chat"], "context_tokens": 100, "output_tokens_max": 10}
    assert (await as_root.post("/api/v1/admin/models", json=model)).status_code == 201
    found = (await as_root.get(f"{OVERVIEW}/attention")).json()["data"]
    assert [(one["kind"], one["severity"], one["detail"]) for one in found if one["kind"] == "model_unpriced"] == [
        ("model_unpriced", "warning", "unpriced")
    ]
    assert [one["subject"] for one in found if one["kind"] == "channel_unchecked"] == ["default"]


async def test_a_dependency_that_is_away_comes_first() -> None:
    async def away() -> None:
        raise ConnectionError("nobody there")

    world = make_world(probes={"redis": Probe(check=away, required=True)})
    root = await world.administrator()
    async with world.client(root.token) as client:
        first = (await client.get(f"{OVERVIEW}/attention")).json()["data"][0]
    assert (first["kind"], first["subject"], first["severity"]) == ("dependency_away", "redis", "critical")
