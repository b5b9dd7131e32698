"""What administrators see of users and organizations, and effective permissions, alike in memory and in PostgreSQL."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.identity import PERMISSIONS_OF, Permission, Principal, Role, SystemActor, User
from deepspace_core.identity.effective_permissions import EffectivePermissions
from deepspace_core.identity.errors import SessionRevoked
from deepspace_core.identity.ports import OrganizationFilters, UserFilters, UserOrder
from deepspace_core.identity.use_cases import Supposition
from deepspace_core.kernel.errors import InvalidInput, NotFound
from deepspace_core.kernel.page import PageRequest
from tests.contract.identity_stores import ADAPTERS, world_on
from tests.core.identity.stores import memory_stores
from tests.core.identity.world import PASSWORD, World
from tests.fakes import TRACE

CLI = SystemActor("cli")
PAGE = PageRequest()


@pytest.fixture(params=ADAPTERS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    made = world_on(request.param, request)
    yield made
    made.tasks.drop()


async def _people(world: World) -> dict[str, Principal]:
    """Ada, who leads a team with Bob in it; Bob, who administers the installation; Eve, who is disabled."""
    people = {name: await world.person(name) for name in ("ada", "eve", "bob")}
    made = await world.create_organization(
        actor=people["ada"], owner_id=people["ada"].user_id, name="Team One", trace_id=TRACE
    )
    people["team"] = await world.at("ada", made.organization.id)
    await world.add_member(principal=people["team"], email="bob@example.org", role=Role.VIEWER, trace_id=TRACE)
    await world.grant_administrator(actor=CLI, user_id=people["bob"].user_id, trace_id=TRACE, reason="on call")
    await world.disable_user(actor=CLI, user_id=people["eve"].user_id, trace_id=TRACE, reason="left us")
    return people


def _names(users: Sequence[User]) -> list[str]:
    return [user.email.partition("@")[0] for user in users]


async def test_users_are_filtered(world: World) -> None:
    people = await _people(world)
    cases = [
        (UserFilters(), ["bob", "eve", "ada"]),
        (UserFilters(search="EVE"), ["eve"]),
        (UserFilters(search="Ada"), ["ada"]),
        (UserFilters(disabled=True), ["eve"]),
        (UserFilters(disabled=False), ["bob", "ada"]),
        (UserFilters(is_administrator=True), ["bob"]),
        (UserFilters(org_id=people["team"].org_id), ["bob", "ada"]),
        (UserFilters(org_id=people["team"].org_id, is_administrator=False), ["ada"]),
    ]
    for filters, expected in cases:
        found = await world.list_users(actor=CLI, page=PAGE, filters=filters)
        assert _names(found.rows) == expected, filters


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (UserOrder.NEWEST, ["bob", "eve", "ada"]),
        (UserOrder.OLDEST, ["ada", "eve", "bob"]),
        (UserOrder.EMAIL, ["ada", "bob", "eve"]),
    ],
)
async def test_users_come_in_the_order_asked_for_page_by_page(
    world: World, order: UserOrder, expected: list[str]
) -> None:
    await _people(world)
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await world.list_users(actor=CLI, page=PageRequest.read(limit=1, cursor=cursor), order=order)
        found += _names(page.rows)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == expected


async def test_organizations_are_filtered(world: World) -> None:
    people = await _people(world)
    await world.suspend(actor=CLI, org_id=people["team"].org_id, reason="unpaid", trace_id=TRACE)
    cases = [
        (OrganizationFilters(), 4),
        (OrganizationFilters(search="tEAm"), 1),
        (OrganizationFilters(kind="personal"), 3),
        (OrganizationFilters(suspended=True), 1),
        (OrganizationFilters(suspended=False, kind="team"), 0),
    ]
    for filters, expected in cases:
        found = await world.list_all_organizations(actor=CLI, page=PAGE, filters=filters)
        assert len(found.rows) == expected, filters


async def test_an_administrator_sees_a_users_organizations_keys_and_sessions(world: World) -> None:
    people = await _people(world)
    ada, team = people["ada"], people["team"]
    await world.create_key(principal=ada, name="first", trace_id=TRACE)
    await world.create_key(principal=team, name="second", trace_id=TRACE)
    organizations = await world.list_user_organizations(actor=CLI, user_id=ada.user_id, page=PAGE)
    assert [one.organization.kind for one in organizations.rows] == ["team", "personal"]
    keys = await world.list_user_keys(actor=CLI, user_id=ada.user_id, page=PageRequest(limit=1))
    assert [key.name for key in keys.rows] == ["second"]
    rest = PageRequest.read(limit=1, cursor=keys.next_cursor)
    assert [key.name for key in (await world.list_user_keys(actor=CLI, user_id=ada.user_id, page=rest)).rows] == [
        "first"
    ]
    assert len((await world.list_user_sessions(actor=CLI, user_id=ada.user_id, page=PAGE)).rows) == 2
    members = await world.list_any_members(actor=CLI, org_id=team.org_id, page=PAGE)
    assert {one.email for one in members.rows} == {"ada@example.org", "bob@example.org"}
    assert (await world.get_any_organization(actor=CLI, org_id=team.org_id)).name == "Team One"


async def test_an_administrator_ends_one_session_or_all_of_them(world: World) -> None:
    people = await _people(world)
    ada, bob = people["ada"], people["bob"]
    opened = await world.log_in(email="ada@example.org", password=PASSWORD, trace_id=TRACE)
    for _ in range(2):
        await world.end_user_session(actor=CLI, user_id=ada.user_id, session_id=opened.session.id, trace_id=TRACE)
    with pytest.raises(SessionRevoked):
        await world.authenticate(token=opened.tokens.access)
    with pytest.raises(NotFound):
        await world.end_user_session(actor=CLI, user_id=bob.user_id, session_id=ada.require_session(), trace_id=TRACE)
    assert await world.end_user_sessions(actor=CLI, user_id=ada.user_id, trace_id=TRACE) == 2
    assert (await world.list_user_sessions(actor=CLI, user_id=ada.user_id, page=PAGE)).rows == []


async def test_the_reason_of_a_dangerous_step_stands_in_the_trail(world: World) -> None:
    await _people(world)
    reasons = {event.event_type: event.payload.get("reason") for event in world.events.events}
    assert (reasons["user.disabled"], reasons["administrator.granted"]) == ("left us", "on call")


async def test_permissions_of_a_session_are_those_that_a_call_has(world: World) -> None:
    people = await _people(world)
    for name, place in (("ada", people["team"]), ("bob", people["team"]), ("ada", people["ada"])):
        found = await world.preview_permissions(actor=CLI, user_id=people[name].user_id, org_id=place.org_id)
        assert _allowed(found) == (await world.at(name, place.org_id)).permissions
        assert (found.refusal, found.member) == (None, True)


async def test_permissions_of_a_key_are_those_that_a_call_with_it_has(world: World) -> None:
    people = await _people(world)
    ada = people["ada"]
    made = await world.create_key(
        principal=ada,
        name="bound",
        scopes={Permission.USE_MODELS, Permission.MANAGE_API_KEYS},
        project_id=ada.project_id,
        trace_id=TRACE,
    )
    found = await world.preview_permissions(actor=CLI, user_id=ada.user_id, org_id=ada.org_id, api_key_id=made.key.id)
    assert _allowed(found) == (await world.authenticate_key(secret=made.secret)).permissions == {Permission.USE_MODELS}
    kept_out = next(row for row in found.rows if row.permission is Permission.MANAGE_API_KEYS)
    assert (kept_out.by_role, kept_out.by_scope, kept_out.in_project, kept_out.allowed) == (True, True, False, False)
    await world.revoke_key(principal=ada, api_key_id=made.key.id, trace_id=TRACE)
    revoked = await world.preview_permissions(actor=CLI, user_id=ada.user_id, org_id=ada.org_id, api_key_id=made.key.id)
    assert (_allowed(revoked), revoked.refusal and revoked.refusal.code) == (frozenset(), "key_revoked")


async def test_who_is_kept_out_altogether_is_told_why(world: World) -> None:
    people = await _people(world)
    eve, team = people["eve"], people["team"]
    disabled = await world.preview_permissions(actor=CLI, user_id=eve.user_id, org_id=eve.org_id)
    assert (_allowed(disabled), disabled.refusal and disabled.refusal.code) == (frozenset(), "user_disabled")
    await world.enable_user(actor=CLI, user_id=eve.user_id, trace_id=TRACE)
    stranger = await world.preview_permissions(actor=CLI, user_id=eve.user_id, org_id=team.org_id)
    assert (stranger.member, stranger.role, stranger.refusal and stranger.refusal.code) == (False, None, "not_found")
    await world.suspend(actor=CLI, org_id=team.org_id, reason="unpaid", trace_id=TRACE)
    suspended = await world.preview_permissions(actor=CLI, user_id=people["ada"].user_id, org_id=team.org_id)
    assert (suspended.refusal and suspended.refusal.code) == "organization_suspended"


async def test_a_change_of_role_is_previewed_and_changes_nothing(world: World) -> None:
    people = await _people(world)
    bob, team = people["bob"], people["team"]
    found = await world.preview_permissions(
        actor=CLI, user_id=bob.user_id, org_id=team.org_id, supposed=Supposition(role=Role.ADMIN)
    )
    assert _allowed(found) == PERMISSIONS_OF[Role.ADMIN]
    assert (await world.at("bob", team.org_id)).permissions == PERMISSIONS_OF[Role.VIEWER]


async def test_a_key_is_shown_to_its_maker_only_and_never_together_with_a_supposition(world: World) -> None:
    people = await _people(world)
    ada, bob = people["ada"], people["bob"]
    made = await world.create_key(principal=ada, name="mine", trace_id=TRACE)
    with pytest.raises(NotFound):
        await world.preview_permissions(actor=CLI, user_id=bob.user_id, org_id=ada.org_id, api_key_id=made.key.id)
    with pytest.raises(InvalidInput):
        await world.preview_permissions(
            actor=CLI,
            user_id=ada.user_id,
            org_id=ada.org_id,
            api_key_id=made.key.id,
            supposed=Supposition(role=Role.OWNER),
        )


@given(
    role=st.sampled_from(Role),
    scopes=st.frozensets(st.sampled_from(Permission), min_size=1),
    bound=st.booleans(),
)
async def test_a_key_thought_of_may_what_the_same_key_made_may(
    role: Role, scopes: frozenset[Permission], bound: bool
) -> None:
    """Hypothesis: either both are refused, or the key that is made has just the permissions that were told."""
    world = World(memory_stores())
    ada, bob = await world.person("ada"), await world.person("bob")
    made = await world.create_organization(actor=ada, owner_id=ada.user_id, name="Team", trace_id=TRACE)
    team = await world.at("ada", made.organization.id)
    await world.add_member(principal=team, email="bob@example.org", role=role, trace_id=TRACE)
    acting = await world.at("bob", team.org_id)
    told = await world.preview_permissions(
        actor=CLI,
        user_id=bob.user_id,
        org_id=team.org_id,
        supposed=Supposition(scopes=scopes, is_project_bound=bound),
    )
    if told.refusal is not None:
        with pytest.raises(type(told.refusal)):
            await world.create_key(principal=acting, name="k", scopes=scopes, trace_id=TRACE)
        return
    key = await world.create_key(
        principal=acting, name="k", scopes=scopes, project_id=acting.project_id if bound else None, trace_id=TRACE
    )
    assert (await world.authenticate_key(secret=key.secret)).permissions == _allowed(told)
    world.tasks.drop()


def _allowed(found: EffectivePermissions) -> frozenset[Permission]:
    return frozenset(row.permission for row in found.rows if row.allowed)
