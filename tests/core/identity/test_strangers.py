"""Networks that show keys nobody knows: bounded in what they may ask, and in what is remembered of them."""

from datetime import timedelta

import pytest

from deepspace_core.identity import strangers
from deepspace_core.identity.errors import KeyUnknown, LoginLocked, TooManyFailures
from deepspace_core.identity.secret import API_KEY_HEAD, SECRET_CHARS, Secret
from deepspace_core.identity.strangers import FAILURES_MAX, NETWORKS_MAX, Strangers
from deepspace_core.identity.use_cases import AuthenticateApiKey
from deepspace_core.identity.use_cases.registration import REGISTRATIONS_MAX
from tests.core.identity.world import PASSWORD, World
from tests.fakes import NOON, TRACE

GOOD, BAD, NEW = b"good", b"bad", b"new"
HERE, THERE = "192.0.2.1", "198.51.100.1"


def _fail(guard: Strangers, times: int, *, address: str = HERE) -> None:
    for _ in range(times):
        guard.require(BAD, address=address, now=NOON)
        guard.failed(BAD, address=address, now=NOON)


def test_after_too_many_wrong_keys_no_more_are_looked_up_until_the_minute_is_over() -> None:
    guard = Strangers()
    _fail(guard, FAILURES_MAX)
    with pytest.raises(TooManyFailures) as refused:
        guard.require(NEW, address=HERE, now=NOON + timedelta(seconds=20))
    assert refused.value.fields["retry_after_seconds"] == 40
    guard.require(NEW, address=THERE, now=NOON)
    guard.require(NEW, address=HERE, now=NOON + timedelta(minutes=1))


def test_a_key_that_was_good_lately_is_looked_up_all_the_same() -> None:
    guard = Strangers()
    guard.knew(GOOD, now=NOON - timedelta(minutes=59))
    _fail(guard, FAILURES_MAX)
    guard.require(GOOD, address=HERE, now=NOON)
    with pytest.raises(TooManyFailures):
        guard.require(NEW, address=HERE, now=NOON)


def test_a_good_key_that_was_revoked_is_a_strangers_from_then_on() -> None:
    guard = Strangers()
    guard.knew(GOOD, now=NOON)
    guard.failed(GOOD, address=HERE, now=NOON)
    _fail(guard, FAILURES_MAX - 1)
    with pytest.raises(TooManyFailures):
        guard.require(GOOD, address=HERE, now=NOON)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        (HERE, THERE, False),
        ("", "", True),
    ],
)
def test_an_ipv6_subscriber_is_one_caller(one: str, other: str, same: bool) -> None:
    assert (strangers.network_of(one) == strangers.network_of(other)) is same


def test_what_is_remembered_is_bounded_and_the_longest_silent_is_forgotten_first() -> None:
    guard = Strangers()
    _fail(guard, FAILURES_MAX)
    for number in range(NETWORKS_MAX - 1):
        guard.failed(BAD, address=f"stranger-{number}", now=NOON)
    with pytest.raises(TooManyFailures):
        guard.require(NEW, address=HERE, now=NOON)
    guard.failed(BAD, address="one more", now=NOON)
    guard.require(NEW, address=HERE, now=NOON)


async def test_a_key_nobody_knows_is_counted_for_the_address_that_shows_it() -> None:
    world = World()
    authenticate = AuthenticateApiKey(world.stores.unit_of_work, world.stores.credentials, world.key_uses, world.clock)
    for number in range(FAILURES_MAX):
        with pytest.raises(KeyUnknown):
            await authenticate(secret=_secret(number), address=HERE)
    with pytest.raises(TooManyFailures):
        await authenticate(secret=_secret(0), address=HERE)
    with pytest.raises(KeyUnknown):
        await authenticate(secret=_secret(0), address=THERE)
    with pytest.raises(KeyUnknown):
        await authenticate(secret=_secret(0))


async def test_registrations_of_one_network_are_limited_and_an_operators_are_not() -> None:
    world = World()
    for number in range(REGISTRATIONS_MAX):
        await _register(world, number, address=HERE)
    with pytest.raises(LoginLocked):
        await _register(world, 100, address=HERE)
    await _register(world, 101, address=THERE)
    await _register(world, 102, address=None)


async def _register(world: World, number: int, *, address: str | None) -> None:
    await world.register(
        email=f"p{number}@example.org", password=PASSWORD, display_name="P", trace_id=TRACE, address=address
    )


def _secret(number: int) -> Secret:
    return Secret(f"{API_KEY_HEAD}{number:0>{SECRET_CHARS}}")
