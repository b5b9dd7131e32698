"""Registration, log-in, sessions and accounts behave alike in memory and in PostgreSQL."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from deepspace_core.identity import Role, Secret, SystemActor
from deepspace_core.identity.errors import (
    EmailTaken,
    LoginLocked,
    RefreshReused,
    SessionExpired,
    SessionRevoked,
    SessionUnknown,
    WrongCredentials,
)
from deepspace_core.identity.session import ACCESS_LIFETIME, OVER_KEPT, REFRESH_LIFETIME, SessionEnd
from deepspace_core.identity.use_cases import LoggedIn
from deepspace_core.identity.use_cases.login import ATTEMPTS_MAX, ATTEMPTS_WINDOW
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import SessionId
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


async def test_registering_makes_all_that_a_person_needs(world: World) -> None:
    made = await world.register(
        email=" Ada@Example.ORG ",
        password=PASSWORD,
        display_name="Ada Lovelace",
        trace_id=TRACE,
        language="zh-CN",
        time_zone="Asia/Shanghai",
    )
    ada = await world.at("ada")
    profile = await world.get_profile(principal=ada)
    assert profile.user == made.user
    assert [(one.organization.kind, one.role) for one in profile.memberships.rows] == [("personal", Role.OWNER)]
    assert (ada.org_id, ada.workspace_id, ada.project_id, ada.wallet_id) == (
        made.user.personal_org_id,
        made.foundation.workspace.id,
        made.foundation.project.id,
        made.foundation.wallet_id,
    )
    assert made.foundation.workspace.slug == "ada-lovelace"


async def test_a_taken_email_leaves_nothing_behind(world: World) -> None:
    await world.person("ada")
    with pytest.raises(EmailTaken):
        await world.register(email="ADA@example.org", password=PASSWORD, display_name="Other", trace_id=TRACE)
    assert len((await world.list_all_organizations(actor=CLI, page=PageRequest())).rows) == 1


async def test_two_people_of_one_name_get_different_slugs(world: World) -> None:
    for email in ("ada@example.org", "ada@example.com"):
        await world.register(email=email, password=PASSWORD, display_name="Ada", trace_id=TRACE)
    async with world.stores.unit_of_work() as tx:
        assert await world.stores.workspaces.is_slug_taken(tx, "ada")
        assert not await world.stores.workspaces.is_slug_taken(tx, "ada-")
    users = await world.list_users(actor=CLI, page=PageRequest())
    assert len(users.rows) == 2


async def test_wrong_password_and_unknown_address_are_told_alike(world: World) -> None:
    await world.person("ada")
    for email, password in (("ada@example.org", OTHER_PASSWORD), ("bob@example.org", PASSWORD), ("", PASSWORD)):
        with pytest.raises(WrongCredentials):
            await world.log_in(email=email, password=password, trace_id=TRACE)
    assert world.hasher.verified[-3:] == ["somebody", "nobody", "nobody"]


async def test_the_eleventh_attempt_waits_for_the_window_to_end(world: World) -> None:
    await world.person("ada")
    for _ in range(ATTEMPTS_MAX):
        with pytest.raises(WrongCredentials):
            await log_in(world, "ada", OTHER_PASSWORD)
    with pytest.raises(LoginLocked) as locked:
        await log_in(world, "ada")
    assert locked.value.fields["retry_after_seconds"] == ATTEMPTS_WINDOW.total_seconds()
    elsewhere = await world.log_in(
        email="ada@example.org", password=PASSWORD, address="192.0.2.7", user_agent="x" * 999, trace_id=TRACE
    )
    assert (elsewhere.session.address, len(elsewhere.session.user_agent)) == ("192.0.2.7", 300)
    world.clock.advance(ATTEMPTS_WINDOW)
    await log_in(world, "ada")


async def test_a_log_in_that_succeeds_forgets_the_failures(world: World) -> None:
    await world.person("ada")
    for _ in range(3):
        for _ in range(ATTEMPTS_MAX - 1):
            with pytest.raises(WrongCredentials):
                await log_in(world, "ada", OTHER_PASSWORD)
        await log_in(world, "ada")


async def test_logging_in_hashes_anew_when_the_parameters_changed(world: World) -> None:
    await world.person("ada")
    world.hasher.version = 2
    opened = await log_in(world, "ada")
    assert opened.user.password_hash.startswith("2:")
    assert (await log_in(world, "ada")).user.password_hash == opened.user.password_hash


async def test_refreshing_replaces_both_tokens(world: World) -> None:
    await world.person("ada")
    first = await log_in(world, "ada")
    world.clock.advance(ACCESS_LIFETIME)
    with pytest.raises(SessionExpired):
        await world.authenticate(token=first.tokens.access)
    second = await world.refresh(refresh_token=first.tokens.refresh, trace_id=TRACE)
    assert second.session.id == first.session.id
    assert (await world.authenticate(token=second.tokens.access)).session_id == first.session.id
    with pytest.raises(SessionUnknown):
        await world.authenticate(token=first.tokens.access)


async def test_a_refresh_token_that_comes_again_revokes_the_session(world: World) -> None:
    await world.person("ada")
    first = await log_in(world, "ada")
    second = await world.refresh(refresh_token=first.tokens.refresh, trace_id=TRACE)
    third = await world.refresh(refresh_token=second.tokens.refresh, trace_id=TRACE)
    with pytest.raises(RefreshReused):
        await world.refresh(refresh_token=first.tokens.refresh, trace_id=TRACE)
    with pytest.raises(SessionRevoked):
        await world.refresh(refresh_token=third.tokens.refresh, trace_id=TRACE)
    with pytest.raises(SessionRevoked):
        await world.authenticate(token=third.tokens.access)
    assert world.events.types[-1] == "session.refresh_reused"


async def test_of_two_refreshes_at_once_one_wins_and_the_session_ends(world: World) -> None:
    await world.person("ada")
    opened = await log_in(world, "ada")
    outcomes = await asyncio.gather(
        *(world.refresh(refresh_token=opened.tokens.refresh, trace_id=TRACE) for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["LoggedIn", "RefreshReused"]


async def test_a_session_ends_after_thirty_idle_days(world: World) -> None:
    await world.person("ada")
    opened = await log_in(world, "ada")
    world.clock.advance(REFRESH_LIFETIME)
    with pytest.raises(SessionExpired):
        await world.refresh(refresh_token=opened.tokens.refresh, trace_id=TRACE)


async def test_a_token_that_is_none_of_ours_is_unknown(world: World) -> None:
    for text in ("", "ds-at-", "ds-rt-" + "x" * 86, "sk-ds-" + "x" * 43, "ds-at-" + "x" * 43):
        with pytest.raises(SessionUnknown):
            await world.authenticate(token=Secret(text))
        with pytest.raises(SessionUnknown):
            await world.refresh(refresh_token=Secret(text), trace_id=TRACE)


async def test_logging_out_ends_this_session_only(world: World) -> None:
    ada = await world.person("ada")
    other = await log_in(world, "ada")
    await world.log_out(principal=ada, trace_id=TRACE)
    live = await world.list_sessions(principal=ada, page=PageRequest())
    assert [one.id for one in live.rows] == [other.session.id]


async def test_sessions_are_listed_in_pages_and_revoked(world: World) -> None:
    ada = await world.person("ada")
    later = [await log_in(world, "ada") for _ in range(2)]
    first_page = await world.list_sessions(principal=ada, page=PageRequest(limit=2))
    assert [one.id for one in first_page.rows] == [later[1].session.id, later[0].session.id]
    rest = await world.list_sessions(principal=ada, page=PageRequest.read(limit=2, cursor=first_page.next_cursor))
    assert ([one.id for one in rest.rows], rest.next_cursor) == ([ada.session_id], None)
    await world.revoke_session(principal=ada, session_id=later[0].session.id, trace_id=TRACE)
    await world.revoke_session(principal=ada, session_id=later[0].session.id, trace_id=TRACE)
    with pytest.raises(SessionRevoked):
        await world.authenticate(token=later[0].tokens.access)
    assert world.events.types.count("session.revoked") == 1
    assert await world.revoke_others(principal=ada, trace_id=TRACE) == 1


async def test_another_persons_session_is_not_found(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    assert bob.session_id is not None
    for session_id in (bob.session_id, SessionId(world.ids.uuid())):
        with pytest.raises(NotFound):
            await world.revoke_session(principal=ada, session_id=session_id, trace_id=TRACE)


async def test_changing_the_password_ends_the_other_sessions(world: World) -> None:
    ada = await world.person("ada")
    other = await log_in(world, "ada")
    ended = await world.change_password(
        principal=ada, current_password=PASSWORD, new_password=OTHER_PASSWORD, trace_id=TRACE
    )
    assert ended == 1
    with pytest.raises(SessionRevoked):
        await world.authenticate(token=other.tokens.access)
    with pytest.raises(WrongCredentials):
        await log_in(world, "ada")
    await log_in(world, "ada", OTHER_PASSWORD)
    assert [one.id for one in (await world.list_sessions(principal=ada, page=PageRequest())).rows][-1] == ada.session_id


async def test_a_wrong_current_password_changes_nothing(world: World) -> None:
    ada = await world.person("ada")
    with pytest.raises(WrongCredentials) as wrong:
        await world.change_password(
            principal=ada, current_password=OTHER_PASSWORD, new_password=OTHER_PASSWORD, trace_id=TRACE
        )
    assert wrong.value.param == "current_password"
    await log_in(world, "ada")


async def test_a_profile_changes_in_what_is_given(world: World) -> None:
    ada = await world.person("ada")
    changed = await world.update_profile(principal=ada, language="zh-CN", trace_id=TRACE)
    assert (changed.language, changed.display_name, changed.time_zone) == ("zh-CN", "Ada", "UTC")
    changed = await world.update_profile(principal=ada, display_name="A. L.", time_zone="Europe/London", trace_id=TRACE)
    assert (await world.get_profile(principal=ada)).user == changed


async def test_a_change_that_is_not_committed_never_was(world: World) -> None:
    ada = await world.person("ada")
    async with world.stores.unit_of_work() as tx:
        await world.stores.sessions.end_all(tx, ada.user_id, end=SessionEnd.REVOKED, now=world.now)
    assert len((await world.list_sessions(principal=ada, page=PageRequest())).rows) == 1


async def test_attempts_that_are_over_are_forgotten(world: World) -> None:
    attempts, window = world.stores.attempts, timedelta(minutes=1)
    async with world.stores.unit_of_work() as tx:
        for key in (b"1", b"2"):
            assert await attempts.count(tx, key, now=world.now, window=window) == 1
        assert await attempts.count(tx, b"1", now=world.now, window=window) == 2
        later = world.clock.advance(window)
        assert await attempts.count(tx, b"1", now=later, window=window) == 1
        await attempts.clear(tx, b"1")
        assert await attempts.count(tx, b"1", now=later, window=window) == 1


async def test_sessions_that_are_long_over_are_cleared_away_and_no_others(world: World) -> None:
    await world.person("ada")
    first = await log_in(world, "ada")
    world.clock.advance(OVER_KEPT)
    second = await log_in(world, "ada")
    world.clock.advance(REFRESH_LIFETIME)
    assert await world.prune_sessions() == 0
    world.clock.advance(timedelta(seconds=1))
    assert await world.prune_sessions() >= 1
    for gone, refused in ((first, SessionUnknown), (second, SessionExpired)):
        with pytest.raises(refused):
            await world.refresh(refresh_token=gone.tokens.refresh, trace_id=TRACE)
