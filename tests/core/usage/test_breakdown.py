"""A breakdown adds up, whatever it is made of."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.usage import Sums, UsageSummaryRow
from deepspace_core.usage.breakdown import PARTS_MAX, break_down

AT = datetime(2030, 1, 1, tzinfo=UTC)

rows = st.lists(
    st.builds(
        lambda value, currency, requests, cost: UsageSummaryRow(
            AT, value, currency, Sums(requests=requests, cost_nanos=cost)
        ),
        st.one_of(st.none(), st.integers(0, 300).map(str)),
        st.sampled_from(["USD", "CNY"]),
        st.integers(1, 9),
        st.integers(0, 10**12),
    ),
    max_size=400,
)


@given(rows, rows)
def test_parts_and_others_come_to_the_totals_and_the_totals_to_everything(
    now: list[UsageSummaryRow], before: list[UsageSummaryRow]
) -> None:
    broken = break_down(now, before)
    assert len(broken.parts) <= PARTS_MAX
    for total in broken.totals:
        shown = [*(part.compared for part in broken.parts), *broken.others]
        of_currency = [one for one in shown if one.currency == total.currency]
        assert sum((one.now for one in of_currency), Sums()) == total.now
        assert sum((one.before for one in of_currency), Sums()) == total.before
        assert total.now == sum((row.sums for row in now if row.currency == total.currency), Sums())
        assert total.before == sum((row.sums for row in before if row.currency == total.currency), Sums())
    assert {total.currency for total in broken.totals} == {row.currency for row in [*now, *before]}


@given(rows, rows)
def test_the_dearest_stand_first(now: list[UsageSummaryRow], before: list[UsageSummaryRow]) -> None:
    costs = [part.compared.now.cost_nanos for part in break_down(now, before).parts]
    assert costs == sorted(costs, reverse=True)


def test_what_was_used_before_only_is_shown_too() -> None:
    gone = UsageSummaryRow(AT, "old-model", "USD", Sums(requests=2, cost_nanos=5))
    (part,) = break_down([], [gone]).parts
    assert (part.value, part.compared.now, part.compared.before) == ("old-model", Sums(), gone.sums)
