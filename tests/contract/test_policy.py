"""The contract of limits and address rules, on memory and on PostgreSQL."""

from dataclasses import replace
from uuid import UUID

import pytest

from deepspace_core.kernel.page import PageRequest
from deepspace_core.policy import (
    IpRuleId,
    IpRuleNotFound,
    Limit,
    LimitExists,
    LimitId,
    LimitMetric,
    LimitNotFound,
    LimitScope,
    LimitTerms,
    read_network,
)
from tests.contract.metering_stores import Stores, stores_of
from tests.core.metering_values import KEY, OFFICE, ORG, OTHER_ORG, REQUESTS_A_MINUTE

TERMS = LimitTerms(LimitScope.KEY, None, LimitMetric.REQUESTS, window_seconds=60, cap=0)


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return stores_of(request)


def _limit(number: int, **changes: object) -> Limit:
    return replace(REQUESTS_A_MINUTE, id=LimitId(UUID(int=number)), **changes)  # type: ignore[arg-type]


async def _save(stores: Stores, *limits: Limit) -> None:
    async with stores.unit_of_work() as tx:
        await stores.stage.add_orgs(tx, [ORG, OTHER_ORG])
        for limit in limits:
            await stores.policies.save_limit(tx, limit)
        await tx.commit()


async def test_the_policies_of_an_organization_are_its_own_and_the_platforms(stores: Stores) -> None:
    own, platform, foreign = _limit(1), _limit(2, org_id=None), _limit(3, org_id=OTHER_ORG)
    await _save(stores, own, platform, foreign)
    async with stores.unit_of_work() as tx:
        await stores.policies.add_ip_rule(tx, OFFICE)
        found = await stores.policies.policies_of(tx, ORG)
    assert (list(found.limits), list(found.ip_rules)) == ([own, platform], [OFFICE])


async def test_a_limit_is_found_by_its_terms_within_its_set(stores: Stores) -> None:
    default, own, platform = _limit(1), _limit(2, scope_id=KEY), _limit(3, org_id=None)
    await _save(stores, default, own, platform)
    async with stores.unit_of_work() as tx:
        assert await stores.policies.find_limit(tx, ORG, TERMS) == default
        assert await stores.policies.find_limit(tx, ORG, replace(TERMS, scope_id=KEY)) == own
        assert await stores.policies.find_limit(tx, None, TERMS) == platform
        assert await stores.policies.find_limit(tx, OTHER_ORG, TERMS) is None
        assert await stores.policies.find_limit(tx, ORG, replace(TERMS, window_seconds=61)) is None


async def test_saving_again_changes_the_cap(stores: Stores) -> None:
    await _save(stores, _limit(1), _limit(1, cap=99))
    async with stores.unit_of_work() as tx:
        assert (await stores.policies.list_limits(tx, ORG, PageRequest())).rows == [_limit(1, cap=99)]
        assert await stores.policies.count_limits(tx, ORG) == 1
        assert await stores.policies.count_limits(tx, None) == 0


@pytest.mark.parametrize("org_id", [ORG, None])
async def test_the_same_terms_stand_once_in_a_set(stores: Stores, org_id: object) -> None:
    await _save(stores, _limit(1, org_id=org_id))
    async with stores.unit_of_work() as tx:
        with pytest.raises(LimitExists):
            await stores.policies.save_limit(tx, _limit(2, org_id=org_id))


async def test_a_limit_is_removed_from_its_own_set_only(stores: Stores) -> None:
    await _save(stores, _limit(1))
    async with stores.unit_of_work() as tx:
        for org_id in (OTHER_ORG, None):
            with pytest.raises(LimitNotFound):
                await stores.policies.remove_limit(tx, org_id, LimitId(UUID(int=1)))
        assert await stores.policies.remove_limit(tx, ORG, LimitId(UUID(int=1))) == _limit(1)
        assert (await stores.policies.list_limits(tx, ORG, PageRequest())).rows == []


async def test_address_rules_of_both_families_are_kept_as_they_are(stores: Stores) -> None:
    six = replace(OFFICE, id=IpRuleId(UUID(int=0x71)), network=read_network("2001:db8::/32"))
    single = replace(OFFICE, id=IpRuleId(UUID(int=0x72)), network=read_network("198.51.100.7"))
    await _save(stores)
    async with stores.unit_of_work() as tx:
        for rule in (OFFICE, six, single):
            await stores.policies.add_ip_rule(tx, rule)
        listed = await stores.policies.list_ip_rules(tx, ORG, PageRequest(limit=2))
        assert list(listed.rows) == [single, six]
        assert listed.next_cursor is not None
        assert await stores.policies.count_ip_rules(tx, ORG) == 3
        assert await stores.policies.count_ip_rules(tx, OTHER_ORG) == 0


async def test_an_address_rule_is_removed_by_its_own_organization_only(stores: Stores) -> None:
    await _save(stores)
    async with stores.unit_of_work() as tx:
        await stores.policies.add_ip_rule(tx, OFFICE)
        with pytest.raises(IpRuleNotFound):
            await stores.policies.remove_ip_rule(tx, OTHER_ORG, OFFICE.id)
        assert await stores.policies.remove_ip_rule(tx, ORG, OFFICE.id) == OFFICE
