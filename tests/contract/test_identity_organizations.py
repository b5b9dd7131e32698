"""Organizations, members and the administration of users behave alike in memory and in PostgreSQL."""

import asyncio
from collections.abc import Iterator

import pytest

from deepspace_core.identity import Principal, Role, Secret, SystemActor
from deepspace_core.identity.errors import (
    AlreadyMember,
    LastAdministrator,
    LastOwner,
    OrganizationSuspended,
    SessionRevoked,
    SlugTaken,
    UserDisabled,
    WrongCredentials,
)
from deepspace_core.identity.ports import UserFilters
from deepspace_core.identity.use_cases import LoggedIn
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import OrgId, UserId
from deepspace_core.kernel.page import PageRequest
from tests.contract.identity_stores import ADAPTERS, world_on
from tests.core.identity.world import OTHER_PASSWORD, PASSWORD, World
from tests.fakes import TRACE

CLI = SystemActor("cli")


@pytest.fixture(params=ADAPTERS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    made = world_on(request.param, request)
    yield made
    made.tasks.drop()


async def log_in(world: World, name: str, password: Secret = PASSWORD) -> LoggedIn:
    return await world.log_in(email=f"{name}@example.org", password=password, trace_id=TRACE)


async def team(world: World, owner: str, *others: tuple[str, Role]) -> Principal:
    """An organization of `owner`'s with members; the owner acting in it."""
    person = await world.person(owner)
    made = await world.create_organization(actor=person, owner_id=person.user_id, name="Team", trace_id=TRACE)
    acting = await world.at(owner, made.organization.id)
    for name, role in others:
        await world.person(name)
        await world.add_member(principal=acting, email=f"{name}@example.org", role=role, trace_id=TRACE)
    return acting


async def test_a_session_acts_where_its_user_belongs_and_nowhere_else(world: World) -> None:
    in_team = await team(world, "ada", ("bob", Role.VIEWER))
    bob = await world.at("bob", in_team.org_id)
    assert (bob.org_id, bob.wallet_id, bob.project_id) == (in_team.org_id, in_team.wallet_id, in_team.project_id)
    await world.person("eve")
    for org_id in (in_team.org_id, OrgId(world.ids.uuid())):
        with pytest.raises(NotFound) as refused:
            await world.at("eve", org_id)
        assert refused.value.param == "org_id"


async def test_members_come_in_pages_and_go(world: World) -> None:
    owner = await team(world, "ada", ("bob", Role.MEMBER), ("eve", Role.ADMIN))
    page = await world.list_members(principal=owner, page=PageRequest(limit=2))
    rest = await world.list_members(principal=owner, page=PageRequest.read(limit=2, cursor=page.next_cursor))
    members = [*page.rows, *rest.rows]
    assert [(one.display_name, one.member.role) for one in members] == [
        ("Eve", Role.ADMIN),
        ("Bob", Role.MEMBER),
        ("Ada", Role.OWNER),
    ]
    bob = members[1].member
    with pytest.raises(AlreadyMember):
        await world.add_member(principal=owner, email="bob@example.org", role=Role.VIEWER, trace_id=TRACE)
    changed = await world.change_role(principal=owner, user_id=bob.user_id, role=Role.VIEWER, trace_id=TRACE)
    assert changed.role is Role.VIEWER
    await world.remove_member(principal=owner, user_id=bob.user_id, trace_id=TRACE)
    with pytest.raises(NotFound):
        await world.at("bob", owner.org_id)
    with pytest.raises(NotFound):
        await world.remove_member(principal=owner, user_id=bob.user_id, trace_id=TRACE)


async def test_of_two_owners_who_remove_each_other_at_once_one_stays(world: World) -> None:
    ada = await team(world, "ada", ("bob", Role.OWNER))
    bob = await world.at("bob", ada.org_id)
    outcomes = await asyncio.gather(
        world.remove_member(principal=ada, user_id=bob.user_id, trace_id=TRACE),
        world.remove_member(principal=bob, user_id=ada.user_id, trace_id=TRACE),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["LastOwner", "NoneType"]


async def test_the_last_owner_stays(world: World) -> None:
    ada = await team(world, "ada", ("bob", Role.ADMIN))
    with pytest.raises(LastOwner):
        await world.change_role(principal=ada, user_id=ada.user_id, role=Role.ADMIN, trace_id=TRACE)
    with pytest.raises(LastOwner):
        await world.remove_member(principal=ada, user_id=ada.user_id, trace_id=TRACE)


async def test_a_suspended_organization_is_refused_until_it_is_resumed(world: World) -> None:
    ada = await team(world, "ada")
    for _ in range(2):
        await world.suspend(actor=CLI, org_id=ada.org_id, reason="unpaid", trace_id=TRACE)
    with pytest.raises(OrganizationSuspended):
        await world.at("ada", ada.org_id)
    assert (await world.authenticate_system(name="cli", org_id=ada.org_id)).org_id == ada.org_id
    for _ in range(2):
        await world.resume(actor=CLI, org_id=ada.org_id, trace_id=TRACE)
    await world.at("ada", ada.org_id)
    assert [world.events.types.count(f"organization.{verb}") for verb in ("suspended", "resumed")] == [1, 1]


async def test_organizations_are_listed_and_changed(world: World) -> None:
    ada = await team(world, "ada")
    changed = await world.update_organization(principal=ada, name="Crew", on_abort="cancel", trace_id=TRACE)
    assert await world.get_organization(principal=ada) == changed
    assert (await world.at("ada", ada.org_id)).on_abort == "cancel"
    mine = await world.list_organizations(principal=ada, page=PageRequest(limit=1))
    rest = await world.list_organizations(principal=ada, page=PageRequest.read(limit=1, cursor=mine.next_cursor))
    assert [one.organization.name for one in (*mine.rows, *rest.rows)] == ["Crew", "Ada"]
    everything = await world.list_all_organizations(actor=CLI, page=PageRequest())
    assert [one.name for one in everything.rows] == ["Crew", "Ada"]


async def test_a_disabled_user_is_shut_out_until_enabled(world: World) -> None:
    ada = await world.person("ada")
    opened = await log_in(world, "ada")
    for _ in range(2):
        await world.disable_user(actor=CLI, user_id=ada.user_id, trace_id=TRACE)
    with pytest.raises(UserDisabled):
        await log_in(world, "ada")
    with pytest.raises(WrongCredentials):
        await log_in(world, "ada", OTHER_PASSWORD)
    with pytest.raises(SessionRevoked):
        await world.authenticate(token=opened.tokens.access)
    for _ in range(2):
        await world.enable_user(actor=CLI, user_id=ada.user_id, trace_id=TRACE)
    await log_in(world, "ada")


async def test_users_are_found_by_id_by_address_and_by_a_part_of_it(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("b_b")
    assert (await world.get_user(actor=CLI, user_id=ada.user_id)).email == "ada@example.org"
    assert (await world.get_user_by_email(actor=CLI, email="B_B@example.org")).id == bob.user_id
    for needle, found in ((None, 2), ("example", 2), ("_", 1), ("%", 0), ("ADA", 1)):
        page = await world.list_users(actor=CLI, page=PageRequest(), filters=UserFilters(search=needle))
        assert len(page.rows) == found, needle
    with pytest.raises(NotFound):
        await world.get_user(actor=CLI, user_id=UserId(world.ids.uuid()))
    with pytest.raises(NotFound):
        await world.get_user_by_email(actor=CLI, email="nobody@example.org")


async def test_resetting_a_password_ends_every_session(world: World) -> None:
    ada = await world.person("ada")
    await world.reset_password(actor=CLI, user_id=ada.user_id, password=OTHER_PASSWORD, trace_id=TRACE)
    opened = await log_in(world, "ada", OTHER_PASSWORD)
    live = await world.list_sessions(principal=ada, page=PageRequest())
    assert [one.id for one in live.rows] == [opened.session.id]


async def test_the_first_administrator_is_made_once_and_keeps_the_password(world: World) -> None:
    made = await world.ensure_administrator(email="root@example.org", password=PASSWORD, trace_id=TRACE)
    again = await world.ensure_administrator(email="root@example.org", password=OTHER_PASSWORD, trace_id=TRACE)
    assert made == again
    assert (await world.at("root")).is_administrator
    await world.person("ada")
    assert (
        await world.ensure_administrator(email="ada@example.org", password=PASSWORD, trace_id=TRACE)
    ).is_administrator


async def test_the_last_administrator_stays(world: World) -> None:
    root = await world.ensure_administrator(email="root@example.org", password=PASSWORD, trace_id=TRACE)
    ada = await world.person("ada")
    with pytest.raises(LastAdministrator):
        await world.disable_user(actor=CLI, user_id=root.id, trace_id=TRACE)
    with pytest.raises(LastAdministrator):
        await world.grant_administrator(actor=CLI, user_id=root.id, is_administrator=False, trace_id=TRACE)
    for _ in range(2):
        await world.grant_administrator(actor=CLI, user_id=ada.user_id, trace_id=TRACE)
    await world.grant_administrator(actor=CLI, user_id=root.id, is_administrator=False, trace_id=TRACE)
    assert not (await world.at("root")).is_administrator


async def test_a_slug_belongs_to_one_workspace_of_the_installation(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await world.create_workspace(principal=ada, name="Lab", slug="lab", trace_id=TRACE)
    with pytest.raises(SlugTaken):
        await world.create_workspace(principal=bob, name="Lab", slug="lab", trace_id=TRACE)
    assert bob.workspace_id is not None
    with pytest.raises(SlugTaken):
        await world.update_workspace(principal=bob, workspace_id=bob.workspace_id, slug="lab", trace_id=TRACE)
