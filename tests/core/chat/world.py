"""Chat on memory, over the pipeline of tests/core/pipeline/world.py with an upstream that speaks OpenAI's chunks."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from deepspace_adapters.memory.chat import MemoryConversations, MemoryMessages
from deepspace_adapters.memory.identity_places import MemoryProjects
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork, table_of
from deepspace_adapters.newapi.codec import OpenAiCodec
from deepspace_core.audit import RequestLog
from deepspace_core.chat import Conversation, Message
from deepspace_core.chat.use_cases import Call, CreateConversation, SendMessage
from deepspace_core.chat.use_cases.asking import Asking
from deepspace_core.chat.use_cases.sending import Keeping
from deepspace_core.identity import Permission, Principal, Project
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import MessageId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pipeline import CallLog
from deepspace_core.pipeline.stages.newapi_call import NewApiCall
from deepspace_core.pipeline.stages.usage_capture import UsageCapture
from tests.core.pipeline.sides import FakeClient, FakeUpstream, Script, WordCounter
from tests.core.pipeline.world import World as Line
from tests.core.pipeline.world import principal_of
from tests.fakes import NOON, TRACE, ListedEvents

WORD = "word "
CHAT_ONLY = frozenset({Permission.USE_CHAT})


class ChunkingUpstream(FakeUpstream):
    """An upstream whose words come as chat completion chunks; `odd` chunks come before them."""

    odd: Sequence[bytes] = ()

    async def chunks(self) -> AsyncIterator[bytes]:
        for chunk in self.odd:
            yield chunk
        for number in range(self.script.words):
            self._break_at(number)
            yield event({"choices": [{"index": 0, "delta": {"content": WORD}, "finish_reason": None}]})
        self._break_at(self.script.words)
        self.before_end()
        if self.script.usage is not None:
            usage = {
                "prompt_tokens": self.script.usage.input_total,
                "completion_tokens": self.script.usage.output_total,
            }
            yield event({"choices": [], "usage": usage})
        if self.script.terminal:
            yield b"data: [DONE]\n\n"


def event(chunk: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


@dataclass
class FakeListener(FakeClient):
    """The `Listener` port: remembers what it was told."""

    question_id: MessageId | None = None
    answer_id: MessageId | None = None
    faults: list[Exception] = field(default_factory=list)

    def asked(self, *, question_id: MessageId, answer_id: MessageId) -> None:
        self.question_id, self.answer_id = question_id, answer_id

    def failed(self, fault: Exception) -> None:
        self.faults.append(fault)
        if self.head is None:
            self.status = 402


class FlakyUnitOfWork:
    """Transactions over memory; the next `away` of them can't be opened."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._inner = MemoryUnitOfWork(database)
        self.away = 0

    def __call__(self) -> AbstractAsyncContextManager[Transaction]:
        if self.away > 0:
            self.away -= 1
            raise Unavailable("the database is away")
        return self._inner()


class ListedLogs:
    """The `RequestLogWriter` port."""

    def __init__(self) -> None:
        self.logs: list[RequestLog] = []

    def write(self, record: RequestLog) -> None:
        self.logs.append(record)


class World:
    """A user with a project and a wallet, and everything that a conversation of theirs needs."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.upstream = ChunkingUpstream()
        self.codec = OpenAiCodec()
        line.stages["newapi_call"] = NewApiCall(upstream=self.upstream, codec=self.codec)
        line.stages["usage_capture"] = replace(cast(UsageCapture, line.stages["usage_capture"]), codec=self.codec)
        self.database = MemoryDatabase()
        self.unit_of_work = FlakyUnitOfWork(self.database)
        self.conversations, self.messages, self.projects = MemoryConversations(), MemoryMessages(), MemoryProjects()
        self.logs, self.events = ListedLogs(), ListedEvents()
        self.owner: Principal = replace(principal_of(line.wallet), kind="session", permissions=CHAT_ONLY)

    @classmethod
    async def make(cls, *, balance_nanos: int = 1_000_000_000) -> "World":
        world = cls(await Line.make(balance_nanos=balance_nanos))
        owner = world.owner
        assert owner.project_id
        assert owner.workspace_id
        project = Project(
            id=owner.project_id, org_id=owner.org_id, workspace_id=owner.workspace_id, name="Lab", created_at=NOON
        )
        async with world.unit_of_work() as tx:
            await world.projects.add(tx, project)
            await tx.commit()
        return world

    @property
    def send(self) -> SendMessage:
        line = self.line
        return SendMessage(
            asking=Asking(self.unit_of_work, self.conversations, self.messages, self.projects, line.ids, line.clock),
            keeping=Keeping(self.unit_of_work, self.messages, line.tasks),
            run_pipeline=line.pipeline().run,
            directory=line.directory,
            counter=WordCounter(),
            call_log=CallLog(clock=line.clock, ids=line.ids),
            request_logs=self.logs,
            tasks=line.tasks,
            ids=line.ids,
            clock=line.clock,
        )

    async def begun(self, title: str = "", *, system_prompt: str = "", model_name: str = "small") -> Conversation:
        create = CreateConversation(
            self.unit_of_work, self.conversations, self.projects, self.line.ids, self.line.clock
        )
        return await create(principal=self.owner, model_name=model_name, title=title, system_prompt=system_prompt)

    async def say(
        self,
        conversation: Conversation,
        text: str = "Hello",
        *,
        script: Script | None = None,
        listener: FakeListener | None = None,
        principal: Principal | None = None,
        max_tokens: int | None = None,
    ) -> Message:
        self.upstream.script = script or Script()
        return await self.send(
            principal=principal or self.owner,
            conversation_id=conversation.id,
            text=text,
            max_tokens=max_tokens,
            call=Call(
                trace_id=TRACE,
                request_id="req_1",
                traceparent="00-1-2-01",
                listener=listener or FakeListener(leaves_after=self.upstream.script.client_leaves_after),
            ),
        )

    async def stored(self, conversation: Conversation) -> list[Message]:
        async with self.unit_of_work() as tx:
            return list(await self.messages.history(tx, conversation.org_id, conversation.id, limit=100))

    async def again(self, conversation: Conversation) -> Conversation:
        """The conversation as it stands now."""
        async with self.unit_of_work() as tx:
            found: Conversation = table_of(tx, "conversations")[conversation.id]
            return found

    def sent(self) -> dict[str, Any]:
        """The body that the upstream has got last."""
        body: dict[str, Any] = json.loads(self.upstream.sent[-1].body)
        return body
