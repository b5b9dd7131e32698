"""What chat stands on in a test of the HTTP shell: the real pipeline over memory, before an upstream that obeys."""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from deepspace_adapters.memory.audit import MemoryRequestLogWriter
from deepspace_adapters.memory.chat import MemoryConversations, MemoryMessages
from deepspace_adapters.memory.event_streams import MemoryEventStreams
from deepspace_adapters.memory.rate_window import MemoryRateWindow
from deepspace_adapters.memory.unit_of_work import MemoryDatabase
from deepspace_adapters.newapi.codec import OpenAiCodec
from deepspace_adapters.remembered import RememberingDirectory
from deepspace_adapters.system import AsyncioTasks
from deepspace_core.audit import RequestLogWriter
from deepspace_core.catalogue.ports import ModelRepository
from deepspace_core.chat import LiveAnswers
from deepspace_core.chat.ports import Conversations, EventStreams, Messages, RunPipeline
from deepspace_core.identity import Principal, Secret
from deepspace_core.kernel.errors import Unauthenticated
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger.ports import Ledger
from deepspace_core.pipeline import CallLog, Directory, Exchange, Settler, Sizer, Stage, assemble
from deepspace_core.pipeline.metering import Metering
from deepspace_core.pipeline.stages.auth import Auth
from deepspace_core.pipeline.stages.budget_hold import BudgetHold
from deepspace_core.pipeline.stages.newapi_call import NewApiCall
from deepspace_core.pipeline.stages.policy import Policy
from deepspace_core.pipeline.stages.rate_limit import RateLimit
from deepspace_core.pipeline.stages.stream import Stream
from deepspace_core.pipeline.stages.usage_capture import UsageCapture
from deepspace_core.policy.ports import PolicyRepository
from deepspace_core.policy.use_cases import LoadPolicies
from deepspace_core.pricing.ports import PriceRepository, TokenCounter
from tests.core.chat.world import ChunkingUpstream
from tests.core.pipeline.sides import ListedJournal, WordCounter

Ports = Mapping[Any, object]
Port = TypeVar("Port")


class NobodysKeys:
    """The pipeline's `Authenticator`: chat brings its principal along."""

    async def __call__(self, *, secret: Secret, address: str | None) -> Principal:
        raise Unauthenticated("no key is known here")


def chat_ports(given: Ports, database: MemoryDatabase) -> Ports:
    """What chat needs beside the ports that are there already. The upstream stands under its own class."""
    unit_of_work, clock = cast(UnitOfWork, given[UnitOfWork]), cast(Clock, given[Clock])
    directory = RememberingDirectory(
        unit_of_work=unit_of_work,
        models=cast(ModelRepository, given[ModelRepository]),
        prices=cast(PriceRepository, given[PriceRepository]),
        load_policies=LoadPolicies(unit_of_work, cast(PolicyRepository, given[PolicyRepository])),
        clock=clock,
    )
    upstream, tasks = ChunkingUpstream(), AsyncioTasks()
    stages = _stages(given, directory, upstream, tasks)
    pipeline = assemble(stages, clock=clock, tasks=tasks, report_fault=_raised)
    return {
        Conversations: MemoryConversations(),
        Messages: MemoryMessages(),
        EventStreams: MemoryEventStreams(),
        LiveAnswers: LiveAnswers(),
        Tasks: tasks,
        Directory: directory,
        TokenCounter: WordCounter(),
        RequestLogWriter: MemoryRequestLogWriter(database),
        RunPipeline: pipeline.run,
        ChunkingUpstream: upstream,
    }


async def no_pipeline(exchange: Exchange) -> None:
    """Stands where a test gives ports of its own and calls no model."""
    raise LookupError("this world has no pipeline")


def _stages(given: Ports, directory: Directory, upstream: ChunkingUpstream, tasks: Tasks) -> dict[str, Stage]:
    clock, ids, ledger = cast(Clock, given[Clock]), cast(IdSource, given[IdSource]), cast(Ledger, given[Ledger])
    codec, counter = OpenAiCodec(), WordCounter()
    sizer = Sizer(counter=counter)
    settler = Settler(ledger=ledger, tasks=tasks, journal=ListedJournal(), report=lambda command, reason: None)
    call_log = CallLog(clock=clock, ids=ids)
    metering = Metering(counter=counter, sizer=sizer, settler=settler, call_log=call_log, clock=clock, ids=ids)
    stages: tuple[Stage, ...] = (
        Auth(authenticate=NobodysKeys(), directory=directory),
        RateLimit(directory=directory, window=MemoryRateWindow(ids=ids), sizer=sizer, clock=clock),
        Policy(directory=directory),
        BudgetHold(directory=directory, sizer=sizer, ledger=ledger, settler=settler, lifetime_seconds=60),
        NewApiCall(upstream=upstream, codec=codec),
        UsageCapture(codec=codec, metering=metering),
        Stream(metering=metering, clock=clock, tasks=tasks, drain_seconds=5),
    )
    return {stage.name: stage for stage in stages}


def _raised(exchange: Exchange, stage: str, fault: Exception) -> None:
    raise fault
