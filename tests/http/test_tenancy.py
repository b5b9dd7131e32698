"""Nobody sees, changes or even learns of what belongs to another tenant: every route, walked with another's ids."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx
import msgspec
import pytest
from litestar.routes import HTTPRoute

from deepspace_core.kernel.ids import OrgId, read_id, show_id
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_http.auth import PUBLIC
from deepspace_http.openapi import METHODS
from tests.fakes import TRACE
from tests.http.world import Person, World

SECRET_NAME = "Evas hidden treasure"


@dataclass(frozen=True)
class Route:
    """One operation of the application."""

    method: str
    path: str
    public: bool
    example: Any


def _routes(world: World) -> Iterator[Route]:
    document = msgspec.json.decode(world.app.state.document.encoded)
    for route in world.app.routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith("/api/v1"):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            if method.lower() in METHODS:
                path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
                operation = document["paths"][path][method.lower()]
                body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
                yield Route(method, path, bool(handler.opt.get("public")), body.get("example"))


async def _call(client: httpx.AsyncClient, route: Route, ids: Mapping[str, str]) -> httpx.Response:
    path = re.sub(r"\{(\w+)\}", lambda match: ids[match[1]], route.path)
    return await client.request(route.method, path, json=route.example)


@pytest.fixture
async def hers(world: World, root: Person) -> Mapping[str, str]:
    """One of everything, of a tenant called Eva, by the names that paths use."""
    eva = await world.register("eva")
    async with world.client(eva.token) as client:
        workspace = (await client.post("/api/v1/workspaces", json={"name": SECRET_NAME, "slug": "evas-own"})).json()
        project = (await client.post("/api/v1/projects", json={"name": SECRET_NAME})).json()
        key = (await client.post("/api/v1/keys", json={"name": SECRET_NAME})).json()
        rule = (await client.post("/api/v1/policy/ip-rules", json={"action": "allow", "network": "10.0.0.0/8"})).json()
        limit = (
            await client.put(
                "/api/v1/policy/limits", json={"scope": "org", "metric": "requests", "window_seconds": 60, "cap": 5}
            )
        ).json()
        chat = (await client.post("/api/v1/conversations", json={"model": "small", "title": SECRET_NAME})).json()
        path = f"/api/v1/conversations/{chat['id']}/messages"
        await client.post(path, json={"content": SECRET_NAME, "stream": False})
        said = (await client.get(path)).json()["data"][0]
        upload = await client.post(f"/api/v1/projects/{project['id']}/files?name={SECRET_NAME}", content=b"x")
        terms = {"url": "https://hooks.example.org/in", "description": SECRET_NAME}
        webhook = (await client.post("/api/v1/webhooks", json=terms)).json()["webhook"]
        ping = (await client.post(f"/api/v1/webhooks/{webhook['id']}/ping")).json()
        export = (await client.post("/api/v1/exports", json={"kind": "audit"})).json()
        guest = {"email": "guest@example.org", "role": "viewer"}
        invited = (await client.post(f"/api/v1/orgs/{eva.org_id}/invitations", json=guest)).json()
        session = (await client.get("/api/v1/auth/sessions")).json()["data"][0]
        trace_id = (await client.patch("/api/v1/me", json={"display_name": "Eva"})).headers["x-trace-id"]
    job_id = await _a_job(world, eva)
    async with world.client(root.token) as client:
        await client.post(
            f"/api/v1/admin/wallets/{eva.org_id}/top-ups", json={"ref": "r1", "amount_nanos": 7, "reason": SECRET_NAME}
        )
    return {
        "org_id": eva.org_id,
        "user_id": eva.user_id,
        "workspace_id": workspace["id"],
        "project_id": project["id"],
        "api_key_id": key["key"]["id"],
        "invitation_id": invited["invitation"]["id"],
        "rule_id": rule["id"],
        "limit_id": limit["id"],
        "conversation_id": chat["id"],
        "message_id": said["id"],
        "export_id": export["id"],
        "webhook_id": webhook["id"],
        "delivery_id": ping["id"],
        "file_id": upload.json()["id"],
        "session_id": session["id"],
        "job_id": job_id,
        "schedule_name": "usage.roll_up",
        "trace_id": trace_id,
        "hold_id": f"hold_{'1' * 32}",
        "channel_name": "default",
        "reconciliation_id": f"recon_{'1' * 32}",
        "usage_id": f"usage_{'1' * 32}",
        "model_id": f"model_{'1' * 32}",
    }


async def _a_job(world: World, owner: Person) -> str:
    unit_of_work, queue = cast(UnitOfWork, world.ports[UnitOfWork]), cast(JobQueue, world.ports[JobQueue])
    org_id = OrgId(read_id("org", owner.org_id, param="org_id"))
    async with unit_of_work() as tx:
        job_id = await queue.enqueue(tx, name=SECRET_NAME, payload={}, trace_id=TRACE, org_id=org_id)
        await tx.commit()
    return show_id("job", job_id)


async def test_another_tenants_ids_are_not_found(world: World, ada: Person, hers: Mapping[str, str]) -> None:
    async with world.client(ada.token) as client:
        for route in _routes(world):
            if route.public or "{" not in route.path:
                continue
            answer = await _call(client, route, hers)
            expected = {403} if route.path.startswith("/api/v1/admin") else {404}
            assert answer.status_code in expected, (route.method, route.path, answer.text)
            assert SECRET_NAME not in answer.text
    async with world.client(await world.log_in("eva@example.org")) as client:
        assert (await client.get(f"/api/v1/projects/{hers['project_id']}")).json()["archived_at"] is None
        key = (await client.get(f"/api/v1/keys/{hers['api_key_id']}")).json()
        assert (key["revoked_at"], key["name"], key["scopes"]) == (None, SECRET_NAME, ["models:use"])


async def test_lists_hold_nothing_of_another_tenant(world: World, ada: Person, hers: Mapping[str, str]) -> None:
    async with world.client(ada.token) as client:
        for route in _routes(world):
            if route.method == "GET" and "{" not in route.path and "/admin" not in route.path:
                answer = await client.get(route.path)
                assert answer.status_code in {200, 400}, (route.path, answer.text)
                assert SECRET_NAME not in answer.text, route.path
                assert hers["org_id"] not in answer.text, route.path


@pytest.mark.parametrize("way", ["x-deepspace-org", "x-deepspace-project"])
async def test_another_tenant_can_not_be_acted_in(world: World, ada: Person, hers: Mapping[str, str], way: str) -> None:
    header = {way: hers["org_id"] if way == "x-deepspace-org" else hers["project_id"]}
    async with world.client(ada.token, **header) as client:
        for path in ("/api/v1/projects", "/api/v1/wallet", "/api/v1/transactions", "/api/v1/audit/events"):
            answer = await client.get(path)
            assert answer.status_code == 404, (path, answer.text)


async def test_a_key_can_not_be_used_in_another_organization(
    world: World, ada: Person, hers: Mapping[str, str]
) -> None:
    async with world.client(ada.token) as client:
        scopes = ["organization:read", "projects:read", "wallet:read"]
        secret = (await client.post("/api/v1/keys", json={"name": "mine", "scopes": scopes})).json()["secret"]
    async with world.client(secret) as client:
        assert (await client.get(f"/api/v1/orgs/{ada.org_id}")).status_code == 200
        assert (await client.get(f"/api/v1/orgs/{hers['org_id']}")).status_code == 404
        assert (await client.get("/api/v1/wallet", headers={"x-deepspace-org": hers["org_id"]})).status_code == 404


async def test_every_route_asks_who_is_there(world: World, hers: Mapping[str, str], anybody: httpx.AsyncClient) -> None:
    guarded = [route for route in _routes(world) if not route.public]
    assert len(guarded) > 60
    for route in guarded:
        for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic YTpi"}):
            anybody.headers = httpx.Headers(headers)
            answer = await _call(anybody, route, hers)
            assert answer.status_code == 401, (route.method, route.path, answer.text)


async def test_every_administrators_route_refuses_the_owner_of_an_organization(
    world: World, ada: Person, hers: Mapping[str, str], as_ada: httpx.AsyncClient
) -> None:
    own = {**hers, "org_id": ada.org_id, "user_id": ada.user_id}
    routes = [route for route in _routes(world) if route.path.startswith("/api/v1/admin")]
    assert len(routes) > 20
    for route in routes:
        answer = await _call(as_ada, route, own)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "administrator_required"), route.path


def test_only_log_in_and_links_that_carry_a_secret_are_open(world: World) -> None:
    assert PUBLIC == {"public": True}
    assert {route.path for route in _routes(world) if route.public} == {
        "/api/v1/auth/register",
        "/api/v1/auth/registration",
        "/api/v1/auth/login",
        "/api/v1/auth/refresh",
        "/api/v1/downloads/{token}",
        "/api/v1/invitations/read",
    }
