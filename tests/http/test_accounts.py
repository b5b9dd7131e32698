"""Registration, log-in, sessions, cookies, password and profile, over HTTP."""

import httpx
import pytest

from deepspace_http.application import HttpSettings
from tests.http.world import BASE_URL, PASSWORD, Person, World, make_world

LOGIN = "/api/v1/auth/login"
OWN_PAGE = {"sec-fetch-site": "same-origin"}


async def test_registration_gives_a_user_with_a_place_to_work(as_ada: httpx.AsyncClient) -> None:
    profile = (await as_ada.get("/api/v1/me")).json()
    assert profile["user"]["email"] == "ada@example.org"
    assert [one["role"] for one in profile["organizations"]] == ["owner"]
    projects = (await as_ada.get("/api/v1/projects")).json()
    assert [project["is_default"] for project in projects["data"]] == [True]
    wallet = (await as_ada.get("/api/v1/wallet")).json()
    assert (wallet["balance_nanos"], wallet["balance"]) == (0, "0")


async def test_a_taken_address_is_a_conflict_not_worth_retrying(ada: Person, anybody: httpx.AsyncClient) -> None:
    answer = await anybody.post(
        "/api/v1/auth/register", json={"email": ada.email, "password": PASSWORD, "display_name": "Other"}
    )
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "email_taken"
    assert answer.headers["x-should-retry"] == "false"


async def test_registration_can_be_closed() -> None:
    closed = make_world(settings=HttpSettings(base_url=BASE_URL, registration_open=False))
    async with closed.client() as client:
        answer = await client.post(
            "/api/v1/auth/register", json={"email": "a@b.example", "password": PASSWORD, "display_name": "A"}
        )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "registration_closed")


async def test_a_wrong_password_and_an_unknown_address_look_the_same(ada: Person, anybody: httpx.AsyncClient) -> None:
    wrong = await anybody.post(LOGIN, json={"email": ada.email, "password": "not the password"})
    unknown = await anybody.post(LOGIN, json={"email": "nobody@example.org", "password": "not the password"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["error"]["code"] == unknown.json()["error"]["code"] == "wrong_credentials"
    assert wrong.json()["error"]["message"] == unknown.json()["error"]["message"]


async def test_too_many_attempts_are_locked_out_and_told_for_how_long(ada: Person, anybody: httpx.AsyncClient) -> None:
    answers = [await anybody.post(LOGIN, json={"email": ada.email, "password": "guess"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert answers[-1].json()["error"]["type"] == "rate_limit_error"


async def test_a_browser_gets_cookies_that_no_script_can_read(ada: Person, anybody: httpx.AsyncClient) -> None:
    answer = await anybody.post(LOGIN, json={"email": ada.email, "password": PASSWORD, "delivery": "cookie"})
    body, cookies = answer.json(), answer.headers.get_list("set-cookie")
    assert body["access_token"] is None
    assert body["refresh_token"] is None
    access, refresh = cookies
    assert access.startswith("deepspace_access=ds-at-")
    assert "Path=/;" in access
    assert refresh.startswith("deepspace_refresh=ds-rt-")
    assert "Path=/api/v1/auth" in refresh
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie
    assert "Max-Age=900" in access


async def test_cookies_are_secure_where_the_public_address_is_https() -> None:
    world = make_world(settings=HttpSettings(base_url="https://ai.example.com", cookies_secure=True))
    ada = await world.register("ada")
    async with world.client() as client:
        answer = await client.post(LOGIN, json={"email": ada.email, "password": PASSWORD, "delivery": "cookie"})
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))
    assert "strict-transport-security" in answer.headers


async def _with_cookies(client: httpx.AsyncClient, person: Person) -> None:
    await client.post(LOGIN, json={"email": person.email, "password": PASSWORD, "delivery": "cookie"})


async def test_a_cookie_reads_and_our_own_page_writes(ada: Person, anybody: httpx.AsyncClient) -> None:
    await _with_cookies(anybody, ada)
    assert (await anybody.get("/api/v1/me")).status_code == 200
    answer = await anybody.patch("/api/v1/me", json={"display_name": "Ada L."}, headers=OWN_PAGE)
    assert answer.json()["display_name"] == "Ada L."


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}])
async def test_another_site_can_not_write_with_a_cookie(
    ada: Person, anybody: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await _with_cookies(anybody, ada)
    answer = await anybody.patch("/api/v1/me", json={"display_name": "Mallory"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_origin")


async def test_a_cookie_refreshes_itself(ada: Person, anybody: httpx.AsyncClient) -> None:
    await _with_cookies(anybody, ada)
    before = anybody.cookies["deepspace_access"]
    answer = await anybody.post("/api/v1/auth/refresh", json={}, headers=OWN_PAGE)
    assert answer.status_code == 200
    assert anybody.cookies["deepspace_access"] != before
    forged = await anybody.post("/api/v1/auth/refresh", json={}, headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403


async def test_logging_out_ends_the_session_and_clears_its_cookies(ada: Person, anybody: httpx.AsyncClient) -> None:
    await _with_cookies(anybody, ada)
    token = anybody.cookies["deepspace_access"]
    answer = await anybody.post("/api/v1/auth/logout", headers=OWN_PAGE)
    assert answer.status_code == 204
    assert "deepspace_access" not in anybody.cookies
    again = await anybody.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
    assert (again.status_code, again.json()["error"]["code"]) == (401, "session_revoked")


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_session(
    ada: Person, anybody: httpx.AsyncClient
) -> None:
    opened = (await anybody.post(LOGIN, json={"email": ada.email, "password": PASSWORD})).json()
    first = await anybody.post("/api/v1/auth/refresh", json={"refresh_token": opened["refresh_token"]})
    assert first.status_code == 200
    again = await anybody.post("/api/v1/auth/refresh", json={"refresh_token": opened["refresh_token"]})
    assert (again.status_code, again.json()["error"]["code"]) == (401, "refresh_reused")
    dead = await anybody.get("/api/v1/me", headers={"authorization": f"Bearer {first.json()['access_token']}"})
    assert dead.status_code == 401


async def test_sessions_are_listed_and_ended(world: World, ada: Person, as_ada: httpx.AsyncClient) -> None:
    other = await world.log_in(ada.email)
    sessions = (await as_ada.get("/api/v1/auth/sessions")).json()["data"]
    assert [session["current"] for session in sessions] == [False, True]
    ended = await as_ada.delete(f"/api/v1/auth/sessions/{sessions[0]['id']}")
    assert ended.status_code == 204
    async with world.client(other) as client:
        assert (await client.get("/api/v1/me")).status_code == 401
    await world.log_in(ada.email)
    assert (await as_ada.post("/api/v1/auth/sessions/revoke-others")).json() == {"sessions_ended": 1}


async def test_signing_out_everywhere_ends_this_session_too(
    world: World, ada: Person, anybody: httpx.AsyncClient, as_ada: httpx.AsyncClient
) -> None:
    await _with_cookies(anybody, ada)
    forged = await anybody.post("/api/v1/auth/sessions/revoke-all", headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403
    answer = await anybody.post("/api/v1/auth/sessions/revoke-all", headers=OWN_PAGE)
    assert (answer.status_code, answer.json()) == (200, {"sessions_ended": 2})
    assert "deepspace_access" not in anybody.cookies
    assert (await as_ada.get("/api/v1/me")).json()["error"]["code"] == "session_revoked"
    assert (await anybody.post("/api/v1/auth/refresh", json={}, headers=OWN_PAGE)).status_code == 401
    async with world.client(await world.log_in(ada.email)) as client:
        key = (await client.post("/api/v1/keys", json={"name": "ci"})).json()["secret"]
    async with world.client(key) as client:
        refused = await client.post("/api/v1/auth/sessions/revoke-all")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "session_required")


async def test_a_form_is_told_whether_one_may_register(anybody: httpx.AsyncClient) -> None:
    assert (await anybody.get("/api/v1/auth/registration")).json() == {"open": True, "password_chars_min": 10}
    closed = make_world(settings=HttpSettings(base_url=BASE_URL, registration_open=False))
    async with closed.client() as client:
        assert (await client.get("/api/v1/auth/registration")).json()["open"] is False


async def test_a_profile_says_what_one_may_do_in_each_organization(
    world: World, ada: Person, as_ada: httpx.AsyncClient
) -> None:
    (own,) = (await as_ada.get("/api/v1/me")).json()["organizations"]
    assert {"owners:manage", "policy:manage"} <= set(own["permissions"])
    bob = await world.register("bob")
    await as_ada.post(f"/api/v1/orgs/{ada.org_id}/members", json={"email": bob.email, "role": "viewer"})
    async with world.client(bob.token) as client:
        found = (await client.get("/api/v1/me")).json()["organizations"]
    (viewer,) = [one for one in found if one["role"] == "viewer"]
    assert "usage:read" in viewer["permissions"]
    assert "models:use" not in viewer["permissions"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/auth/logout"),
        ("POST", "/api/v1/auth/password"),
        ("POST", "/api/v1/keys"),
        ("POST", "/api/v1/orgs"),
        ("POST", "/api/v1/invitations/accept"),
        ("PUT", "/api/v1/wallet/budgets"),
        ("DELETE", "/api/v1/auth/sessions/sess_0198c0ffee007abc8def0123456789ab"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "same-site"}, {"origin": "null"}])
async def test_no_other_page_changes_anything_with_a_cookie(
    ada: Person, anybody: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]
) -> None:
    await _with_cookies(anybody, ada)
    answer = await anybody.request(method, path, json={}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_origin")


async def test_a_new_password_ends_the_other_sessions(world: World, ada: Person, as_ada: httpx.AsyncClient) -> None:
    await world.log_in(ada.email)
    wrong = await as_ada.post(
        "/api/v1/auth/password", json={"current_password": "wrong", "new_password": "a new long password"}
    )
    assert wrong.json()["error"]["param"] == "current_password"
    answer = await as_ada.post(
        "/api/v1/auth/password", json={"current_password": PASSWORD, "new_password": "a new long password"}
    )
    assert answer.json() == {"sessions_ended": 1}


async def test_an_expired_access_token_says_so(world: World, as_ada: httpx.AsyncClient) -> None:
    world.clock.advance(seconds=15 * 60)
    answer = await as_ada.get("/api/v1/me")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "session_expired")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_address_of_a_session_is_believed_through_trusted_proxies_only(
    world: World, ada: Person, as_ada: httpx.AsyncClient
) -> None:
    async with world.client(None, **{"x-forwarded-for": "198.51.100.1"}) as client:
        await client.post(LOGIN, json={"email": ada.email, "password": PASSWORD})
    newest = (await as_ada.get("/api/v1/auth/sessions")).json()["data"][0]
    assert newest["address"] == "127.0.0.1"
