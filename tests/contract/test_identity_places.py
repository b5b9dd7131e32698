"""Workspaces, projects, API keys and the look-up of credentials behave alike in memory and in PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from deepspace_core.identity import ApiKey, KeyLimit, Permission, Principal, Role, Secret, SystemActor
from deepspace_core.identity.errors import (
    DefaultKept,
    KeyExpired,
    KeyMakerGone,
    KeyOver,
    KeyRevoked,
    KeyUnknown,
    NameTaken,
    OrganizationSuspended,
    ProjectArchived,
    UserDisabled,
)
from deepspace_core.identity.use_cases import NewApiKey
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import ApiKeyId, OrgId, ProjectId
from deepspace_core.kernel.page import PageRequest
from tests.contract.identity_stores import ADAPTERS, world_on
from tests.core.identity.world import World, change_key
from tests.fakes import TRACE

CLI = SystemActor("cli")


@pytest.fixture(params=ADAPTERS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    made = world_on(request.param, request)
    yield made
    made.tasks.drop()


async def new_key(world: World, principal: Principal, project_id: ProjectId | None = None) -> NewApiKey:
    return await world.create_key(principal=principal, name="ci", project_id=project_id, trace_id=TRACE)


async def new_project(world: World, principal: Principal, name: str = "Lab") -> ProjectId:
    return (await world.create_project(principal=principal, name=name, trace_id=TRACE)).id


async def test_workspaces_are_made_changed_listed_and_archived(world: World) -> None:
    ada = await world.person("ada")
    made = await world.create_workspace(principal=ada, name="Lab", slug="ada-lab", trace_id=TRACE)
    changed = await world.update_workspace(principal=ada, workspace_id=made.id, name="Laboratory", trace_id=TRACE)
    assert await world.get_workspace(principal=ada, workspace_id=made.id) == changed
    page = await world.list_workspaces(principal=ada, page=PageRequest(limit=1))
    rest = await world.list_workspaces(principal=ada, page=PageRequest.read(limit=1, cursor=page.next_cursor))
    assert [one.slug for one in (*page.rows, *rest.rows)] == ["ada-lab", "ada"]
    for _ in range(2):
        await world.archive_workspace(principal=ada, workspace_id=made.id, trace_id=TRACE)
    assert [one.slug for one in (await world.list_workspaces(principal=ada, page=PageRequest())).rows] == ["ada"]
    everything = await world.list_workspaces(principal=ada, page=PageRequest(), with_archived=True)
    assert len(everything.rows) == 2


async def test_projects_are_made_changed_listed_and_archived(world: World) -> None:
    ada = await world.person("ada")
    lab = await world.create_workspace(principal=ada, name="Lab", slug="ada-lab", trace_id=TRACE)
    made = await world.create_project(
        principal=ada, name="Proteins", description="folded", workspace_id=lab.id, trace_id=TRACE
    )
    changed = await world.update_project(principal=ada, project_id=made.id, description="", trace_id=TRACE)
    assert (changed.name, changed.description) == ("Proteins", "")
    assert await world.get_project(principal=ada, project_id=made.id) == changed
    page = await world.list_projects(principal=ada, page=PageRequest(limit=1))
    rest = await world.list_projects(principal=ada, page=PageRequest.read(limit=1, cursor=page.next_cursor))
    assert [one.name for one in (*page.rows, *rest.rows)] == ["Proteins", "Default"]
    of_lab = await world.list_projects(principal=ada, page=PageRequest(), workspace_id=lab.id)
    assert [one.id for one in of_lab.rows] == [made.id]
    for _ in range(2):
        await world.archive_project(principal=ada, project_id=made.id, trace_id=TRACE)
    assert [one.name for one in (await world.list_projects(principal=ada, page=PageRequest())).rows] == ["Default"]
    assert len((await world.list_projects(principal=ada, page=PageRequest(), with_archived=True)).rows) == 2


async def test_a_name_is_free_again_once_its_project_is_archived(world: World) -> None:
    ada = await world.person("ada")
    first = await new_project(world, ada, "Lab")
    with pytest.raises(NameTaken):
        await new_project(world, ada, "LAB")
    other = await new_project(world, ada, "Other")
    with pytest.raises(NameTaken):
        await world.update_project(principal=ada, project_id=other, name="lab", trace_id=TRACE)
    await world.archive_project(principal=ada, project_id=first, trace_id=TRACE)
    await new_project(world, ada, "Lab")


async def test_what_is_default_stays(world: World) -> None:
    ada = await world.person("ada")
    assert ada.project_id is not None
    assert ada.workspace_id is not None
    with pytest.raises(DefaultKept):
        await world.archive_project(principal=ada, project_id=ada.project_id, trace_id=TRACE)
    with pytest.raises(DefaultKept):
        await world.archive_workspace(principal=ada, workspace_id=ada.workspace_id, trace_id=TRACE)


async def test_a_session_may_name_its_project(world: World) -> None:
    ada = await world.person("ada")
    lab = await new_project(world, ada)
    assert (await world.at("ada", project_id=lab)).project_id == lab
    bob = await world.person("bob")
    with pytest.raises(NotFound) as refused:
        await world.at("bob", project_id=lab)
    assert refused.value.param == "project_id"
    with pytest.raises(NotFound):
        await world.authenticate_system(name="cli", org_id=bob.org_id, project_id=lab)


async def test_a_key_acts_in_its_organization(world: World) -> None:
    ada = await world.person("ada")
    made = await world.create_key(
        principal=ada,
        name="ci",
        scopes=[Permission.USE_MODELS, Permission.READ_WALLET],
        model_allow_list=["small", "large"],
        trace_id=TRACE,
    )
    key = await world.authenticate_key(secret=made.secret)
    assert (key.kind, key.org_id, key.wallet_id, key.project_id, key.workspace_id) == (
        "api_key",
        ada.org_id,
        ada.wallet_id,
        ada.project_id,
        ada.workspace_id,
    )
    assert key.permissions == {Permission.USE_MODELS, Permission.READ_WALLET}
    assert key.model_allow_list == frozenset({"small", "large"})
    assert (key.api_key_id, key.is_administrator, key.is_project_bound) == (made.key.id, False, False)
    assert await world.get_key(principal=ada, api_key_id=made.key.id) == made.key


async def test_a_key_bound_to_a_project_acts_in_it_only(world: World) -> None:
    ada = await world.person("ada")
    lab = await new_project(world, ada)
    made = await world.create_key(
        principal=ada, name="ci", project_id=lab, scopes=frozenset(Permission), trace_id=TRACE
    )
    key = await world.authenticate_key(secret=made.secret)
    assert (key.project_id, key.is_project_bound) == (lab, True)
    assert Permission.MANAGE_API_KEYS not in key.permissions
    assert [one.id for one in (await world.list_projects(principal=key, page=PageRequest())).rows] == [lab]
    assert ada.project_id is not None
    with pytest.raises(NotFound):
        await world.get_project(principal=key, project_id=ada.project_id)
    await world.archive_project(principal=ada, project_id=lab, trace_id=TRACE)
    with pytest.raises(ProjectArchived):
        await world.authenticate_key(secret=made.secret)
    with pytest.raises(ProjectArchived):
        await new_key(world, ada, lab)


async def test_a_key_does_no_more_than_its_maker_may_do_now(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await world.add_member(principal=ada, email="bob@example.org", role=Role.ADMIN, trace_id=TRACE)
    wide = {Permission.USE_MODELS, Permission.READ_AUDIT}
    made = await world.create_key(principal=await world.at("bob", ada.org_id), name="ci", scopes=wide, trace_id=TRACE)
    left = {Role.ADMIN: wide, Role.MEMBER: {Permission.USE_MODELS}}
    for role in (Role.MEMBER, Role.VIEWER, Role.ADMIN):
        await world.change_role(principal=ada, user_id=bob.user_id, role=role, trace_id=TRACE)
        assert (await world.authenticate_key(secret=made.secret)).permissions == left.get(role, set()), role
    await world.remove_member(principal=ada, user_id=bob.user_id, trace_id=TRACE)
    with pytest.raises(KeyMakerGone):
        await world.authenticate_key(secret=made.secret)


async def test_a_revoked_key_is_refused_from_the_next_call_on(world: World) -> None:
    ada = await world.person("ada")
    made = await new_key(world, ada)
    rotated = await world.rotate_key(principal=ada, api_key_id=made.key.id, overlap_seconds=60, trace_id=TRACE)
    for _ in range(2):
        await world.revoke_key(principal=ada, api_key_id=made.key.id, trace_id=TRACE)
    for secret in (made.secret, rotated.secret):
        with pytest.raises(KeyRevoked):
            await world.authenticate_key(secret=secret)
    with pytest.raises(KeyOver):
        await world.rotate_key(principal=ada, api_key_id=made.key.id, trace_id=TRACE)
    assert world.events.types.count("api_key.revoked") == 1


async def test_a_changed_key_goes_by_its_new_terms_under_its_old_secret(world: World) -> None:
    ada = await world.person("ada")
    made = await new_key(world, ada)
    terms: dict[str, object] = {"name": "notebook", "scopes": [Permission.READ_WALLET], "model_allow_list": ["small"]}
    ends = world.now + timedelta(seconds=10)
    changed = await world.update_key(
        principal=ada,
        api_key_id=made.key.id,
        trace_id=TRACE,
        expires_at=ends,
        **terms,  # type: ignore[arg-type]
    )
    assert changed == await world.get_key(principal=ada, api_key_id=made.key.id)
    assert changed == replace(
        made.key,
        name="notebook",
        scopes=frozenset({Permission.READ_WALLET}),
        model_allow_list=frozenset({"small"}),
        expires_at=ends,
    )
    key = await world.authenticate_key(secret=made.secret)
    assert key.permissions == {Permission.READ_WALLET}
    assert key.model_allow_list == frozenset({"small"})
    world.clock.advance(seconds=10)
    with pytest.raises(KeyExpired):
        await world.authenticate_key(secret=made.secret)
    with pytest.raises(KeyOver):
        await change_key(world, ada, changed)


async def test_a_keys_limits_are_those_it_was_given_last(world: World) -> None:
    ada = await world.person("ada")
    limits = [KeyLimit("requests", 60, 5), KeyLimit("tokens", 86_400, 1_000)]
    made = await world.create_key(principal=ada, name="ci", limits=limits, trace_id=TRACE)
    other = await world.create_key(principal=ada, name="other", limits=limits, trace_id=TRACE)

    async def caps(key: ApiKey) -> dict[str, int]:
        async with world.stores.unit_of_work() as tx:
            stored = (await world.stores.policies.policies_of(tx, ada.org_id)).limits
        return {one.metric.value: one.cap for one in stored if one.scope_id == key.id}

    wanted: list[tuple[list[KeyLimit] | None, dict[str, int]]] = [
        (None, {"requests": 5, "tokens": 1_000}),
        ([KeyLimit("requests", 60, 7), KeyLimit("concurrency", 3_600, 2)], {"requests": 7, "concurrency": 2}),
        ([], {}),
    ]
    for given, left in wanted:
        await change_key(world, ada, made.key, limits=given)
        assert await caps(made.key) == left
    assert await caps(other.key) == {"requests": 5, "tokens": 1_000}
    assert world.events.types.count("limit.removed") == 3


async def test_a_key_ends_at_its_expiry(world: World) -> None:
    ada = await world.person("ada")
    made = await world.create_key(
        principal=ada, name="ci", expires_at=world.now + timedelta(seconds=10), trace_id=TRACE
    )
    rotated = await world.rotate_key(principal=ada, api_key_id=made.key.id, overlap_seconds=60, trace_id=TRACE)
    world.clock.advance(seconds=9)
    await world.authenticate_key(secret=made.secret)
    world.clock.advance(seconds=1)
    for secret in (made.secret, rotated.secret):
        with pytest.raises(KeyExpired):
            await world.authenticate_key(secret=secret)
    with pytest.raises(KeyOver):
        await world.rotate_key(principal=ada, api_key_id=made.key.id, trace_id=TRACE)


async def test_a_rotated_secret_works_through_its_overlap(world: World) -> None:
    ada = await world.person("ada")
    first = await new_key(world, ada)
    second = await world.rotate_key(principal=ada, api_key_id=first.key.id, overlap_seconds=60, trace_id=TRACE)
    assert (second.key.id, second.key.prefix == first.key.prefix) == (first.key.id, False)
    world.clock.advance(seconds=59)
    for secret in (first.secret, second.secret):
        assert (await world.authenticate_key(secret=secret)).api_key_id == first.key.id
    world.clock.advance(seconds=1)
    with pytest.raises(KeyExpired):
        await world.authenticate_key(secret=first.secret)
    await world.authenticate_key(secret=second.secret)
    third = await world.rotate_key(principal=ada, api_key_id=first.key.id, trace_id=TRACE)
    with pytest.raises(KeyUnknown):
        await world.authenticate_key(secret=first.secret)
    with pytest.raises(KeyExpired):
        await world.authenticate_key(secret=second.secret)
    await world.authenticate_key(secret=third.secret)


async def test_a_secret_that_is_no_key_of_ours_is_unknown(world: World) -> None:
    for text in ("", "sk-ds-", "sk-ds-" + "x" * 43, "sk-ds-" + "x" * 4_000, "ds-at-" + "x" * 43):
        with pytest.raises(KeyUnknown):
            await world.authenticate_key(secret=Secret(text))


async def test_a_key_falls_with_its_organization_and_its_maker(world: World) -> None:
    ada = await world.person("ada")
    made = await new_key(world, ada)
    await world.suspend(actor=CLI, org_id=ada.org_id, reason="unpaid", trace_id=TRACE)
    with pytest.raises(OrganizationSuspended):
        await world.authenticate_key(secret=made.secret)
    await world.resume(actor=CLI, org_id=ada.org_id, trace_id=TRACE)
    await world.disable_user(actor=CLI, user_id=ada.user_id, trace_id=TRACE)
    with pytest.raises(UserDisabled):
        await world.authenticate_key(secret=made.secret)


async def test_keys_are_listed_by_project_maker_and_state(world: World) -> None:
    ada = await world.person("ada")
    made = await world.create_organization(actor=ada, owner_id=ada.user_id, name="Team", trace_id=TRACE)
    ada = await world.at("ada", made.organization.id)
    await world.person("bob")
    await world.add_member(principal=ada, email="bob@example.org", role=Role.MEMBER, trace_id=TRACE)
    bob = await world.at("bob", ada.org_id)
    lab = await new_project(world, ada)
    of_ada, of_bob, of_lab = await new_key(world, ada), await new_key(world, bob), await new_key(world, ada, lab)
    await world.revoke_key(principal=ada, api_key_id=of_ada.key.id, trace_id=TRACE)

    async def listed(principal: Principal, **wanted: object) -> list[ApiKeyId]:
        page = await world.list_keys(principal=principal, page=PageRequest(), **wanted)  # type: ignore[arg-type]
        return [one.id for one in page.rows]

    assert await listed(ada) == [of_lab.key.id, of_bob.key.id, of_ada.key.id]
    assert await listed(ada, with_revoked=False) == [of_lab.key.id, of_bob.key.id]
    assert await listed(ada, project_id=lab) == [of_lab.key.id]
    assert await listed(bob) == [of_bob.key.id]
    for verb in (world.rotate_key, world.revoke_key):
        with pytest.raises(NotFound):
            await verb(principal=bob, api_key_id=of_lab.key.id, trace_id=TRACE)
    with pytest.raises(NotFound):
        await change_key(world, bob, of_lab.key)
    page = await world.list_keys(principal=ada, page=PageRequest(limit=2))
    rest = await world.list_keys(principal=ada, page=PageRequest.read(limit=2, cursor=page.next_cursor))
    assert [one.id for one in rest.rows] == [of_ada.key.id]


async def test_the_last_use_of_a_key_moves_forward_by_whole_minutes(world: World) -> None:
    ada = await world.person("ada")
    made = await new_key(world, ada)
    stores, start = world.stores, world.now

    async def touched(after: timedelta) -> timedelta:
        async with stores.unit_of_work() as tx:
            await stores.api_keys.touch(tx, {made.key.id: start + after, ApiKeyId(world.ids.uuid()): start})
            await tx.commit()
        last = (await world.get_key(principal=ada, api_key_id=made.key.id)).last_used_at
        assert last is not None
        return last - start

    assert await touched(timedelta(0)) == timedelta(0)
    assert await touched(timedelta(seconds=59)) == timedelta(0)
    assert await touched(timedelta(seconds=60)) == timedelta(seconds=60)
    assert await touched(timedelta(seconds=1)) == timedelta(seconds=60)
    rotated = await world.rotate_key(principal=ada, api_key_id=made.key.id, trace_id=TRACE)
    kept = await world.get_key(principal=ada, api_key_id=made.key.id)
    assert (kept.last_used_at, kept.sha256) == (start + timedelta(seconds=60), rotated.key.sha256)


async def test_gateways_that_note_the_same_keys_at_once_do_not_block_each_other(world: World) -> None:
    ada = await world.person("ada")
    keys = [(await new_key(world, ada)).key.id for _ in range(8)]

    async def touch(order: list[ApiKeyId]) -> None:
        async with world.stores.unit_of_work() as tx:
            await world.stores.api_keys.touch(tx, dict.fromkeys(order, world.now))
            await tx.commit()

    await asyncio.gather(*(touch(order) for order in (keys, keys[::-1]) * 4))


async def test_what_belongs_to_another_organization_is_not_found(world: World) -> None:
    ada, eve = await world.person("ada"), await world.person("eve")
    lab = await new_project(world, ada)
    made = await new_key(world, ada)
    desk = await world.create_workspace(principal=ada, name="Desk", slug="ada-desk", trace_id=TRACE)
    attempts: list[Callable[[], Awaitable[object]]] = [
        lambda: world.get_project(principal=eve, project_id=lab),
        lambda: world.update_project(principal=eve, project_id=lab, name="Mine", trace_id=TRACE),
        lambda: world.archive_project(principal=eve, project_id=lab, trace_id=TRACE),
        lambda: world.get_workspace(principal=eve, workspace_id=desk.id),
        lambda: world.update_workspace(principal=eve, workspace_id=desk.id, name="Mine", trace_id=TRACE),
        lambda: world.archive_workspace(principal=eve, workspace_id=desk.id, trace_id=TRACE),
        lambda: world.create_project(principal=eve, name="Mine", workspace_id=desk.id, trace_id=TRACE),
        lambda: world.get_key(principal=eve, api_key_id=made.key.id),
        lambda: world.rotate_key(principal=eve, api_key_id=made.key.id, trace_id=TRACE),
        lambda: world.revoke_key(principal=eve, api_key_id=made.key.id, trace_id=TRACE),
        lambda: change_key(world, eve, made.key),
        lambda: new_key(world, eve, lab),
        lambda: world.change_role(principal=eve, user_id=ada.user_id, role=Role.VIEWER, trace_id=TRACE),
        lambda: world.remove_member(principal=eve, user_id=ada.user_id, trace_id=TRACE),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt()
    assert (await world.list_keys(principal=eve, page=PageRequest(), project_id=lab)).rows == []
    assert (await world.authenticate_key(secret=made.secret)).org_id == ada.org_id


async def test_the_command_line_acts_for_the_first_owner(world: World) -> None:
    ada = await world.person("ada")
    system = await world.authenticate_system(name="cli", org_id=ada.org_id)
    assert (system.kind, system.user_id, system.actor) == ("system", ada.user_id, "system:cli")
    assert system.permissions == frozenset(Permission)
    made = await new_key(world, system)
    assert made.key.created_by == ada.user_id
    with pytest.raises(NotFound):
        await world.authenticate_system(name="cli", org_id=OrgId(world.ids.uuid()))
