"""What usage is made of and where it leads, and how people come in: over HTTP, on memory and on PostgreSQL."""

from tests.http.cast import Cast, top_up
from tests.http.spending import COST_NANOS, spend


async def test_usage_is_broken_down_beside_the_time_before(cast: Cast) -> None:
    await top_up(cast)
    project = (await cast.as_ada.post("/api/v1/projects", json={"name": "Lab"})).json()["id"]
    for _ in range(2):
        await spend(cast.world, cast.as_ada, project=project)
    await spend(cast.world, cast.as_ada)
    span = {"from": "2020-01-01T00:00:00Z", "to": "2030-01-01T00:00:00Z"}
    by_project = await cast.as_ada.get("/api/v1/usage/breakdown", params=span | {"group_by": "project"})
    assert by_project.status_code == 200, by_project.text
    body = by_project.json()
    assert [(part["value"], part["sums"]["requests"]) for part in body["parts"]] == [(project, 2), (None, 1)]
    (total,) = body["totals"]
    assert (total["sums"]["cost_nanos"], total["before"]["cost_nanos"]) == (3 * COST_NANOS, 0)
    assert body["others"] == []
    later = await cast.as_ada.get(
        "/api/v1/usage/breakdown", params={"from": "2030-01-01T00:00:00Z", "to": "2039-12-01T00:00:00Z"}
    )
    assert later.json()["totals"][0]["before"]["requests"] == 3
    for refused in ({}, {"from": "0001-01-01T00:00:00Z", "to": "0009-01-01T00:00:00Z"}):
        assert (await cast.as_ada.get("/api/v1/usage/breakdown", params=refused)).status_code == 400


async def test_spending_is_forecast(cast: Cast) -> None:
    await top_up(cast)
    await spend(cast.world, cast.as_ada)
    told = await cast.as_ada.get("/api/v1/usage/forecast", params={"time_zone": "Asia/Shanghai"})
    assert told.status_code == 200, told.text
    assert told.json()["currency"] == "USD"
    assert told.json()["to_date_nanos"] <= told.json()["low_nanos"] <= told.json()["high_nanos"]
    zone = await cast.as_ada.get("/api/v1/usage/forecast", params={"time_zone": "Mars/Olympus"})
    assert (zone.status_code, zone.json()["error"]["param"]) == (400, "time_zone")
    other = await cast.world.register("eve")
    async with cast.world.client(other.token) as client:
        assert (await client.get("/api/v1/usage/forecast")).json()["to_date_nanos"] == 0


async def test_a_key_is_limited_before_its_first_call(cast: Cast) -> None:
    limits = [
        {"metric": "requests", "window_seconds": 60, "cap": 30},
        {"metric": "tokens", "window_seconds": 86_400, "cap": 100_000},
    ]
    made = await cast.as_ada.post("/api/v1/keys", json={"name": "bot", "limits": limits})
    assert made.status_code == 201, made.text
    stored = (await cast.as_ada.get("/api/v1/policy/limits")).json()["data"]
    assert {one["scope_id"] for one in stored} == {made.json()["key"]["id"]}
    assert {(one["metric"], one["window_seconds"], one["cap"]) for one in stored} == {
        ("requests", 60, 30),
        ("tokens", 86_400, 100_000),
    }
    too_large = [{"metric": "concurrency", "window_seconds": 60, "cap": 10**9}]
    for wrong in (too_large, [limits[0], limits[0]]):
        refused = await cast.as_ada.post("/api/v1/keys", json={"name": "other", "limits": wrong})
        assert refused.status_code == 400, refused.text
    assert [one["name"] for one in (await cast.as_ada.get("/api/v1/keys")).json()["data"]] == ["bot"]


async def test_only_who_may_set_limits_gives_a_key_its_own(cast: Cast) -> None:
    bob = await cast.world.register("bob")
    member = {"email": bob.email, "role": "member"}
    await cast.as_ada.post(f"/api/v1/orgs/{cast.ada.org_id}/members", json=member)
    body = {"name": "bot", "limits": [{"metric": "requests", "window_seconds": 60, "cap": 10**9}]}
    async with cast.world.client(bob.token, **{"x-deepspace-org": cast.ada.org_id}) as as_bob:
        refused = await as_bob.post("/api/v1/keys", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_missing")
        assert (await as_bob.post("/api/v1/keys", json={"name": "bot"})).status_code == 201


async def test_people_come_in_by_invitation(cast: Cast) -> None:
    team = (await cast.as_ada.post("/api/v1/orgs", json={"name": "Team"})).json()["organization"]["id"]
    guest = {"email": "bob@example.org", "role": "member"}
    made = await cast.as_ada.post(f"/api/v1/orgs/{team}/invitations", json=guest)
    assert made.status_code == 201, made.text
    link = {"token": made.json()["token"]}
    async with cast.world.client() as anybody:
        told = (await anybody.post("/api/v1/invitations/read", json=link)).json()
        assert (told["organization_name"], told["inviter_name"], told["state"]) == ("Team", "Ada", "pending")
        assert (await anybody.post("/api/v1/invitations/accept", json=link)).status_code == 401
    waiting = (await cast.as_ada.get(f"/api/v1/orgs/{team}/invitations")).json()["data"]
    assert waiting == [made.json()["invitation"]]
    refused = await cast.as_ada.post("/api/v1/invitations/accept", json=link)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "invitation_for_another")
    bob = await cast.world.register("bob")
    async with cast.world.client(bob.token) as as_bob:
        joined = await as_bob.post("/api/v1/invitations/accept", json=link)
        assert (joined.status_code, joined.json()["role"]) == (200, "member")
        assert (await as_bob.get(f"/api/v1/orgs/{team}")).json()["name"] == "Team"
        over = await as_bob.post("/api/v1/invitations/accept", json=link)
        assert (over.status_code, over.json()["error"]["code"]) == (409, "invitation_over")
        assert (await as_bob.get(f"/api/v1/orgs/{team}/invitations")).status_code == 403
    again = (await cast.as_ada.post(f"/api/v1/orgs/{team}/invitations", json=guest | {"email": "c@example.org"})).json()
    path = f"/api/v1/orgs/{team}/invitations/{again['invitation']['id']}"
    assert (await cast.as_ada.delete(path)).status_code == 204
