"""What administrators see of users and organizations over HTTP."""

from typing import Any

import httpx

from tests.http.world import Person


async def test_an_administrator_looks_into_a_user(
    ada: Person, as_ada: httpx.AsyncClient, as_root: httpx.AsyncClient
) -> None:
    user = f"/api/v1/admin/users/{ada.user_id}"
    key = (await as_ada.post("/api/v1/keys", json={"name": "ci", "scopes": ["models:use"]})).json()["key"]
    orgs = (await as_root.get(f"{user}/orgs")).json()["data"]
    assert [(one["organization"]["id"], one["role"]) for one in orgs] == [(ada.org_id, "owner")]
    assert [one["id"] for one in (await as_root.get(f"{user}/keys")).json()["data"]] == [key["id"]]
    permissions = f"{user}/orgs/{ada.org_id}/permissions"
    by_role = (await as_root.get(permissions, params={"role": "viewer"})).json()
    assert (by_role["role"], by_role["member"], by_role["refusal"]) == ("viewer", True, None)
    assert {row["permission"] for row in by_role["permissions"] if row["allowed"]} == _held_by(
        (await as_root.get("/api/v1/admin/roles")).json(), "viewer"
    )
    by_key = (await as_root.get(permissions, params={"api_key_id": key["id"]})).json()
    assert [row["permission"] for row in by_key["permissions"] if row["allowed"]] == ["models:use"]
    tried = await as_root.post(
        f"{permissions}/preview", json={"scopes": ["models:use", "members:read"], "project_bound": True}
    )
    assert [row["permission"] for row in tried.json()["permissions"] if row["allowed"]] == ["models:use"]
    session = (await as_root.get(f"{user}/sessions")).json()["data"][0]
    assert (await as_root.delete(f"{user}/sessions/{session['id']}")).status_code == 204
    assert (await as_ada.get("/api/v1/me")).status_code == 401
    assert (await as_root.post(f"{user}/sessions/end-all")).json() == {"sessions_ended": 0}


async def test_an_administrator_looks_into_an_organization(
    ada: Person, as_ada: httpx.AsyncClient, as_root: httpx.AsyncClient
) -> None:
    org = f"/api/v1/admin/orgs/{ada.org_id}"
    assert (await as_root.get(org)).json()["kind"] == "personal"
    assert [one["email"] for one in (await as_root.get(f"{org}/members")).json()["data"]] == [ada.email]
    for query, expected in (({"search": "ADA"}, 1), ({"suspended": "true"}, 0), ({"kind": "team"}, 0)):
        found = await as_root.get("/api/v1/admin/orgs", params=query)
        assert len(found.json()["data"]) == expected, query
    members = await as_root.get("/api/v1/admin/users", params={"org_id": ada.org_id, "order": "email"})
    assert [one["email"] for one in members.json()["data"]] == [ada.email]


def _held_by(table: dict[str, Any], role: str) -> set[str]:
    return {row["permission"] for row in table["permissions"] if role in row["roles"]}
