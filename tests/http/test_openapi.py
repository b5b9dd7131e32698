"""The OpenAPI document: whole, valid, with an example and the errors of every route."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar import get
from litestar.routes import HTTPRoute

from deepspace_http.app import create_app
from deepspace_http.openapi import METHODS, example_of
from tests.http.world import World, transport_to

Json = dict[str, Any]


@pytest.fixture
def document(world: World) -> Json:
    found: Json = msgspec.json.decode(world.app.state.document.encoded)
    return found


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _media(operation: Json) -> Iterator[Json]:
    for body in (operation.get("requestBody", {}), *operation["responses"].values()):
        yield from body.get("content", {}).values()


def test_every_reference_leads_somewhere(document: Json) -> None:
    schemas = document["components"]["schemas"]
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_every_route_stands_in_the_document(world: World, document: Json) -> None:
    served = {
        (method.lower(), re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path))
        for route in world.app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method.lower() in METHODS and not route.path.startswith("/docs") and route.path != "/openapi.json"
    }
    assert served == {(method, path) for method, path, _ in _operations(document)}


def test_every_operation_says_what_it_does_once(document: Json) -> None:
    names = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(names) == len(set(names))
    for method, path, operation in _operations(document):
        assert operation.get("summary"), (method, path)
        assert operation.get("description"), (method, path)


def test_every_body_has_an_example(document: Json) -> None:
    for method, path, operation in _operations(document):
        for media in _media(operation):
            assert media.get("example") is not None or "examples" in media or path == "/metrics", (method, path)


def test_every_text_field_has_an_example_of_its_own(document: Json) -> None:
    """`text` is what the composer falls back to where a field's author gave none."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        for field, one in schema.get("properties", {}).items():
            assert name == "Error" or example_of(one, schemas) != "text", f"{name}.{field}"


def test_every_guarded_operation_documents_its_refusals(document: Json) -> None:
    for method, path, operation in _operations(document):
        expected = {"400", "500", "503"}
        if path.startswith("/api/v1") and operation.get("security"):
            expected |= {"401", "403"}
        if "{" in path:
            expected.add("404")
        if "requestBody" in operation:
            expected |= {"413", "415"}
        assert expected <= operation["responses"].keys(), (method, path)
        for status in expected:
            assert operation["responses"][status]["content"]["application/json"]["example"]["error"]["code"]


def test_what_asks_for_credentials_says_so(document: Json) -> None:
    open_paths = (
        "auth/register",
        "auth/registration",
        "auth/login",
        "auth/refresh",
        "downloads/{token}",
        "invitations/read",
    )
    public = {f"/api/v1/{path}" for path in open_paths}
    for method, path, operation in _operations(document):
        if path.startswith("/api/v1"):
            assert bool(operation.get("security")) is (path not in public), (method, path)


async def test_the_page_needs_nothing_from_elsewhere(anybody: httpx.AsyncClient) -> None:
    page = await anybody.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "/api/v1/keys" in page.text
    assert "<script" not in page.text
    assert not re.search(r'(src|href)="https?:', page.text)


async def test_raw_routes_come_in_by_fragments(world: World) -> None:
    @get("/extra", include_in_schema=False, sync_to_thread=False)
    def extra() -> str:
        return "served"

    fragments = {
        "/extra": {"get": {"operationId": "Extra", "summary": "An extra", "responses": {"200": {"description": "ok"}}}},
        "#/components/schemas": {"Extra": {"type": "object", "properties": {}}},
    }
    app = create_app(world.app.state.application, gateway_routes=[extra], openapi_fragments=fragments)
    async with httpx.AsyncClient(transport=transport_to(app), base_url="http://x.test") as client:
        assert (await client.get("/extra")).text == "served"
        document = (await client.get("/openapi.json")).json()
    assert "500" in document["paths"]["/extra"]["get"]["responses"]
    assert "Extra" in document["components"]["schemas"]
