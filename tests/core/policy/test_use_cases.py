"""Setting limits and address rules: who may, what is audited, what is bounded."""

from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest

from deepspace_adapters.memory.policy import MemoryPolicies
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_core.identity.errors import AdministratorRequired, PermissionMissing
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.page import PageRequest
from deepspace_core.policy import (
    LIMITS_MAX,
    IpAction,
    IpRuleId,
    IpRuleNotFound,
    IpScope,
    LimitId,
    LimitMetric,
    LimitNotFound,
    LimitScope,
    LimitTerms,
)
from deepspace_core.policy.trail import Trail
from deepspace_core.policy.use_cases import (
    ListIpRules,
    ListLimits,
    ListPlatformLimits,
    LoadPolicies,
    RemoveIpRule,
    RemoveLimit,
    RemovePlatformLimit,
    SetIpRule,
    SetLimit,
    SetPlatformLimit,
)
from tests.core.metering_values import KEY, NOBODY, OPERATOR, ORG, OTHER_ORG, OWNER, REQUESTS_A_MINUTE, TRACE
from tests.fakes import CountingIds, FixedClock, ListedEvents

TERMS = LimitTerms(LimitScope.KEY, None, LimitMetric.REQUESTS, window_seconds=60, cap=10)


@dataclass
class World:
    unit_of_work: MemoryUnitOfWork = field(default_factory=lambda: MemoryUnitOfWork(MemoryDatabase()))
    policies: MemoryPolicies = field(default_factory=MemoryPolicies)
    events: ListedEvents = field(default_factory=ListedEvents)

    def __post_init__(self) -> None:
        trail = Trail(self.events, CountingIds(), FixedClock())
        self.set_limit = SetLimit(self.unit_of_work, self.policies, trail)
        self.set_platform_limit = SetPlatformLimit(self.unit_of_work, self.policies, trail)
        self.remove_limit = RemoveLimit(self.unit_of_work, self.policies, trail)
        self.remove_platform_limit = RemovePlatformLimit(self.unit_of_work, self.policies, trail)
        self.list_limits = ListLimits(self.unit_of_work, self.policies)
        self.set_ip_rule = SetIpRule(self.unit_of_work, self.policies, trail)
        self.remove_ip_rule = RemoveIpRule(self.unit_of_work, self.policies, trail)
        self.list_ip_rules = ListIpRules(self.unit_of_work, self.policies)
        self.load = LoadPolicies(self.unit_of_work, self.policies)


@pytest.fixture
def world() -> World:
    return World()


async def test_setting_the_same_terms_again_changes_the_cap_only(world: World) -> None:
    made = await world.set_limit(principal=OWNER, trace_id=TRACE, terms=TERMS)
    changed = await world.set_limit(principal=OWNER, trace_id=TRACE, terms=replace(TERMS, cap=99))
    assert changed == replace(made, cap=99)
    assert [event.payload["cap_before"] for event in world.events.events] == [None, 10]


async def test_platform_and_organization_keep_apart_sets(world: World) -> None:
    own = await world.set_limit(principal=OWNER, trace_id=TRACE, terms=TERMS)
    platform = await world.set_platform_limit(actor=OPERATOR, trace_id=TRACE, terms=TERMS)
    assert set((await world.load(org_id=ORG)).limits) == {own, platform}
    assert (await world.load(org_id=OTHER_ORG)).limits == [platform]
    with pytest.raises(LimitNotFound):
        await world.remove_limit(principal=OWNER, trace_id=TRACE, limit_id=platform.id)
    await world.remove_platform_limit(actor=OPERATOR, trace_id=TRACE, limit_id=platform.id)
    assert (await world.list_limits(principal=OWNER, page=PageRequest())).rows == [own]


async def test_only_an_administrator_touches_the_limits_of_the_platform(world: World) -> None:
    with pytest.raises(AdministratorRequired):
        await world.set_platform_limit(actor=OWNER, trace_id=TRACE, terms=TERMS)
    with pytest.raises(AdministratorRequired):
        await ListPlatformLimits(world.unit_of_work, world.policies)(actor=OWNER, page=PageRequest())


async def test_without_the_permission_nothing_is_set_or_seen(world: World) -> None:
    with pytest.raises(PermissionMissing):
        await world.set_limit(principal=NOBODY, trace_id=TRACE, terms=TERMS)
    with pytest.raises(PermissionMissing):
        await world.list_limits(principal=NOBODY, page=PageRequest())
    with pytest.raises(PermissionMissing):
        await world.set_ip_rule(
            principal=NOBODY, trace_id=TRACE, scope=IpScope.ORG, scope_id=None, action=IpAction.DENY, network="::/0"
        )
    assert world.events.types == []


async def test_an_organization_limits_no_other_one(world: World) -> None:
    terms = replace(TERMS, scope=LimitScope.ORG, scope_id=OTHER_ORG)
    with pytest.raises(InvalidInput, match="itself only"):
        await world.set_limit(principal=OWNER, trace_id=TRACE, terms=terms)


async def test_the_number_of_limits_is_bounded(world: World) -> None:
    async with world.unit_of_work() as tx:
        for number in range(LIMITS_MAX):
            limit = replace(REQUESTS_A_MINUTE, id=LimitId(UUID(int=number)), window_seconds=number + 1)
            await world.policies.save_limit(tx, limit)
        await tx.commit()
    with pytest.raises(InvalidInput, match="remove some first"):
        await world.set_limit(principal=OWNER, trace_id=TRACE, terms=replace(TERMS, window_seconds=LIMITS_MAX + 1))


async def test_an_address_rule_is_set_listed_and_removed_under_audit(world: World) -> None:
    rule = await world.set_ip_rule(
        principal=OWNER, trace_id=TRACE, scope=IpScope.KEY, scope_id=KEY, action=IpAction.ALLOW, network="192.0.2.0/24"
    )
    assert (await world.list_ip_rules(principal=OWNER, page=PageRequest())).rows == [rule]
    assert (await world.load(org_id=ORG)).ip_rules == [rule]
    await world.remove_ip_rule(principal=OWNER, trace_id=TRACE, rule_id=rule.id)
    assert (await world.list_ip_rules(principal=OWNER, page=PageRequest())).rows == []
    assert world.events.types == ["ip_rule.set", "ip_rule.removed"]


async def test_a_rule_that_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(IpRuleNotFound):
        await world.remove_ip_rule(principal=OWNER, trace_id=TRACE, rule_id=IpRuleId(UUID(int=9)))


async def test_the_rule_of_a_key_names_the_key(world: World) -> None:
    with pytest.raises(InvalidInput, match="must name the key"):
        await world.set_ip_rule(
            principal=OWNER, trace_id=TRACE, scope=IpScope.KEY, scope_id=None, action=IpAction.ALLOW, network="::/0"
        )
