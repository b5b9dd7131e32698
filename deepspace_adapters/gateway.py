"""Builds the gateway's pipeline over the adapters: which stages a deployment runs, and in which order."""

import logging
from collections.abc import Mapping, Sequence

from deepspace_adapters.container import Adapters
from deepspace_core.pipeline import ORDER, CallLog, Exchange, Pipeline, Sizer, Stage, assemble
from deepspace_core.pipeline.metering import Metering
from deepspace_core.pipeline.stages.auth import Auth
from deepspace_core.pipeline.stages.budget_hold import BudgetHold
from deepspace_core.pipeline.stages.idempotency import Idempotency
from deepspace_core.pipeline.stages.newapi_call import NewApiCall
from deepspace_core.pipeline.stages.policy import Policy
from deepspace_core.pipeline.stages.rate_limit import RateLimit
from deepspace_core.pipeline.stages.stream import Stream
from deepspace_core.pipeline.stages.usage_capture import UsageCapture

log = logging.getLogger(__name__)


def standard_stages(adapters: Adapters) -> dict[str, Stage]:
    """The stages of the product, by name. `context_rag`, `tool_skill` and `workflow` are places yet to be filled."""
    settings = adapters.settings()
    clock, ids, tasks = adapters.clock(), adapters.ids(), adapters.tasks()
    ledger, codec, directory = adapters.ledger(), adapters.codec(), adapters.directory()
    counter = adapters.token_counter()
    sizer = Sizer(counter=counter, outputs=adapters.outputs())
    settler = adapters.settler()
    call_log = CallLog(clock=clock, ids=ids)
    metering = Metering(counter=counter, sizer=sizer, settler=settler, call_log=call_log, clock=clock, ids=ids)
    stages: Sequence[Stage] = (
        Auth(authenticate=adapters.authenticator(), directory=directory),
        RateLimit(directory=directory, window=adapters.rate_window(), sizer=sizer, clock=clock),
        Policy(directory=directory),
        Idempotency(
            unit_of_work=adapters.unit_of_work(),
            keys=adapters.idempotency_keys(),
            seal=adapters.answer_seal(),
            tasks=tasks,
            clock=clock,
            lease_seconds=settings.hold_lifetime_seconds,
            kept_seconds=settings.idempotency_seconds,
        ),
        BudgetHold(
            directory=directory,
            sizer=sizer,
            ledger=ledger,
            settler=settler,
            lifetime_seconds=settings.hold_lifetime_seconds,
        ),
        NewApiCall(upstream=adapters.upstream(), codec=codec),
        UsageCapture(codec=codec, metering=metering),
        Stream(metering=metering, clock=clock, tasks=tasks, drain_seconds=settings.hold_lifetime_seconds / 2),
    )
    return {stage.name: stage for stage in stages}


def make_pipeline(
    adapters: Adapters, *, stages: Mapping[str, Stage] | None = None, order: Sequence[str] = ORDER
) -> Pipeline:
    """The standard pipeline, or one of a deployment's own stages and order."""
    return assemble(
        standard_stages(adapters) if stages is None else stages,
        order=order,
        clock=adapters.clock(),
        tasks=adapters.tasks(),
        report_fault=report_fault,
    )


def report_fault(exchange: Exchange, stage: str, fault: Exception) -> None:
    """Logs a stage that failed to leave; the hold, if one is left, expires by itself."""
    log.error("the stage %s failed to leave", stage, exc_info=fault, extra={"trace_id": exchange.trace_id})
