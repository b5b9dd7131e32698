"""The front ends as the gateway serves them: files, pages, what stays the API's, and what protects the reader."""

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar import get

from deepspace_http.app import create_app
from deepspace_http.web_site import WebSite, accepted_encodings
from tests.http.world import BASE_URL, World, transport_to

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = b"console.log('deep space')" * 100


@get("/v1/models", include_in_schema=False, sync_to_thread=False)
def show_models() -> str:
    """Stands for the routes that the gateway brings along."""
    return "models"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build, as small as can be."""
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>user</title>")
    (tmp_path / "admin.html").write_text("<!doctype html><title>admin</title>")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (assets / "user-abc.js").write_bytes(SCRIPT)
    (assets / "user-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "user-abc.js.br").write_bytes(b"brotli")
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text("{}")
    return tmp_path


@pytest.fixture
async def browser(world: World, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with these pages. It takes nothing compressed unless it says so."""
    app = create_app(world.app.state.application, gateway_routes=[show_models], site=WebSite(folder))
    headers = {"accept-encoding": "identity"}
    async with httpx.AsyncClient(transport=transport_to(app), base_url=BASE_URL, headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "user"),
        ("/chat/conv_1?q=x", "user"),
        ("/index.html", "user"),
        ("/administrator", "user"),
        ("/admin", "admin"),
        ("/admin/users", "admin"),
    ],
)
async def test_a_person_who_navigates_gets_the_page_of_the_web(
    browser: httpx.AsyncClient, path: str, title: str
) -> None:
    page = await browser.get(path, headers=BROWSER)
    assert page.status_code == 200
    assert f"<title>{title}</title>" in page.text
    assert page.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/v1/nowhere", "/docs/nowhere", "/assets/gone-abc.js"])
async def test_what_is_the_apis_stays_the_apis(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_a_program_gets_the_signpost_and_errors_in_json(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/")).json()["openai_api"] == "/v1"
    answer = await browser.get("/nowhere", headers={"accept": "*/*"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert (await browser.post("/", headers=BROWSER)).status_code == 405


async def test_pages_run_our_own_scripts_only(browser: httpx.AsyncClient) -> None:
    headers = (await browser.get("/", headers=BROWSER)).headers
    policy = dict(one.split(" ", 1) for one in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data: blob:"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


async def test_files_with_a_hash_in_their_name_are_kept_for_ever(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/user-abc.js")
    assert answer.content == SCRIPT
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert (await browser.get("/favicon.svg")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("gzip, br;q=0", "gzip"), ("identity", None), ("zstd", None)],
)
async def test_the_form_that_was_made_at_build_time_is_sent(
    browser: httpx.AsyncClient, accepted: str, sent: str | None
) -> None:
    request = browser.build_request("GET", "/assets/user-abc.js", headers={"accept-encoding": accepted})
    answer = await browser.send(request, stream=True)
    raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == sent
    assert answer.headers["vary"] == "accept-encoding"
    assert len(raw) == int(answer.headers["content-length"])


async def test_what_has_not_changed_is_not_sent_again(browser: httpx.AsyncClient) -> None:
    first = await browser.get("/", headers=BROWSER)
    again = await browser.get("/", headers={**BROWSER, "if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_the_head_of_a_file_has_its_length_and_no_body(browser: httpx.AsyncClient) -> None:
    answer = await browser.head("/assets/user-abc.js")
    assert answer.headers["content-length"] == str(len(SCRIPT))
    assert answer.content == b""


@pytest.mark.parametrize(
    "path", ["/.vite/manifest.json", "/assets/../../pyproject.toml", "/assets/%2e%2e/index.html", "/assets//etc/passwd"]
)
async def test_nothing_but_the_files_of_the_build_can_be_had(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).status_code == 404


async def test_a_new_build_is_served_without_a_restart(browser: httpx.AsyncClient, folder: Path) -> None:
    before = await browser.get("/", headers=BROWSER)
    page = folder / "index.html"
    page.write_text("<!doctype html><title>newer</title>")
    os.utime(page, (page.stat().st_atime, page.stat().st_mtime + 10))
    after = await browser.get("/", headers={**BROWSER, "if-none-match": before.headers["etag"]})
    assert (after.status_code, "newer" in after.text) == (200, True)


async def test_where_nothing_is_built_a_person_is_told_how_to(world: World, tmp_path: Path) -> None:
    app = create_app(world.app.state.application, site=WebSite(tmp_path))
    async with httpx.AsyncClient(transport=transport_to(app), base_url=BASE_URL) as client:
        page = await client.get("/chat", headers=BROWSER)
        assert (await client.get("/")).json()["reference"] == "/docs"
    assert page.status_code == 503
    assert "make web" in page.text
    assert "<script" not in page.text


def test_an_encoding_with_weight_zero_is_refused() -> None:
    assert accepted_encodings("gzip;q=1.0, br;q=0, *;q=0.5") == ["gzip", "*"]
