"""Chat on memory, over the pipeline of tests/core/pipeline/world.py with an upstream that speaks OpenAI's chunks."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from deepspace_adapters.memory.chat import MemoryConversations, MemoryMessages
from deepspace_adapters.memory.event_streams import MemoryEventStreams
from deepspace_adapters.memory.files import MemoryFiles
from deepspace_adapters.memory.identity_places import MemoryProjects
from deepspace_adapters.memory.objects import MemoryObjects
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork, table_of
from deepspace_adapters.newapi.codec import OpenAiCodec
from deepspace_core.audit import RequestLog
from deepspace_core.chat import Conversation, KeptEvent, LiveAnswers, Message, PlacedMessage
from deepspace_core.chat.parameters import NO_PARAMETERS, Parameters
from deepspace_core.chat.use_cases import (
    Call,
    CreateConversation,
    EditMessage,
    FollowAnswer,
    ListMessages,
    RegenerateAnswer,
    SendMessage,
    StopAnswer,
)
from deepspace_core.chat.use_cases.answering import Answering
from deepspace_core.chat.use_cases.asking import Asking
from deepspace_core.chat.use_cases.enclosing import Enclosing
from deepspace_core.chat.use_cases.keeping import Keeping
from deepspace_core.chat.use_cases.overseeing import Overseeing
from deepspace_core.files import FileId, FileState, StoredFile, file_key
from deepspace_core.identity import Permission, Principal, Project
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import MessageId, ProjectId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pipeline import AnswerHead, CallLog
from deepspace_core.pipeline.stages.newapi_call import NewApiCall
from deepspace_core.pipeline.stages.usage_capture import UsageCapture
from tests.core.pipeline.sides import FakeUpstream, Script, WordCounter
from tests.core.pipeline.world import World as Line
from tests.core.pipeline.world import principal_of
from tests.fakes import NOON, TRACE, ListedEvents

WORD = "word "
CHAT_ONLY = frozenset({Permission.USE_CHAT})


async def nothing(number: int) -> None:
    """What usually happens between two words."""


class ChunkingUpstream(FakeUpstream):
    """An upstream whose words come as chat completion chunks; `odd` chunks come before them."""

    odd: Sequence[bytes] = ()
    between: Callable[[int], Awaitable[None]] = staticmethod(nothing)
    """Awaited before each word, with its number."""

    async def chunks(self) -> AsyncIterator[bytes]:
        for chunk in self.odd:
            yield chunk
        for number in range(self.script.words):
            await self.between(number)
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
class FakeListener:
    """The `Listener` port: remembers what it was told, and keeps its events as the shell's does."""

    streams: MemoryEventStreams | None = None
    status: int = 499
    events_told: int = 0
    question_id: MessageId | None = None
    answer_id: MessageId | None = None
    head: AnswerHead | None = None
    pieces: list[bytes] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    stops: int = 0
    completed: Message | None = None

    def asked(self, *, question_id: MessageId, answer_id: MessageId) -> None:
        self.question_id, self.answer_id = question_id, answer_id
        self._tell(b"started")

    def failed(self, fault: Exception) -> None:
        self.faults.append(fault)
        if self.head is None:
            self.status = 402

    def start(self, answer: AnswerHead) -> None:
        self.head, self.status = answer, 200

    def send(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self._tell(piece)

    def stopped(self) -> None:
        self.stops += 1
        self._tell(b"stopped")

    def complete(self, answer: Message) -> None:
        self.completed = answer
        self._tell(b"completed", is_last=True)

    def _tell(self, data: bytes, *, is_last: bool = False) -> None:
        self.events_told += 1
        if self.streams is not None and self.answer_id is not None:
            self.streams.append(self.answer_id, KeptEvent(self.events_told, data, is_last=is_last))


class ForgetfulStreams(MemoryEventStreams):
    """Event streams that can be lost."""

    def forget(self) -> None:
        """As a Redis that was restarted empty."""
        self._streams.clear()


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
        self.files, self.objects = MemoryFiles(), MemoryObjects()
        self.streams, self.live = ForgetfulStreams(), LiveAnswers()
        self.logs, self.events = ListedLogs(), ListedEvents()
        self.ended = 0
        """How many answers have told that they are over."""
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
    def asking(self) -> Asking:
        return Asking(
            unit_of_work=self.unit_of_work,
            conversations=self.conversations,
            messages=self.messages,
            projects=self.projects,
            files=self.files,
            ids=self.line.ids,
            clock=self.line.clock,
        )

    @property
    def overseeing(self) -> Overseeing:
        return Overseeing(self.unit_of_work, self.messages, self.live, self.line.tasks, self.line.clock)

    @property
    def answering(self) -> Answering:
        line = self.line
        return Answering(
            keeping=Keeping(self.unit_of_work, self.messages, line.tasks),
            overseeing=self.overseeing,
            enclosing=Enclosing(self.unit_of_work, self.files, self.objects),
            run_pipeline=line.pipeline().run,
            directory=line.directory,
            counter=WordCounter(),
            call_log=CallLog(clock=line.clock, ids=line.ids),
            request_logs=self.logs,
            tasks=line.tasks,
            ids=line.ids,
            clock=line.clock,
        )

    async def begun(
        self,
        title: str = "",
        *,
        system_prompt: str = "",
        model_name: str = "small",
        parameters: Parameters = NO_PARAMETERS,
    ) -> Conversation:
        create = CreateConversation(
            self.unit_of_work, self.conversations, self.projects, self.line.ids, self.line.clock
        )
        return await create(
            principal=self.owner,
            model_name=model_name,
            title=title,
            system_prompt=system_prompt,
            parameters=parameters,
        )

    async def say(
        self,
        conversation: Conversation,
        text: str = "Hello",
        *,
        script: Script | None = None,
        listener: FakeListener | None = None,
        principal: Principal | None = None,
        **more: Any,
    ) -> Message:
        """The answer once it is over. Raises what refused it before it began."""
        listener = self._listening(script, listener)
        begun = await SendMessage(self.asking, self.answering)(
            principal=principal or self.owner,
            conversation_id=conversation.id,
            text=text,
            call=self.call(listener),
            **more,
        )
        return await self._over(begun, listener)

    async def edit(self, message: Message, text: str, **more: Any) -> Message:
        listener = self._listening(None, None)
        begun = await EditMessage(self.asking, self.answering)(
            principal=self.owner,
            conversation_id=message.conversation_id,
            message_id=message.id,
            text=text,
            call=self.call(listener),
            **more,
        )
        return await self._over(begun, listener)

    async def again(self, message: Message, *, model_name: str | None = None) -> Message:
        listener = self._listening(None, None)
        begun = await RegenerateAnswer(self.asking, self.answering)(
            principal=self.owner,
            conversation_id=message.conversation_id,
            message_id=message.id,
            model_name=model_name,
            call=self.call(listener),
        )
        return await self._over(begun, listener)

    async def stop(self, message_id: MessageId, conversation: Conversation) -> Message:
        verb = StopAnswer(self.unit_of_work, self.conversations, self.messages, self.overseeing, self.line.clock)
        return await verb(principal=self.owner, conversation_id=conversation.id, message_id=message_id)

    def stop_before(self, number: int, conversation: Conversation) -> None:
        """Has the user stop the next answer before its word of that number."""

        async def stop(coming: int) -> None:
            if coming == number:
                (live,) = self.live.all()
                await self.stop(live.id, conversation)

        self.upstream.between = stop

    @property
    def follow(self) -> FollowAnswer:
        return FollowAnswer(
            self.unit_of_work, self.conversations, self.messages, self.streams, self.line.tasks, self.line.clock
        )

    def call(self, listener: FakeListener) -> Call:
        return Call(
            trace_id=TRACE, request_id="req_1", traceparent="00-1-2-01", listener=listener, on_end=self._count_end
        )

    def _count_end(self) -> None:
        self.ended += 1

    def _listening(self, script: Script | None, listener: FakeListener | None) -> FakeListener:
        self.upstream.script = script or Script()
        return listener or FakeListener(streams=self.streams)

    async def _over(self, begun: Message, listener: FakeListener) -> Message:
        await self.line.tasks.drain()
        if listener.head is None and listener.faults:
            raise listener.faults[0]
        async with self.unit_of_work() as tx:
            return await self.messages.get(tx, begun.org_id, begun.conversation_id, begun.id)

    async def shown(self, conversation: Conversation) -> list[PlacedMessage]:
        """The branch that is shown, oldest first."""
        verb = ListMessages(self.unit_of_work, self.conversations, self.messages, self.line.clock)
        page = await verb(principal=self.owner, conversation_id=conversation.id, page=PageRequest())
        return list(page.rows)[::-1]

    async def project(self, name: str, *, archived: bool = False) -> ProjectId:
        """Another project of the owner's organization."""
        assert self.owner.workspace_id
        project = Project(
            id=ProjectId(self.line.ids.uuid()),
            org_id=self.owner.org_id,
            workspace_id=self.owner.workspace_id,
            name=name,
            created_at=NOON,
            archived_at=NOON if archived else None,
        )
        async with self.unit_of_work() as tx:
            await self.projects.add(tx, project)
            await tx.commit()
        return project.id

    async def file(
        self, name: str, content: bytes, content_type: str, *, project_id: ProjectId | None = None
    ) -> FileId:
        """A stored file of the owner's project."""
        file_id = FileId(self.line.ids.uuid())
        project = project_id or self.owner.project_id
        assert project
        file = StoredFile(
            id=file_id,
            org_id=self.owner.org_id,
            project_id=project,
            name=name,
            storage_key=file_key(self.owner.org_id, file_id),
            created_by="user:1",
            created_at=NOON,
            trace_id=TRACE,
            content_type=content_type,
            state=FileState.STORED,
            size_bytes=len(content),
        )
        self.objects.objects[file.storage_key] = content
        async with self.unit_of_work() as tx:
            await self.files.add(tx, file)
            await tx.commit()
        return file_id

    async def stored(self, conversation: Conversation) -> list[Message]:
        async with self.unit_of_work() as tx:
            return list(await self.messages.slab(tx, conversation.org_id, conversation.id, after=None, limit=100))

    async def now(self, conversation: Conversation) -> Conversation:
        """The conversation as it stands now."""
        async with self.unit_of_work() as tx:
            found: Conversation = table_of(tx, "conversations")[conversation.id]
            return found

    async def now_of(self, message: Message) -> Conversation:
        """The conversation of a message as it stands now."""
        async with self.unit_of_work() as tx:
            return await self.conversations.get(tx, message.org_id, self.owner.user_id, message.conversation_id)

    def sent(self) -> dict[str, Any]:
        """The body that the upstream has got last."""
        body: dict[str, Any] = json.loads(self.upstream.sent[-1].body)
        return body
