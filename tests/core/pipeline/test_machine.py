"""Any run of calls, hang-ups, broken upstreams and lost databases, against a model of ten lines.

The model: a call either moves nothing, or moves what its usage record says; afterwards nothing is frozen.
"""

import asyncio
from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from deepspace_core.pricing import TokenLeaves, cost
from tests.core.pipeline.sides import Script
from tests.core.pipeline.world import CARD, World

places = st.none() | st.integers(min_value=0, max_value=4)


class PipelineMachine(RuleBasedStateMachine):
    """Drives one world; the model is `paid_in` and the usage records."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = self.loop.run_until_complete(World.make(balance_nanos=0))
        self.paid_in = 0
        self.calls = 0
        self.charged = Counter[str]()

    def teardown(self) -> None:
        self.loop.close()

    @rule(amount_nanos=st.integers(min_value=1, max_value=500_000))
    def top_up(self, amount_nanos: int) -> None:
        self.loop.run_until_complete(self.world.top_up(amount_nanos))
        self.paid_in += amount_nanos

    @rule(
        words=st.integers(min_value=0, max_value=4),
        usage=st.none() | st.builds(TokenLeaves, input_uncached=st.integers(0, 300), output_text=st.integers(0, 300)),
        refuse=st.booleans(),
        break_after=places,
        silent_after=places,
        terminal=st.booleans(),
        client_leaves_after=places,
        client_is_prompt=st.booleans(),
        stream=st.booleans(),
        key=st.none() | st.sampled_from("ab"),
        away=st.integers(min_value=0, max_value=3),
    )
    def call(self, *, stream: bool, key: str | None, away: int, **script: object) -> None:
        charged_before = len(self.world.usage())
        self.world.upstream.before_end = lambda: setattr(self.world.ledger, "away", away)
        exchange, _ = self.loop.run_until_complete(
            self.world.call(Script(**script), stream=stream, key=key)  # type: ignore[arg-type]
        )
        self.loop.run_until_complete(self.world.tasks.drain())
        self.world.ledger.away = 0
        self.calls += 1
        if key is not None:
            self.charged[key] += len(self.world.usage()) - charged_before
        assert exchange.hold_ref is None
        assert len(self.world.upstream.sent) <= self.calls

    @invariant()
    def every_unit_is_accounted_for(self) -> None:
        wallet = self.loop.run_until_complete(self.world.balance())
        spent = sum(record.cost_nanos for record in self.world.usage())
        assert wallet.frozen_nanos == 0
        assert wallet.balance_nanos - wallet.receivable_nanos == self.paid_in - spent

    @invariant()
    def every_record_recomputes_and_stands_for_one_capture(self) -> None:
        refs = [record.capture_ref for record in self.world.usage()]
        assert len(set(refs)) == len(refs)
        assert all(record.cost_nanos == cost(CARD, record.leaves).amount_nanos for record in self.world.usage())

    @invariant()
    def no_idempotency_key_is_charged_twice(self) -> None:
        assert set(self.charged.values()) <= {0, 1}

    @invariant()
    def no_stage_failed_to_leave(self) -> None:
        assert self.world.faults == []
        assert self.world.upstream.closed <= len(self.world.upstream.sent)


TestPipelineMachine = PipelineMachine.TestCase
TestPipelineMachine.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)
