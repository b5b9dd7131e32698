"""Invitations behave alike in memory and in PostgreSQL."""

import asyncio
from collections.abc import Iterator

import pytest

from deepspace_core.identity import Permission, Principal, Role, Secret
from deepspace_core.identity.errors import (
    AlreadyMember,
    InvitationForAnother,
    InvitationOver,
    PermissionMissing,
    SessionRequired,
)
from deepspace_core.identity.invitation import InvitationState
from deepspace_core.identity.use_cases import NewInvitation
from deepspace_core.kernel.errors import InvalidInput, NotFound
from deepspace_core.kernel.page import PageRequest
from tests.contract.identity_stores import ADAPTERS, world_on
from tests.core.identity.world import World
from tests.fakes import TRACE

WEEK = 7 * 24 * 3600


@pytest.fixture(params=ADAPTERS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    made = world_on(request.param, request)
    yield made
    made.tasks.drop()


@pytest.fixture
async def ada(world: World) -> Principal:
    """The owner of a team."""
    ada = await world.person("ada")
    made = await world.create_organization(actor=ada, owner_id=ada.user_id, name="Team", trace_id=TRACE)
    return await world.at("ada", made.organization.id)


async def invite(world: World, principal: Principal, name: str, role: Role = Role.MEMBER) -> NewInvitation:
    return await world.invite(principal=principal, email=f"{name}@example.org", role=role, trace_id=TRACE)


async def test_who_was_invited_comes_in_once(world: World, ada: Principal) -> None:
    new = await invite(world, ada, "Bob")
    told = await world.read_invitation(secret=new.secret)
    assert (told.organization.name, told.invitation.email) == ("Team", "bob@example.org")
    assert told.state is InvitationState.PENDING
    bob = await world.person("bob")
    membership = await world.accept_invitation(principal=bob, secret=new.secret, trace_id=TRACE)
    assert (membership.organization.id, membership.role) == (ada.org_id, Role.MEMBER)
    assert (await world.at("bob", ada.org_id)).may(Permission.USE_MODELS)
    assert (await world.read_invitation(secret=new.secret)).state is InvitationState.ACCEPTED
    with pytest.raises(InvitationOver) as refused:
        await world.accept_invitation(principal=bob, secret=new.secret, trace_id=TRACE)
    assert refused.value.fields["state"] == "accepted"
    assert (await world.list_invitations(principal=ada, page=PageRequest())).rows == []
    assert {"member.invited", "invitation.accepted"} <= set(world.events.types)


async def test_two_answers_at_once_let_one_in(world: World, ada: Principal) -> None:
    new = await invite(world, ada, "bob")
    bob = await world.person("bob")
    answers = await asyncio.gather(
        *(world.accept_invitation(principal=bob, secret=new.secret, trace_id=TRACE) for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, InvitationOver) for answer in answers) == 2


async def test_a_forwarded_link_opens_nothing(world: World, ada: Principal) -> None:
    new = await invite(world, ada, "bob")
    eve = await world.person("eve")
    with pytest.raises(InvitationForAnother):
        await world.accept_invitation(principal=eve, secret=new.secret, trace_id=TRACE)
    with pytest.raises(NotFound):
        await world.at("eve", ada.org_id)


async def test_an_invitation_ends_with_its_time(world: World, ada: Principal) -> None:
    new = await invite(world, ada, "bob")
    bob = await world.person("bob")
    world.clock.advance(seconds=WEEK)
    assert (await world.read_invitation(secret=new.secret)).state is InvitationState.EXPIRED
    assert (await world.list_invitations(principal=ada, page=PageRequest())).rows == []
    with pytest.raises(InvitationOver):
        await world.accept_invitation(principal=bob, secret=new.secret, trace_id=TRACE)
    await invite(world, ada, "bob")


async def test_what_is_withdrawn_opens_nothing(world: World, ada: Principal) -> None:
    new = await invite(world, ada, "bob")
    await world.withdraw_invitation(principal=ada, invitation_id=new.invitation.id, trace_id=TRACE)
    bob = await world.person("bob")
    with pytest.raises(InvitationOver):
        await world.accept_invitation(principal=bob, secret=new.secret, trace_id=TRACE)
    with pytest.raises(InvitationOver):
        await world.withdraw_invitation(principal=ada, invitation_id=new.invitation.id, trace_id=TRACE)


async def test_a_second_invitation_withdraws_the_first(world: World, ada: Principal) -> None:
    first = await invite(world, ada, "bob")
    second = await invite(world, ada, "BOB", Role.VIEWER)
    assert (await world.read_invitation(secret=first.secret)).state is InvitationState.WITHDRAWN
    assert (await world.list_invitations(principal=ada, page=PageRequest())).rows == [second.invitation]


async def test_lists_are_pages_newest_first(world: World, ada: Principal) -> None:
    made = [(await invite(world, ada, name)).invitation for name in ("bob", "cleo", "dan")]
    page = await world.list_invitations(principal=ada, page=PageRequest(limit=2))
    rest = await world.list_invitations(principal=ada, page=PageRequest.read(limit=2, cursor=page.next_cursor))
    assert [*page.rows, *rest.rows] == made[::-1]


async def test_only_who_may_give_a_role_invites_into_it(world: World, ada: Principal) -> None:
    bob = await world.person("bob")
    await world.add_member(principal=ada, email="bob@example.org", role=Role.ADMIN, trace_id=TRACE)
    bob = await world.at("bob", ada.org_id)
    with pytest.raises(PermissionMissing):
        await invite(world, bob, "cleo", Role.OWNER)
    owners = await invite(world, ada, "dan", Role.OWNER)
    with pytest.raises(PermissionMissing):
        await world.withdraw_invitation(principal=bob, invitation_id=owners.invitation.id, trace_id=TRACE)
    await invite(world, bob, "cleo", Role.ADMIN)
    await world.change_role(principal=ada, user_id=bob.user_id, role=Role.MEMBER, trace_id=TRACE)
    with pytest.raises(PermissionMissing):
        await invite(world, await world.at("bob", ada.org_id), "eve", Role.VIEWER)


async def test_a_link_falls_with_the_word_of_whoever_gave_it(world: World, ada: Principal) -> None:
    await world.person("bob")
    await world.add_member(principal=ada, email="bob@example.org", role=Role.ADMIN, trace_id=TRACE)
    bob = await world.at("bob", ada.org_id)
    new = await invite(world, bob, "cleo")
    await world.remove_member(principal=ada, user_id=bob.user_id, trace_id=TRACE)
    cleo = await world.person("cleo")
    with pytest.raises(InvitationOver):
        await world.accept_invitation(principal=cleo, secret=new.secret, trace_id=TRACE)


async def test_who_is_in_already_needs_no_invitation(world: World, ada: Principal) -> None:
    new = await invite(world, ada, "bob")
    bob = await world.person("bob")
    await world.add_member(principal=ada, email="bob@example.org", role=Role.MEMBER, trace_id=TRACE)
    with pytest.raises(AlreadyMember):
        await invite(world, ada, "bob")
    with pytest.raises(AlreadyMember):
        await world.accept_invitation(principal=bob, secret=new.secret, trace_id=TRACE)


@pytest.mark.parametrize("hours", [0, -1, 30 * 24 + 1])
async def test_a_lifetime_is_bounded(world: World, ada: Principal, hours: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        await world.invite(
            principal=ada, email="bob@example.org", role=Role.MEMBER, lifetime_hours=hours, trace_id=TRACE
        )
    assert refused.value.param == "lifetime_hours"


async def test_nonsense_is_not_found(world: World, ada: Principal) -> None:
    for text in ("", "ds-in-", "ds-in-" + "x" * 43, "sk-ds-" + "x" * 43):
        with pytest.raises(NotFound):
            await world.read_invitation(secret=Secret(text))


async def test_another_organization_can_not_take_it_back(world: World, ada: Principal) -> None:
    new = await invite(world, ada, "bob")
    eve = await world.person("eve")
    with pytest.raises(NotFound):
        await world.withdraw_invitation(principal=eve, invitation_id=new.invitation.id, trace_id=TRACE)
    assert (await world.list_invitations(principal=eve, page=PageRequest())).rows == []


async def test_a_key_can_not_accept(world: World, ada: Principal) -> None:
    new = await invite(world, ada, "bob")
    key = await world.create_key(principal=ada, name="ci", trace_id=TRACE)
    principal = await world.authenticate_key(secret=key.secret)
    with pytest.raises(SessionRequired):
        await world.accept_invitation(principal=principal, secret=new.secret, trace_id=TRACE)
