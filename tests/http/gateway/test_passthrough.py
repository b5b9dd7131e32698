"""Routes that an operator lets through: as they are, at the price of a request, and no others."""

import pytest

from tests.http.gateway.conftest import GatewayWorld

PICOS = 1_000_000_000


@pytest.mark.parametrize(
    ("method", "path", "model"),
    [
        ("GET", "things/a-1?limit=2&after=x%20y", "passthrough"),
        ("POST", "things", "passthrough"),
        ("DELETE", "things/a/b", "dear-things"),
    ],
)
async def test_a_listed_route_passes_whole_and_costs_a_request(
    gateway: GatewayWorld, method: str, path: str, model: str
) -> None:
    await gateway.model(model, per_request_picos=PICOS)
    headers = {"authorization": f"Bearer {await gateway.key()}", "content-type": "application/x-own"}
    content = b'{ "own" : 1.50 }' if method == "POST" else None
    answer = await gateway.client.request(method, f"/{path}", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/x-own")
    assert answer.text == f"{method} /v1/{path} application/x-own {(content or b'').decode()}"
    await gateway.settled()
    record = await gateway.usage(answer.headers["x-trace-id"])
    assert (record.cost_picos, record.leaves.total, record.model_name) == (PICOS, 0, model)
    assert (record.route, record.usage_source) == ("passthrough", "upstream")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "others", 404),
        ("GET", "things/a/b", 405),
        ("PUT", "things", 405),
        ("GET", "things/..%2Fothers", 404),
        ("GET", "things/%2e%2e/others", 404),
        ("GET", "things//a", 404),
        ("GET", "things/.hidden", 404),
    ],
)
async def test_what_is_not_listed_is_not_there(gateway: GatewayWorld, method: str, path: str, status: int) -> None:
    headers = {"authorization": f"Bearer {await gateway.key()}"}
    answer = await gateway.client.request(method, f"/{path}", headers=headers)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"message", "type", "code", "param", "trace_id"}
    assert gateway.upstream.requests == []


async def test_a_stranger_s_call_ends_here(gateway: GatewayWorld) -> None:
    await gateway.model("passthrough")
    assert (await gateway.client.get("/things/a")).status_code == 401
    assert gateway.upstream.requests == []


async def test_a_route_without_its_model_says_what_is_missing(gateway: GatewayWorld) -> None:
    headers = {"authorization": f"Bearer {await gateway.key()}"}
    answer = await gateway.client.get("/things/a", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    assert "passthrough" in answer.json()["error"]["message"]


async def test_the_routes_that_are_known_stay_what_they_are(gateway: GatewayWorld) -> None:
    headers = {"authorization": f"Bearer {await gateway.key()}"}
    listed = await gateway.client.get("/models", headers=headers)
    assert listed.status_code == 200
    assert (await gateway.client.get("/models/ok", headers=headers)).json()["id"] == "ok"


async def test_a_call_that_is_sent_twice_is_passed_on_and_paid_for_once(gateway: GatewayWorld) -> None:
    await gateway.model("passthrough", per_request_picos=PICOS)
    headers = {"authorization": f"Bearer {await gateway.key()}", "idempotency-key": "once"}
    first = await gateway.client.post("/things", content=b"a thing", headers=headers)
    await gateway.settled()
    again = await gateway.client.post("/things", content=b"a thing", headers=headers)
    assert (first.status_code, again.status_code, again.text) == (201, 201, first.text)
    assert again.headers["x-original-trace-id"] == first.headers["x-trace-id"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert gateway.upstream.calls["POST /v1/things"] == 1
    other = await gateway.client.post("/things", content=b"another thing", headers=headers)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")


async def test_a_key_holds_for_its_method_and_its_path_and_not_for_what_is_only_read(gateway: GatewayWorld) -> None:
    for model in ("passthrough", "dear-things"):
        await gateway.model(model, per_request_picos=PICOS)
    headers = {"authorization": f"Bearer {await gateway.key()}", "idempotency-key": "once"}
    for method, path in (("POST", "things"), ("DELETE", "things/a"), ("DELETE", "things/b"), ("GET", "things/a")):
        assert (await gateway.client.request(method, f"/{path}", headers=headers)).status_code == 201
    assert (await gateway.client.get("/things/a", headers=headers)).status_code == 201
    assert gateway.upstream.calls == {
        "POST /v1/things": 1,
        "DELETE /v1/things/a": 1,
        "DELETE /v1/things/b": 1,
        "GET /v1/things/a": 2,
    }
