"""Files over HTTP: streamed up and down, in ranges, by links, within bounds."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from deepspace_adapters.memory.objects import MemoryObjects
from deepspace_core.kernel.ports.object_store import ObjectStore
from tests.http.world import Person, World

CONTENT = b"name,amount\nAda,1\n"


async def _project(client: httpx.AsyncClient) -> str:
    found = (await client.get("/api/v1/projects")).json()["data"]
    return f"/api/v1/projects/{found[0]['id']}"


async def _upload(client: httpx.AsyncClient, content: bytes = CONTENT, **query: str) -> httpx.Response:
    headers = {"content-type": "text/csv"}
    return await client.post(f"{await _project(client)}/files", params=query, content=content, headers=headers)


async def _stored(client: httpx.AsyncClient, content: bytes = CONTENT, **query: str) -> dict[str, Any]:
    answer = await _upload(client, content, **{"name": "sheet.csv", **query})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_file_goes_up_and_comes_down_the_same(as_ada: httpx.AsyncClient) -> None:
    file = await _stored(as_ada, made_by="run:7")
    assert (file["name"], file["content_type"], file["size_bytes"]) == ("sheet.csv", "text/csv", len(CONTENT))
    assert (file["sha256"], file["made_by"]) == (hashlib.sha256(CONTENT).hexdigest(), "run:7")
    at = f"{await _project(as_ada)}/files/{file['id']}"
    assert (await as_ada.get(at)).json() == file
    content = await as_ada.get(f"{at}/content")
    assert (content.status_code, content.content) == (200, CONTENT)
    assert content.headers["content-type"].startswith("text/csv")
    assert content.headers["content-length"] == str(len(CONTENT))
    assert content.headers["content-disposition"].startswith('attachment; filename="sheet.csv"')
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["etag"] == f'"{file["sha256"]}"'


async def test_a_body_without_a_length_is_stored_as_it_comes(as_ada: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b"\x89PNG\r\n\x1a\n" + b"x" * 92

    answer = await as_ada.post(f"{await _project(as_ada)}/files?name=plot.png", content=pieces())
    assert (answer.status_code, answer.json()["size_bytes"], answer.json()["content_type"]) == (201, 900, "image/png")


@pytest.mark.parametrize(
    ("asked", "status", "part", "told"),
    [
        ("bytes=0-3", 206, CONTENT[:4], "bytes 0-3/18"),
        ("bytes=5-", 206, CONTENT[5:], "bytes 5-17/18"),
        ("bytes=-4", 206, CONTENT[-4:], "bytes 14-17/18"),
        ("bytes=0-99", 200, CONTENT, None),
        ("bytes=0-1,4-5", 200, CONTENT, None),
        ("lines=1-2", 200, CONTENT, None),
    ],
)
async def test_a_range_is_sent_alone(
    as_ada: httpx.AsyncClient, asked: str, status: int, part: bytes, told: str | None
) -> None:
    file = await _stored(as_ada)
    answer = await as_ada.get(f"{await _project(as_ada)}/files/{file['id']}/content", headers={"range": asked})
    assert (answer.status_code, answer.content, answer.headers.get("content-range")) == (status, part, told)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [("bytes=18-", 416, "range_not_satisfiable"), ("bytes=9-3", 400, "invalid_input"), ("bytes=-0", 416, None)],
)
async def test_a_range_outside_the_file_is_refused(
    as_ada: httpx.AsyncClient, asked: str, status: int, code: str | None
) -> None:
    file = await _stored(as_ada)
    answer = await as_ada.get(f"{await _project(as_ada)}/files/{file['id']}/content", headers={"range": asked})
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, "range")
    assert code in {None, answer.json()["error"]["code"]}


async def test_an_empty_file_is_sent_whole(as_ada: httpx.AsyncClient) -> None:
    file = await _stored(as_ada, b"")
    answer = await as_ada.get(f"{await _project(as_ada)}/files/{file['id']}/content")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_file_larger_than_allowed_is_refused_and_leaves_nothing(
    world: World, as_ada: httpx.AsyncClient
) -> None:
    answer = await _upload(as_ada, b"x" * 1_001)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
    objects = world.ports[ObjectStore]
    assert isinstance(objects, MemoryObjects)
    assert objects.objects == {}
    assert (await as_ada.get("/api/v1/storage")).json() == {"files": 0, "bytes_used": 0, "bytes_max": 2_500}


async def test_the_quota_is_the_organizations_and_deleting_gives_it_back(as_ada: httpx.AsyncClient) -> None:
    first = await _stored(as_ada, b"x" * 1_000)
    await _stored(as_ada, b"x" * 1_000)
    refused = await _upload(as_ada, b"x" * 501)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "storage_full")
    await _stored(as_ada, b"x" * 500)
    assert (await _upload(as_ada, b"")).json()["error"]["code"] == "storage_full"
    assert (await as_ada.delete(f"{await _project(as_ada)}/files/{first['id']}")).status_code == 204
    assert (await as_ada.get("/api/v1/storage")).json() == {"files": 2, "bytes_used": 1_500, "bytes_max": 2_500}
    assert (await as_ada.get(f"{await _project(as_ada)}/files/{first['id']}")).status_code == 404


async def test_lists_are_pages_and_can_be_narrowed(as_ada: httpx.AsyncClient) -> None:
    made = [(await _stored(as_ada, name=f"sheet-{number}.csv"))["id"] for number in range(3)]
    plot = await _stored(as_ada, name="plot.png", made_by="run:1")
    at = f"{await _project(as_ada)}/files"
    first = (await as_ada.get(at, params={"limit": 2})).json()
    rest = (await as_ada.get(at, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == [plot["id"], *reversed(made)]
    assert rest["next_cursor"] is None
    artifacts = (await as_ada.get(at, params={"artifacts": "true"})).json()
    assert [one["name"] for one in artifacts["data"]] == ["plot.png"]
    assert [one["id"] for one in (await as_ada.get(at, params={"name": "EET-1"})).json()["data"]] == [made[1]]


@pytest.mark.parametrize("name", ["", " ", "a/b", "..\\x", ".hidden", "ends.", "a\tb", "x" * 256, "a:b"])
async def test_a_name_that_could_mislead_is_refused(as_ada: httpx.AsyncClient, name: str) -> None:
    answer = await _upload(as_ada, name=name)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "name")


async def test_a_name_in_any_script_is_sent_as_it_is(as_ada: httpx.AsyncClient) -> None:
    file = await _stored(as_ada, name='测量 "é".csv'.replace('"', ""))
    answer = await as_ada.get(f"{await _project(as_ada)}/files/{file['id']}/content")
    told = answer.headers["content-disposition"]
    assert told == "attachment; filename=\"__ _.csv\"; filename*=UTF-8''%E6%B5%8B%E9%87%8F%20%C3%A9.csv"


async def test_a_link_needs_no_account_and_ends_with_its_time(
    world: World, as_ada: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    file = await _stored(as_ada)
    at = f"{await _project(as_ada)}/files/{file['id']}"
    link = (await as_ada.post(f"{at}/links", json={"lifetime_seconds": 60})).json()
    assert (await anybody.get(link["url"])).content == CONTENT
    part = await anybody.get(link["url"], headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, CONTENT[:4])
    world.clock.advance(seconds=60)
    over = await anybody.get(link["url"])
    assert (over.status_code, over.json()["error"]["code"]) == (410, "link_expired")


async def test_a_link_ends_with_its_file_and_can_not_be_made_up(
    as_ada: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    file = await _stored(as_ada)
    at = f"{await _project(as_ada)}/files/{file['id']}"
    url: str = (await as_ada.post(f"{at}/links", json={})).json()["url"]
    flipped = url[:-1] + ("A" if url[-1] != "A" else "B")
    for made_up in (flipped, url[:-5], url + "AA", url.rpartition("/")[0] + "/nonsense", url + "é"):
        answer = await anybody.get(made_up)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "link_invalid"), made_up
    await as_ada.delete(at)
    assert (await anybody.get(url)).json()["error"]["code"] == "link_invalid"


async def test_a_links_life_is_bounded(as_ada: httpx.AsyncClient) -> None:
    file = await _stored(as_ada)
    at = f"{await _project(as_ada)}/files/{file['id']}/links"
    for seconds in (0, -1, 604_801):
        answer = await as_ada.post(at, json={"lifetime_seconds": seconds})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "lifetime_seconds")


async def test_a_file_of_one_project_is_not_found_in_another(as_ada: httpx.AsyncClient) -> None:
    file = await _stored(as_ada)
    other = (await as_ada.post("/api/v1/projects", json={"name": "Other"})).json()["id"]
    for method, tail in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        answer = await as_ada.request(method, f"/api/v1/projects/{other}/files/{file['id']}{tail}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "file_not_found")


async def test_an_archived_project_takes_no_more_files(as_ada: httpx.AsyncClient) -> None:
    project = (await as_ada.post("/api/v1/projects", json={"name": "Old"})).json()["id"]
    await as_ada.delete(f"/api/v1/projects/{project}")
    answer = await as_ada.post(f"/api/v1/projects/{project}/files?name=a", content=b"x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "project_archived")


async def test_a_key_bound_to_a_project_reaches_its_files_alone(
    world: World, ada: Person, as_ada: httpx.AsyncClient
) -> None:
    mine = (await as_ada.post("/api/v1/projects", json={"name": "Mine"})).json()["id"]
    body = {"name": "k", "scopes": ["files:read"], "project_id": mine}
    secret = (await as_ada.post("/api/v1/keys", json=body)).json()["secret"]
    default = await _project(as_ada)
    async with world.client(secret) as client:
        assert (await client.get(f"/api/v1/projects/{mine}/files")).status_code == 200
        if not default.endswith(mine):
            assert (await client.get(f"{default}/files")).status_code == 404
        refused = await client.post(f"/api/v1/projects/{mine}/files?name=a", content=b"x")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_missing")


async def test_the_trail_tells_of_uploads_links_and_deletions(as_ada: httpx.AsyncClient) -> None:
    file = await _stored(as_ada)
    at = f"{await _project(as_ada)}/files/{file['id']}"
    await as_ada.post(f"{at}/links", json={})
    await as_ada.delete(at)
    found = (await as_ada.get("/api/v1/audit/events", params={"event_type": "file."})).json()["data"]
    assert [event["event_type"] for event in found] == ["file.deleted", "file.link_made", "file.stored"]
    assert {event["subject"] for event in found} == {file["id"]}
