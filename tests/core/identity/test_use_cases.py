"""Rules of the use cases that are the same on every adapter, so memory is enough."""

from dataclasses import replace
from datetime import timedelta

import pytest

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.identity import NotedKeyUses, Permission, Principal, Role, Secret, SystemActor
from deepspace_core.identity.errors import (
    AdministratorRequired,
    KeyOver,
    LastOwner,
    LoginLocked,
    PermissionMissing,
    SessionRequired,
    WalletMissing,
    WrongCredentials,
)
from deepspace_core.identity.use_cases import AuthenticateApiKey
from deepspace_core.identity.use_cases.login import ATTEMPTS_MAX
from deepspace_core.kernel.errors import InvalidInput, NotFound, Unavailable
from deepspace_core.kernel.ids import UserId
from deepspace_core.kernel.page import PageRequest
from tests.core.identity.world import OTHER_PASSWORD, PASSWORD, World, change_key
from tests.fakes import TRACE, InlineTasks

CLI = SystemActor("cli")
PAGE = PageRequest()


@pytest.fixture
def world() -> World:
    return World()


async def joined(world: World, role: Role) -> Principal:
    """Somebody with the role in an organization of ada's."""
    ada = await world.person("ada")
    made = await world.create_organization(actor=ada, owner_id=ada.user_id, name="Team", trace_id=TRACE)
    owner = await world.at("ada", made.organization.id)
    await world.person("bob")
    await world.add_member(principal=owner, email="bob@example.org", role=role, trace_id=TRACE)
    return await world.at("bob", owner.org_id)


async def test_only_owners_make_and_unmake_owners(world: World) -> None:
    admin = await joined(world, Role.ADMIN)
    members = await world.list_members(principal=admin, page=PAGE)
    owner_id = members.rows[1].member.user_id
    for attempt in (
        world.change_role(principal=admin, user_id=admin.user_id, role=Role.OWNER, trace_id=TRACE),
        world.change_role(principal=admin, user_id=owner_id, role=Role.VIEWER, trace_id=TRACE),
        world.remove_member(principal=admin, user_id=owner_id, trace_id=TRACE),
        world.add_member(principal=admin, email="x@example.org", role=Role.OWNER, trace_id=TRACE),
    ):
        with pytest.raises(PermissionMissing) as refused:
            await attempt
        assert refused.value.fields["permission"] == "owners:manage"


async def test_anybody_may_leave_but_only_admins_remove(world: World) -> None:
    viewer = await joined(world, Role.VIEWER)
    owner_id = (await world.list_members(principal=viewer, page=PAGE)).rows[1].member.user_id
    with pytest.raises(PermissionMissing):
        await world.remove_member(principal=viewer, user_id=owner_id, trace_id=TRACE)
    await world.remove_member(principal=viewer, user_id=viewer.user_id, trace_id=TRACE)
    with pytest.raises(NotFound):
        await world.at("bob", viewer.org_id)


async def test_nobody_is_put_out_of_their_personal_organization(world: World) -> None:
    ada = await world.person("ada")
    await world.person("bob")
    await world.add_member(principal=ada, email="bob@example.org", role=Role.OWNER, trace_id=TRACE)
    bob = await world.at("bob", ada.org_id)
    with pytest.raises(LastOwner):
        await world.remove_member(principal=bob, user_id=ada.user_id, trace_id=TRACE)
    await world.remove_member(principal=ada, user_id=bob.user_id, trace_id=TRACE)


async def test_a_stranger_to_the_installation_cannot_be_added(world: World) -> None:
    ada = await world.person("ada")
    with pytest.raises(NotFound) as refused:
        await world.add_member(principal=ada, email="nobody@example.org", role=Role.VIEWER, trace_id=TRACE)
    assert refused.value.param == "email"


async def test_a_key_can_hold_no_more_than_its_maker(world: World) -> None:
    member = await joined(world, Role.MEMBER)
    with pytest.raises(PermissionMissing) as refused:
        await world.create_key(principal=member, name="ci", scopes=[Permission.READ_AUDIT], trace_id=TRACE)
    assert (refused.value.param, refused.value.fields) == ("scopes", {"permission": "audit:read"})
    made = await world.create_key(principal=member, name="ci", trace_id=TRACE)
    key = await world.authenticate_key(secret=made.secret)
    with pytest.raises(PermissionMissing):
        await world.create_key(principal=key, name="child", trace_id=TRACE)
    with pytest.raises(InvalidInput):
        await world.create_key(principal=member, name="ci", scopes=[], trace_id=TRACE)
    world.tasks.drop()


async def test_rotating_a_key_opens_nothing_that_was_closed(world: World) -> None:
    admin = await joined(world, Role.ADMIN)
    made = await world.create_key(principal=admin, name="ci", scopes=[Permission.READ_AUDIT], trace_id=TRACE)
    owner = await world.at("ada", admin.org_id)
    await world.change_role(principal=owner, user_id=admin.user_id, role=Role.MEMBER, trace_id=TRACE)
    member = await world.at("bob", admin.org_id)
    with pytest.raises(PermissionMissing):
        await world.rotate_key(principal=member, api_key_id=made.key.id, trace_id=TRACE)


async def test_changing_a_key_adds_nothing_that_its_changer_has_not(world: World) -> None:
    admin = await joined(world, Role.ADMIN)
    wide = [Permission.USE_MODELS, Permission.READ_AUDIT]
    made = await world.create_key(principal=admin, name="ci", scopes=wide, trace_id=TRACE)
    owner = await world.at("ada", admin.org_id)
    await world.change_role(principal=owner, user_id=admin.user_id, role=Role.MEMBER, trace_id=TRACE)
    member = await world.at("bob", admin.org_id)
    renamed = await change_key(world, member, made.key, name="notebook")
    assert (renamed.name, renamed.scopes) == ("notebook", frozenset(wide))
    narrow = await change_key(world, member, made.key, scopes=[Permission.USE_MODELS])
    with pytest.raises(PermissionMissing) as refused:
        await change_key(world, member, narrow, scopes=wide)
    assert (refused.value.param, refused.value.fields) == ("scopes", {"permission": "audit:read"})
    with pytest.raises(PermissionMissing) as refused:
        await change_key(world, member, narrow, limits=[])
    assert refused.value.fields == {"permission": "policy:manage"}
    assert (await world.get_key(principal=member, api_key_id=made.key.id)) == narrow


async def test_changing_a_key_opens_no_models_that_its_changer_may_not_use(world: World) -> None:
    ada = await world.person("ada")
    some = replace(ada, model_allow_list=frozenset({"small"}))
    for_all = (await world.create_key(principal=ada, name="all", trace_id=TRACE)).key
    await change_key(world, some, for_all, name="still all")
    few = await change_key(world, some, for_all, model_allow_list=["small", "large"])
    assert (await change_key(world, some, few, model_allow_list=["large"])).model_allow_list == frozenset({"large"})
    for models in (None, ["small", "huge"]):
        with pytest.raises(PermissionMissing) as refused:
            await change_key(world, some, for_all, model_allow_list=models)
        assert refused.value.param == "model_allow_list"


async def test_a_change_of_a_key_is_told_with_what_was_before_and_none_is_not_told(world: World) -> None:
    ada = await world.person("ada")
    made = await world.create_key(principal=ada, name="ci", trace_id=TRACE)
    await change_key(world, ada, made.key)
    assert world.events.types[-1] == "api_key.created"
    ends = world.now + timedelta(days=1)
    changed = await change_key(world, ada, made.key, name="notebook", expires_at=ends)
    event = world.events.events[-1]
    assert (event.event_type, event.subject, event.actor) == ("api_key.updated", f"key_{made.key.id.hex}", ada.actor)
    assert (event.payload["name"], event.payload["expires_at"]) == ("notebook", ends.isoformat())
    assert event.payload["before"] == {
        "name": "ci",
        "scopes": ["models:use"],
        "model_allow_list": None,
        "expires_at": None,
    }
    wrongs: list[dict[str, object]] = [{"name": ""}, {"scopes": []}, {"expires_at": world.now}]
    for wrong in wrongs:
        with pytest.raises(InvalidInput) as refused:
            await change_key(world, ada, changed, **wrong)
        assert refused.value.param in wrong


async def test_a_revoked_key_is_not_changed(world: World) -> None:
    ada = await world.person("ada")
    made = await world.create_key(principal=ada, name="ci", trace_id=TRACE)
    await world.revoke_key(principal=ada, api_key_id=made.key.id, trace_id=TRACE)
    with pytest.raises(KeyOver):
        await change_key(world, ada, made.key, name="again")


async def test_a_key_for_some_models_opens_no_others(world: World) -> None:
    ada = await world.person("ada")
    for_all = await world.create_key(principal=ada, name="all", trace_id=TRACE)
    caller = replace(ada, model_allow_list=frozenset({"small"}))
    for models in (None, ["small", "large"]):
        with pytest.raises(PermissionMissing) as refused:
            await world.create_key(principal=caller, name="x", trace_id=TRACE, model_allow_list=models)
        assert refused.value.param == "model_allow_list"
    with pytest.raises(PermissionMissing):
        await world.rotate_key(principal=caller, api_key_id=for_all.key.id, trace_id=TRACE)
    made = await world.create_key(principal=caller, name="x", trace_id=TRACE, model_allow_list=["small"])
    assert made.key.model_allow_list == frozenset({"small"})


async def test_an_api_key_does_nothing_that_is_a_persons(world: World) -> None:
    ada = await world.person("ada")
    made = await world.create_key(principal=ada, name="ci", scopes=frozenset(Permission), trace_id=TRACE)
    key = await world.authenticate_key(secret=made.secret)
    for attempt in (
        world.get_profile(principal=key),
        world.update_profile(principal=key, trace_id=TRACE),
        world.list_sessions(principal=key, page=PAGE),
        world.list_organizations(principal=key, page=PAGE),
        world.log_out(principal=key, trace_id=TRACE),
        world.revoke_others(principal=key, trace_id=TRACE),
        world.create_organization(actor=key, owner_id=ada.user_id, name="Mine", trace_id=TRACE),
        world.change_password(principal=key, current_password=PASSWORD, new_password=OTHER_PASSWORD, trace_id=TRACE),
    ):
        with pytest.raises(SessionRequired):
            await attempt
    world.tasks.drop()


async def test_only_administrators_see_and_change_the_installation(world: World) -> None:
    ada = await world.person("ada")
    for attempt in (
        world.list_users(actor=ada, page=PAGE),
        world.get_user(actor=ada, user_id=ada.user_id),
        world.get_user_by_email(actor=ada, email="ada@example.org"),
        world.disable_user(actor=ada, user_id=ada.user_id, trace_id=TRACE),
        world.enable_user(actor=ada, user_id=ada.user_id, trace_id=TRACE),
        world.grant_administrator(actor=ada, user_id=ada.user_id, trace_id=TRACE),
        world.reset_password(actor=ada, user_id=ada.user_id, password=PASSWORD, trace_id=TRACE),
        world.list_all_organizations(actor=ada, page=PAGE),
        world.suspend(actor=ada, org_id=ada.org_id, reason="x", trace_id=TRACE),
        world.resume(actor=ada, org_id=ada.org_id, trace_id=TRACE),
        world.get_any_organization(actor=ada, org_id=ada.org_id),
        world.list_any_members(actor=ada, org_id=ada.org_id, page=PAGE),
        world.list_user_organizations(actor=ada, user_id=ada.user_id, page=PAGE),
        world.list_user_keys(actor=ada, user_id=ada.user_id, page=PAGE),
        world.list_user_sessions(actor=ada, user_id=ada.user_id, page=PAGE),
        world.end_user_session(actor=ada, user_id=ada.user_id, session_id=ada.require_session(), trace_id=TRACE),
        world.end_user_sessions(actor=ada, user_id=ada.user_id, trace_id=TRACE),
        world.preview_permissions(actor=ada, user_id=ada.user_id, org_id=ada.org_id),
    ):
        with pytest.raises(AdministratorRequired):
            await attempt


async def test_an_administrator_makes_an_organization_for_somebody(world: World) -> None:
    ada = await world.person("ada")
    made = await world.create_organization(actor=CLI, owner_id=ada.user_id, name="Team", trace_id=TRACE)
    assert Permission.MANAGE_OWNERS in (await world.at("ada", made.organization.id)).permissions
    with pytest.raises(NotFound):
        await world.create_organization(actor=CLI, owner_id=UserId(world.ids.uuid()), name="Team", trace_id=TRACE)
    eve = await world.person("eve")
    with pytest.raises(SessionRequired):
        await world.create_organization(actor=eve, owner_id=ada.user_id, name="Team", trace_id=TRACE)


async def test_a_stranger_who_changes_addresses_within_a_network_gets_no_more_guesses(world: World) -> None:
    await world.person("ada")
    for attempt in range(ATTEMPTS_MAX + 1):
        expected = WrongCredentials if attempt < ATTEMPTS_MAX else LoginLocked
        with pytest.raises(expected):
            await world.log_in(
                email="ada@example.org", password=OTHER_PASSWORD, trace_id=TRACE, address=f"2001:db8::{attempt:x}"
            )


async def test_a_failed_login_stands_in_the_trail_of_whose_account_it_was_and_nowhere_else(world: World) -> None:
    ada = await world.person("ada")
    for email in ("ada@example.org", "nobody@example.org"):
        with pytest.raises(WrongCredentials):
            await world.log_in(email=email, password=OTHER_PASSWORD, trace_id=TRACE)
    failed = [event for event in world.events.events if event.event_type == "login.failed"]
    assert [event.org_id for event in failed] == [ada.org_id]


async def test_guesses_at_the_current_password_are_bounded_too(world: World) -> None:
    ada = await world.person("ada")
    for expected in [WrongCredentials] * ATTEMPTS_MAX + [LoginLocked]:
        with pytest.raises(expected):
            await world.change_password(
                principal=ada, current_password=OTHER_PASSWORD, new_password=OTHER_PASSWORD, trace_id=TRACE
            )


async def test_a_password_too_long_to_be_one_is_not_even_hashed(world: World) -> None:
    await world.person("ada")
    before = len(world.hasher.verified)
    with pytest.raises(WrongCredentials):
        await world.log_in(email="ada@example.org", password=Secret("x" * 100_000), trace_id=TRACE)
    assert len(world.hasher.verified) == before


async def test_an_organization_without_a_wallet_says_so(world: World) -> None:
    ada = await world.person("ada")
    async with world.stores.unit_of_work() as tx:
        table_of(tx, "wallets").clear()
        await tx.commit()
    with pytest.raises(WalletMissing):
        await world.authenticate_system(name="cli", org_id=ada.org_id)


async def test_events_carry_no_secret_and_name_their_subject(world: World) -> None:
    ada = await world.person("ada")
    made = await world.create_key(principal=ada, name="ci", trace_id=TRACE)
    await world.rotate_key(principal=ada, api_key_id=made.key.id, trace_id=TRACE)
    assert world.events.types == ["user.registered", "session.opened", "api_key.created", "api_key.rotated"]
    told = repr(world.events.events)
    assert PASSWORD.reveal() not in told
    assert made.secret.reveal() not in told
    assert world.events.events[-1].subject == f"key_{made.key.id.hex}"
    assert {event.org_id for event in world.events.events} == {ada.org_id}


class TestLastUsed:
    async def test_a_use_is_written_behind_the_call_once_a_minute(self, world: World) -> None:
        ada = await world.person("ada")
        made = await world.create_key(principal=ada, name="ci", trace_id=TRACE)
        authenticate = self.gateway(world)
        await authenticate(secret=made.secret)
        await authenticate(secret=made.secret)
        assert len(world.tasks.detached) == 1
        assert (await world.get_key(principal=ada, api_key_id=made.key.id)).last_used_at is None
        await world.tasks.drain()
        assert (await world.get_key(principal=ada, api_key_id=made.key.id)).last_used_at == world.now
        world.clock.advance(timedelta(seconds=59))
        await authenticate(secret=made.secret)
        await self.gateway(world)(secret=made.secret)
        assert not world.tasks.detached
        later = world.clock.advance(seconds=1)
        await authenticate(secret=made.secret)
        await world.tasks.drain()
        assert (await world.get_key(principal=ada, api_key_id=made.key.id)).last_used_at == later

    async def test_a_machine_too_busy_to_write_it_still_lets_the_call_in(self, world: World) -> None:
        ada = await world.person("ada")
        made = await world.create_key(principal=ada, name="ci", trace_id=TRACE)
        busy = _Busy()
        uses = NotedKeyUses(unit_of_work=world.stores.unit_of_work, api_keys=world.stores.api_keys, tasks=busy)
        authenticate = AuthenticateApiKey(world.stores.unit_of_work, world.stores.credentials, uses, world.clock)
        await authenticate(secret=made.secret)
        busy.is_busy = False
        world.clock.advance(timedelta(minutes=1))
        await authenticate(secret=made.secret)
        await busy.drain()
        assert (await world.get_key(principal=ada, api_key_id=made.key.id)).last_used_at == world.now

    @staticmethod
    def gateway(world: World) -> AuthenticateApiKey:
        """One process's authentication, with its own memory of what it noted."""
        return world.authenticate_key


class _Busy(InlineTasks):
    is_busy = True

    def detach(self, work) -> None:  # type: ignore[no-untyped-def]
        if self.is_busy:
            work.close()
            raise Unavailable("busy")
        super().detach(work)
