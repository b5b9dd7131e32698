"""Exports over HTTP: asked for, written by their job, downloaded by whoever may."""

from typing import Any

import httpx
import pytest

from deepspace_core.exports import ExportId
from deepspace_core.exports.use_cases import WriteExport
from deepspace_core.kernel.ids import read_id
from tests.core.exports.rows import Listener
from tests.http.world import World, compose

AT = "/api/v1/exports"


async def _written(world: World, client: httpx.AsyncClient, **asked: object) -> dict[str, Any]:
    made = await client.post(AT, json={"kind": "audit", **asked})
    assert made.status_code == 202, made.text
    write = compose(WriteExport, world.ports)
    await write(export_id=ExportId(read_id("export", made.json()["id"], param="id")), context=Listener())
    body: dict[str, Any] = (await client.get(f"{AT}/{made.json()['id']}")).json()
    return body


async def test_an_export_is_asked_for_written_and_downloaded(world: World, as_ada: httpx.AsyncClient) -> None:
    asked = await as_ada.post(AT, json={"kind": "audit"})
    early = await as_ada.get(f"{AT}/{asked.json()['id']}/content")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "export_not_ready")
    export = await _written(world, as_ada, format="csv", time_zone="Asia/Shanghai")
    assert (export["ready"], export["rows"], export["kind"]) == (True, 1, "audit")
    content = await as_ada.get(f"{AT}/{export['id']}/content")
    assert content.text == (
        "\ufeffat,id,event_type,actor,subject,trace_id,payload\r\n"
        "2030-01-01T20:00:00+08:00,text,text,text,text,text,text\r\n"
    )
    assert export["file_name"] in content.headers["content-disposition"]
    part = await as_ada.get(f"{AT}/{export['id']}/content", headers={"range": "bytes=3-4"})
    assert (part.status_code, part.text) == (206, "at")


@pytest.mark.parametrize("wanted", ["csv", "jsonl", "md", "parquet"])
async def test_each_format_is_its_own_type(world: World, as_ada: httpx.AsyncClient, wanted: str) -> None:
    export = await _written(world, as_ada, format=wanted)
    content = await as_ada.get(f"{AT}/{export['id']}/content")
    assert (content.status_code, len(content.content)) == (200, export["size_bytes"])
    assert export["file_name"].endswith(f".{wanted}")


async def test_a_link_downloads_an_export_until_it_is_deleted(
    world: World, as_ada: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    export = await _written(world, as_ada)
    url = (await as_ada.post(f"{AT}/{export['id']}/links", json={})).json()["url"]
    assert (await anybody.get(url)).status_code == 200
    assert (await as_ada.delete(f"{AT}/{export['id']}")).status_code == 204
    assert (await anybody.get(url)).json()["error"]["code"] == "link_invalid"
    gone = await as_ada.get(f"{AT}/{export['id']}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "export_not_found")


async def test_an_export_ends_with_its_time(world: World, as_ada: httpx.AsyncClient) -> None:
    export = await _written(world, as_ada)
    secret = (await as_ada.post("/api/v1/keys", json={"name": "k", "scopes": ["audit:read"]})).json()["secret"]
    async with world.client(secret) as client:
        assert (await client.get(f"{AT}/{export['id']}")).status_code == 404
        own = await _written(world, client)
        world.clock.advance(seconds=7 * 86_400)
        assert (await client.get(f"{AT}/{own['id']}/content")).json()["error"]["code"] == "export_not_found"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"since": "2030-01-02T00:00:00Z", "until": "2030-01-01T00:00:00Z"}, "to"),
        ({"project_id": f"proj_{'1' * 32}"}, "project_id"),
        ({"kind": "secrets"}, "kind"),
        ({"format": "xlsx"}, "format"),
    ],
)
async def test_what_can_not_be_exported_is_told_by_name(
    as_ada: httpx.AsyncClient, changes: dict[str, object], param: str
) -> None:
    answer = await as_ada.post(AT, json={"kind": "audit", **changes})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_who_may_not_read_may_not_export(world: World, as_ada: httpx.AsyncClient) -> None:
    project = (await as_ada.post("/api/v1/projects", json={"name": "Mine"})).json()["id"]
    body = {"name": "k", "scopes": ["wallet:read", "usage:read"], "project_id": project}
    secret = (await as_ada.post("/api/v1/keys", json=body)).json()["secret"]
    async with world.client(secret) as client:
        assert (await client.post(AT, json={"kind": "audit"})).json()["error"]["code"] == "permission_missing"
        assert (await client.post(AT, json={"kind": "transactions"})).json()["error"]["code"] == "forbidden"
        usage = await client.post(AT, json={"kind": "usage"})
        assert (usage.status_code, usage.json()["project_id"]) == (202, project)


async def test_only_so_many_are_kept_for_one_caller(as_ada: httpx.AsyncClient) -> None:
    for _ in range(50):
        assert (await as_ada.post(AT, json={"kind": "usage"})).status_code == 202
    answer = await as_ada.post(AT, json={"kind": "usage"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_exports")
