"""What holds for every route: one error shape, a trace on every answer, strict input, headers that protect."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from deepspace_http.application import HttpSettings, Probe
from tests.http.world import BASE_URL, make_world, transport_to

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def _error(answer: httpx.Response) -> dict[str, object]:
    body = answer.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"message", "type", "code", "param", "trace_id"}
    assert body["error"]["trace_id"] == answer.headers["x-trace-id"]
    assert answer.headers["content-type"] == "application/json"
    error: dict[str, object] = body["error"]
    return error


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/nowhere", 404, "not_found"),
        ("GET", "/docs/nowhere", 404, "not_found"),
        ("DELETE", "/health", 405, "method_not_allowed"),
        ("PUT", "/api/v1/auth/login", 405, "method_not_allowed"),
        ("GET", "/api/v1/me", 401, "unauthenticated"),
    ],
)
async def test_refusals_of_the_framework_have_the_one_shape(
    anybody: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await anybody.request(method, path)
    assert answer.status_code == status
    assert _error(answer)["code"] == code


async def test_405_says_what_is_allowed(anybody: httpx.AsyncClient) -> None:
    answer = await anybody.delete("/health")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("body", "param", "told"),
    [
        (b'{"name": ', None, "not valid JSON"),
        (b'{"name": "\xff"}', None, "not valid JSON"),
        (b"[]", None, "the body: Expected `object`"),
        (b'{"name": 5}', "name", "name: Expected `str`, got `int`"),
        (b'{"name": ""}', "name", "name: Expected `str` of length >= 1"),
        (b"{}", "name", "name: missing required field"),
        (b'{"name": "x", "colour": "red"}', "colour", "colour: unknown field"),
        (b"", None, "the request needs a JSON body"),
    ],
)
async def test_a_bad_body_is_told_by_its_field(
    as_ada: httpx.AsyncClient, body: bytes, param: str | None, told: str
) -> None:
    answer = await as_ada.post("/api/v1/orgs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    error = _error(answer)
    assert error["code"] == "invalid_input"
    assert error["param"] == param
    assert told in str(error["message"])


async def test_numbers_in_a_body_are_numbers(as_root: httpx.AsyncClient) -> None:
    answer = await as_root.post(
        f"/api/v1/admin/wallets/org_{'0' * 32}/top-ups", json={"ref": "r", "amount_nanos": "5", "reason": "x"}
    )
    assert (answer.status_code, _error(answer)["param"]) == (400, "amount_nanos")


async def test_a_body_must_say_that_it_is_json(as_ada: httpx.AsyncClient) -> None:
    answer = await as_ada.post("/api/v1/orgs", content=b'{"name":"x"}', headers={"content-type": "text/plain"})
    assert (answer.status_code, _error(answer)["code"]) == (415, "unsupported_media_type")


async def test_a_body_over_the_limit_is_refused_whether_announced_or_not() -> None:
    world = make_world(settings=HttpSettings(base_url=BASE_URL, body_bytes_max=1_000))

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 500

    async with world.client() as client:
        for content in (b" " * 1_001, pieces()):
            answer = await client.post(
                "/api/v1/auth/login", content=content, headers={"content-type": "application/json"}
            )
            assert (answer.status_code, _error(answer)["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"),
        ("limt=5", "limt"),
    ],
)
async def test_a_bad_query_is_told_by_its_name(as_ada: httpx.AsyncClient, query: str, param: str) -> None:
    answer = await as_ada.get(f"/api/v1/projects?{query}")
    assert (answer.status_code, _error(answer)["param"]) == (400, param)


async def test_an_id_of_another_noun_is_told(as_ada: httpx.AsyncClient) -> None:
    answer = await as_ada.get(f"/api/v1/projects/key_{'0' * 32}")
    assert (answer.status_code, _error(answer)["param"]) == (400, "project_id")


async def test_every_answer_has_a_trace_and_a_request_id(anybody: httpx.AsyncClient) -> None:
    sent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    for path in ("/health", "/nowhere", "/api/v1/me"):
        answer = await anybody.get(path, headers=sent)
        assert answer.headers["x-trace-id"] == TRACE
        assert answer.headers["x-request-id"].startswith("req_")


async def test_every_answer_has_the_headers_that_protect(anybody: httpx.AsyncClient) -> None:
    for path in ("/health", "/nowhere", "/docs"):
        headers = (await anybody.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]


async def test_answers_of_the_api_are_not_stored(as_ada: httpx.AsyncClient) -> None:
    assert (await as_ada.get("/api/v1/me")).headers["cache-control"] == "no-store"


async def test_a_fault_of_ours_tells_nothing_but_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    world = make_world()
    ada = await world.register("ada")
    object.__setattr__(world.app.state.application.accounts, "get_profile", None)
    async with world.client(ada.token) as client:
        answer = await client.get("/api/v1/me")
    assert answer.status_code == 500
    assert _error(answer)["code"] == "internal_error"
    assert "NoneType" not in answer.text
    assert "unhandled error" in caplog.text


async def test_live_whatever_is_away_ready_only_with_all_that_is_needed() -> None:
    async def fine() -> None: ...

    async def away() -> None:
        raise ConnectionError("no route to host 10.0.0.7")

    probes = {"postgresql": Probe(away), "redis": Probe(away, required=False), "newapi": Probe(fine)}
    async with make_world(probes=probes).client() as client:
        assert (await client.get("/health")).status_code == 200
        answer = await client.get("/ready")
    assert answer.status_code == 503
    assert {one["name"]: one["status"] for one in answer.json()["dependencies"]} == {
        "postgresql": "away",
        "redis": "away",
        "newapi": "ok",
    }
    assert "10.0.0.7" not in answer.text
    async with make_world(probes={"redis": probes["redis"]}).client() as client:
        assert (await client.get("/ready")).status_code == 200


async def test_a_dependency_that_hangs_does_not_hang_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("deepspace_http.probing.PROBE_TIMEOUT_SECONDS", 0.01)
    async with make_world(probes={"postgresql": Probe(hangs)}).client() as client:
        answer = await client.get("/ready")
    assert answer.json()["dependencies"][0]["status"] == "slow"


async def test_metrics_count_by_template_and_not_by_path(as_ada: httpx.AsyncClient) -> None:
    await as_ada.get(f"/api/v1/projects/proj_{'0' * 32}")
    await as_ada.get("/scanner/was/here")
    text = (await as_ada.get("/metrics")).text
    assert 'route="/api/v1/projects/{project_id}",status="404"' in text
    assert "scanner" not in text
    assert 'route="(unmatched)"' in text


async def test_metrics_are_for_this_machine_or_a_token() -> None:
    world = make_world(settings=HttpSettings(base_url=BASE_URL, metrics_token="0123456789abcdef"))
    async with httpx.AsyncClient(transport=transport_to(world.app, address="203.0.113.9"), base_url=BASE_URL) as client:
        assert (await client.get("/metrics")).status_code == 403
        shown = await client.get("/metrics", headers={"authorization": "Bearer 0123456789abcdef"})
        assert shown.status_code == 200
    async with world.client() as client:
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"})).status_code == 403


async def test_the_root_is_a_signpost(anybody: httpx.AsyncClient) -> None:
    assert msgspec.json.decode((await anybody.get("/")).content)["reference"] == "/docs"
