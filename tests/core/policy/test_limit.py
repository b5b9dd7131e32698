"""Which limits hold for a call, and what it charges them."""

from dataclasses import replace
from uuid import UUID

import pytest

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.policy import Limit, LimitId, LimitMetric, LimitScope, LimitTerms, Subjects, charges_for
from deepspace_core.policy.limit import CAP_MAX, CONCURRENCY_CAP_MAX, WINDOW_SECONDS_MAX, applicable, checked
from tests.core.metering_values import KEY, MODEL, ORG, OTHER_ORG, PROJECT, REQUESTS_A_MINUTE, USER

CALL = Subjects(org_id=ORG, project_id=PROJECT, user_id=USER, api_key_id=KEY, model_id=MODEL)


def _limit(number: int, **changes: object) -> Limit:
    return replace(REQUESTS_A_MINUTE, id=LimitId(UUID(int=number)), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("limit", "holds"),
    [
        (_limit(1), True),
        (_limit(1, scope_id=KEY), True),
        (_limit(1, scope_id=UUID(int=99)), False),
        (_limit(1, org_id=None), True),
        (_limit(1, org_id=OTHER_ORG), False),
        (_limit(1, scope=LimitScope.ORG, scope_id=ORG), True),
        (_limit(1, scope=LimitScope.MODEL, scope_id=MODEL), True),
        (_limit(1, scope=LimitScope.USER, scope_id=UUID(int=99)), False),
    ],
)
def test_a_limit_holds_for_the_calls_of_its_scope(limit: Limit, holds: bool) -> None:
    assert (limit in applicable([limit], CALL)) is holds


def test_a_scope_that_the_call_does_not_have_limits_nothing() -> None:
    assert not applicable([_limit(1, scope=LimitScope.KEY)], Subjects(org_id=ORG))


@pytest.mark.parametrize(("own_cap", "lower"), [(9, 2), (10, 2), (99, 1)])
def test_a_limit_for_the_very_key_can_only_lower_the_default_whatever_the_order(own_cap: int, lower: int) -> None:
    limits = [_limit(1, cap=10), _limit(2, scope_id=KEY, cap=own_cap)]
    holds = [limits[lower - 1]]
    assert applicable(limits, CALL) == applicable(limits[::-1], CALL) == holds


def test_an_administrator_gives_one_key_more_than_the_platform_gives_each() -> None:
    default, own = _limit(1, org_id=None, cap=10), _limit(2, org_id=None, scope_id=KEY, cap=99)
    assert applicable([default, own], CALL) == applicable([own, default], CALL) == [own]


def test_a_limit_for_the_very_person_replaces_the_default_whatever_the_order() -> None:
    default = _limit(1, scope=LimitScope.USER, cap=10)
    own = _limit(2, scope=LimitScope.USER, scope_id=CALL.user_id, cap=99)
    assert applicable([default, own], CALL) == applicable([own, default], CALL) == [own]


def test_an_organization_can_not_raise_what_the_platform_allows() -> None:
    platform, generous = _limit(1, org_id=None, cap=10), _limit(2, scope_id=KEY, cap=9_999)
    assert applicable([platform, generous], CALL) == [platform, generous]


def test_other_windows_and_metrics_all_hold() -> None:
    limits = [_limit(1), _limit(2, window_seconds=86_400), _limit(3, metric=LimitMetric.TOKENS)]
    assert applicable(limits, CALL) == limits


def test_tokens_are_charged_by_the_estimate_and_the_rest_by_one() -> None:
    limits = [_limit(number, metric=metric) for number, metric in enumerate(LimitMetric, start=1)]
    charges = charges_for(limits, CALL, tokens=750)
    assert {charge.limit.metric: charge.amount for charge in charges} == {
        LimitMetric.REQUESTS: 1,
        LimitMetric.TOKENS: 750,
        LimitMetric.CONCURRENCY: 1,
    }


def test_two_keys_under_one_default_count_apart() -> None:
    (mine,) = charges_for([_limit(1)], CALL, tokens=0)
    (theirs,) = charges_for([_limit(1)], CALL._replace(api_key_id=UUID(int=99)), tokens=0)
    assert mine.counter != theirs.counter


@pytest.mark.parametrize(
    ("metric", "window_seconds", "cap", "param"),
    [
        (LimitMetric.REQUESTS, 0, 1, "window_seconds"),
        (LimitMetric.REQUESTS, WINDOW_SECONDS_MAX + 1, 1, "window_seconds"),
        (LimitMetric.REQUESTS, 60, -1, "cap"),
        (LimitMetric.TOKENS, 60, CAP_MAX + 1, "cap"),
        (LimitMetric.CONCURRENCY, 60, CONCURRENCY_CAP_MAX + 1, "cap"),
    ],
)
def test_terms_that_make_no_sense_are_refused_by_field(
    metric: LimitMetric, window_seconds: int, cap: int, param: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(LimitTerms(LimitScope.KEY, None, metric, window_seconds, cap))
    assert refused.value.param == param
