"""Conversations: begun, listed, renamed, deleted by the user whose they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from deepspace_core.chat.conversation import Conversation, checked
from deepspace_core.chat.excerpt import Excerpt
from deepspace_core.chat.parameters import NO_PARAMETERS, Parameters
from deepspace_core.chat.ports import ConversationFilters, Conversations
from deepspace_core.chat.text import storable
from deepspace_core.chat.use_cases.reach import locked_conversation, own_conversation
from deepspace_core.identity import Permission, Principal, ProjectArchived, Projects
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import ConversationId, EventId, ProjectId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class CreateConversation:
    """Begins a conversation in a project, the caller's own unless another is named."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    projects: Projects
    ids: IdSource
    clock: Clock

    async def __call__(
        self,
        *,
        principal: Principal,
        model_name: str,
        title: str = "",
        system_prompt: str = "",
        parameters: Parameters = NO_PARAMETERS,
        project_id: ProjectId | None = None,
    ) -> Conversation:
        """Raises PermissionMissing, InvalidInput, NotFound or ProjectArchived (project_id).

        The model is checked when it is called: by then it may have come, or gone.
        """
        principal.require(Permission.USE_CHAT)
        now, conversation_id = self.clock.now(), ConversationId(self.ids.uuid())
        conversation = checked(
            Conversation(
                id=conversation_id,
                org_id=principal.org_id,
                project_id=_wanted_project(principal, project_id),
                user_id=principal.user_id,
                title=title.strip(),
                model_name=model_name,
                system_prompt=system_prompt,
                created_at=now,
                updated_at=now,
                latest_id=conversation_id,
                parameters=parameters,
            )
        )
        async with self.unit_of_work() as tx:
            await _require_open(tx, self.projects, conversation)
            await self.conversations.add(tx, conversation)
            await tx.commit()
        return conversation


@dataclass(frozen=True, slots=True)
class ListConversations:
    """Lists the caller's conversations, the one used last first."""

    unit_of_work: UnitOfWork
    conversations: Conversations

    async def __call__(
        self, *, principal: Principal, page: PageRequest, filters: ConversationFilters
    ) -> Page[Conversation]:
        """Raises PermissionMissing; NotFound when a key bound to one project asks for another; InvalidInput (q)."""
        principal.require(Permission.USE_CHAT)
        if filters.project_id is not None:
            principal.require_project(filters.project_id)
        if filters.text is not None:
            storable(filters.text, param="q")
        if principal.is_project_bound:
            filters = replace(filters, project_id=principal.project_id)
        async with self.unit_of_work() as tx:
            return await self.conversations.list(tx, principal.org_id, principal.user_id, page, filters)


@dataclass(frozen=True, slots=True)
class FindExcerpts:
    """Where a text stands in conversations of the caller's that a search has listed."""

    unit_of_work: UnitOfWork
    conversations: Conversations

    async def __call__(
        self, *, principal: Principal, found: Sequence[Conversation], text: str
    ) -> Mapping[ConversationId, Excerpt]:
        """By conversation; one whose title alone holds the text is absent. Raises PermissionMissing."""
        principal.require(Permission.USE_CHAT)
        async with self.unit_of_work() as tx:
            return await self.conversations.excerpts(tx, principal.org_id, [one.id for one in found], text)


@dataclass(frozen=True, slots=True)
class GetConversation:
    """One of the caller's conversations."""

    unit_of_work: UnitOfWork
    conversations: Conversations

    async def __call__(self, *, principal: Principal, conversation_id: ConversationId) -> Conversation:
        """Raises PermissionMissing or ConversationNotFound."""
        async with self.unit_of_work() as tx:
            return await own_conversation(tx, self.conversations, principal, conversation_id)


@dataclass(frozen=True, slots=True)
class ConversationChanges:
    """What is to be different; None keeps what is there."""

    title: str | None = None
    model_name: str | None = None
    system_prompt: str | None = None
    parameters: Parameters | None = None
    project_id: ProjectId | None = None
    pinned: bool | None = None

    def made_to(self, old: Conversation) -> Conversation:
        """The conversation with the changes."""
        return replace(
            old,
            title=old.title if self.title is None else self.title.strip(),
            model_name=old.model_name if self.model_name is None else self.model_name,
            system_prompt=old.system_prompt if self.system_prompt is None else self.system_prompt,
            parameters=old.parameters if self.parameters is None else self.parameters,
            project_id=old.project_id if self.project_id is None else self.project_id,
            pinned=old.pinned if self.pinned is None else self.pinned,
        )


@dataclass(frozen=True, slots=True)
class UpdateConversation:
    """Renames a conversation, changes how it is answered, or moves it to another project."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    projects: Projects
    clock: Clock

    async def __call__(
        self, *, principal: Principal, conversation_id: ConversationId, changes: ConversationChanges
    ) -> Conversation:
        """What was paid for its answers stays with the project where they were given.

        Raises PermissionMissing, ConversationNotFound, InvalidInput, NotFound or ProjectArchived (project_id).
        """
        async with self.unit_of_work() as tx:
            old = await locked_conversation(tx, self.conversations, principal, conversation_id)
            new = checked(replace(changes.made_to(old), updated_at=self.clock.now()))
            if new.project_id != old.project_id:
                principal.require_project(new.project_id)
                await _require_open(tx, self.projects, new)
            await self.conversations.save(tx, new)
            await tx.commit()
        return new


@dataclass(frozen=True, slots=True)
class DeleteConversation:
    """Takes a conversation out of sight. Its calls stay in usage and audit, which tell of money."""

    unit_of_work: UnitOfWork
    conversations: Conversations
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(self, *, principal: Principal, conversation_id: ConversationId, trace_id: TraceId) -> None:
        """Raises PermissionMissing or ConversationNotFound."""
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            old = await locked_conversation(tx, self.conversations, principal, conversation_id)
            await self.conversations.save(tx, replace(old, deleted_at=now))
            event = Event(
                id=EventId(self.ids.uuid()),
                at=now,
                event_type="conversation.deleted",
                org_id=old.org_id,
                actor=principal.actor,
                subject=show_id("conversation", old.id),
                trace_id=trace_id,
                payload={"project_id": show_id("project", old.project_id)},
            )
            await self.events.append(tx, event)
            await tx.commit()


def _wanted_project(principal: Principal, project_id: ProjectId | None) -> ProjectId:
    wanted = project_id or principal.project_id
    if wanted is None:
        raise InvalidInput("name a project for the conversation", param="project_id")
    principal.require_project(wanted)
    return wanted


async def _require_open(tx: Transaction, projects: Projects, conversation: Conversation) -> None:
    project = await projects.get(tx, conversation.org_id, conversation.project_id)
    if project.archived_at is not None:
        raise ProjectArchived(f"the project {project.name!r} is archived; choose another", param="project_id")
