"""The contract of past calls, on memory and on PostgreSQL, and dry runs on them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.past_calls import MemoryPastCalls
from deepspace_adapters.postgres.past_calls import PostgresPastCalls
from deepspace_core.identity.errors import PermissionMissing
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import TraceId, UsageRecordId
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow
from deepspace_core.pipeline import PastCall, PastCalls
from deepspace_core.pipeline.dry_run_use_cases import DryRunPolicy
from deepspace_core.policy import IpAction, LimitMetric, LimitScope, LimitTerms
from tests.contract.metering_stores import Stores, stores_of
from tests.core.metering_values import KEY, NOBODY, ORG, OTHER_ORG, OWNER, PAST, REQUEST, USED
from tests.fakes import FixedClock

HOUR = timedelta(hours=1)
DAY = {"since": PAST - HOUR, "until": PAST + 23 * HOUR}


@dataclass(frozen=True)
class Past:
    """One adapter, with a past."""

    stores: Stores
    past_calls: PastCalls

    @property
    def dry_run(self) -> DryRunPolicy:
        return DryRunPolicy(self.stores.unit_of_work, self.past_calls, self.stores.policies, FixedClock())

    async def have_called(self, *minutes: int, cost_nanos: int = 100) -> None:
        records = [
            replace(
                USED,
                id=UsageRecordId(UUID(int=number + 1)),
                capture_ref=f"capture:{number}",
                trace_id=TraceId(f"{number:032x}"),
                cost_nanos=cost_nanos,
                started_at=PAST + timedelta(minutes=at),
                ended_at=PAST + timedelta(minutes=at, seconds=30),
                api_key_id=KEY,
            )
            for number, at in enumerate(minutes)
        ]
        async with self.stores.unit_of_work() as tx:
            await self.stores.stage.write_usage(tx, records)
            await tx.commit()

    async def have_answered(self, *requests: tuple[str, str, int]) -> None:
        logs = [
            replace(
                REQUEST,
                id=UUID(int=number + 1),
                trace_id=TraceId(f"{number:032x}"),
                org_id=ORG,
                api_key_id=KEY,
                client_address=address,
                model_name=model,
                status=status,
                started_at=PAST + timedelta(minutes=number),
            )
            for number, (address, model, status) in enumerate(requests)
        ]
        async with self.stores.unit_of_work() as tx:
            await self.stores.stage.write_requests(tx, logs)
            await tx.commit()

    async def calls(self, **period: object) -> Sequence[PastCall]:
        async with self.stores.unit_of_work() as tx:
            batches = self.past_calls.calls(tx, ORG, **(DAY | period))  # type: ignore[arg-type]
            return [call async for batch in batches for call in batch]


@pytest.fixture(params=["memory", "postgres"])
def past(request: pytest.FixtureRequest) -> Past:
    stores = stores_of(request)
    return Past(stores, MemoryPastCalls() if request.param == "memory" else PostgresPastCalls())


async def test_calls_come_in_the_order_in_which_they_began(past: Past) -> None:
    await past.have_called(5, 1, 3)
    found = await past.calls()
    assert [call.started_at for call in found] == [PAST + timedelta(minutes=at) for at in (1, 3, 5)]
    assert (found[0].tokens, found[0].cost_nanos, found[0].api_key_id) == (USED.leaves.total, 100, KEY)
    assert found[0].trace_id == f"{1:032x}"
    assert await past.calls(since=PAST + timedelta(minutes=5)) == found[2:]
    assert await past.calls(until=PAST + timedelta(minutes=5)) == found[:2]


async def test_a_limit_would_have_rejected_what_came_on_top_of_it(past: Past) -> None:
    await past.have_called(0, 0, 0, 10, 20, 20)
    terms = LimitTerms(LimitScope.KEY, KEY, LimitMetric.REQUESTS, window_seconds=60, cap=1)
    told = await past.dry_run.limit(principal=OWNER, terms=terms, **DAY)
    assert (told.calls, told.rejected, told.is_partial) == (6, 3, False)
    assert [one.at for one in told.examples] == [PAST, PAST, PAST + timedelta(minutes=20)]
    assert {one.api_key_id for one in told.examples} == {KEY}


async def test_what_was_called_before_the_period_counts_and_is_not_told(past: Past) -> None:
    await past.have_called(0, 1)
    terms = LimitTerms(LimitScope.ORG, None, LimitMetric.REQUESTS, window_seconds=600, cap=1)
    period = {"since": PAST + timedelta(seconds=30), "until": PAST + HOUR}
    told = await past.dry_run.limit(principal=OWNER, terms=terms, **period)
    assert (told.calls, told.rejected) == (1, 1)


async def test_a_budget_would_have_rejected_what_it_does_not_cover(past: Past) -> None:
    await past.have_called(0, 1, 2, cost_nanos=100)
    key = BudgetKey(BudgetScope.ORG, ORG)
    told = await past.dry_run.budget(principal=OWNER, key=key, window=BudgetWindow.MONTH, cap_nanos=250, **DAY)
    assert (told.calls, told.rejected) == (3, 1)


async def test_an_address_rule_and_a_list_of_models_are_judged_by_what_was_answered(past: Past) -> None:
    home, office = "203.0.113.7", "192.0.2.7"
    await past.have_answered(
        (home, "small", 200), (home, "small", 200), (office, "small", 200), (office, "large", 200), (home, "small", 403)
    )
    rule = {"action": IpAction.DENY, "network": "203.0.113.0/24"}
    told = await past.dry_run.ip_rule(principal=OWNER, **rule, **DAY)  # type: ignore[arg-type]
    assert (told.calls, told.rejected) == (4, 2)
    [example] = told.examples
    assert (example.address, example.calls, example.trace_id) == (home, 2, f"{1:032x}")
    told = await past.dry_run.models(principal=OWNER, api_key_id=KEY, models=["small"], **DAY)
    assert [(one.model_name, one.calls) for one in told.examples] == [("large", 1)]


async def test_another_organizations_calls_are_not_seen(past: Past) -> None:
    await past.have_called(0)
    await past.have_answered(("192.0.2.7", "small", 200))
    foreign = replace(OWNER, org_id=OTHER_ORG)
    terms = LimitTerms(LimitScope.ORG, None, LimitMetric.REQUESTS, window_seconds=60, cap=0)
    assert (await past.dry_run.limit(principal=foreign, terms=terms, **DAY)).calls == 0
    assert (await past.dry_run.models(principal=foreign, api_key_id=KEY, models=[], **DAY)).calls == 0


@pytest.mark.parametrize(
    ("period", "problem"),
    [
        ({"until": PAST - HOUR}, "begin before"),
        ({"until": PAST + timedelta(days=40)}, "31 days"),
        ({"since": PAST.replace(year=1)}, "2020"),
    ],
)
async def test_a_period_that_makes_no_sense_is_refused(past: Past, period: dict[str, object], problem: str) -> None:
    terms = LimitTerms(LimitScope.ORG, None, LimitMetric.REQUESTS, window_seconds=60, cap=0)
    with pytest.raises(InvalidInput, match=problem):
        await past.dry_run.limit(principal=OWNER, terms=terms, **(DAY | period))  # type: ignore[arg-type]


async def test_only_who_may_set_a_rule_may_try_it(past: Past) -> None:
    with pytest.raises(PermissionMissing):
        await past.dry_run.models(principal=NOBODY, api_key_id=KEY, models=[], **DAY)
