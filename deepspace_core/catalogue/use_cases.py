"""Keeping the catalogue: an administrator creates and changes models, everybody sees those they may call."""

from dataclasses import dataclass, replace
from typing import TypeVar

from deepspace_core.catalogue.errors import ModelNotFound
from deepspace_core.catalogue.model import NAME_CHARACTERS_MAX, Model, ModelKind, Visibility, checked, is_name
from deepspace_core.catalogue.ports import ModelFilters, ModelRepository
from deepspace_core.identity import Actor, Permission, Principal, require_administrator, told
from deepspace_core.kernel.ids import ModelId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ModelChanges:
    """What to change of a model; None leaves it as it is."""

    name: str | None = None
    upstream_name: str | None = None
    kinds: frozenset[ModelKind] | None = None
    context_tokens: int | None = None
    output_tokens_max: int | None = None
    enabled: bool | None = None
    visibility: Visibility | None = None
    recommended: bool | None = None

    def applied_to(self, model: Model) -> Model:
        """The model as it will be, not yet checked."""
        return replace(
            model,
            name=_changed(self.name, model.name),
            upstream_name=_changed(self.upstream_name, model.upstream_name),
            kinds=_changed(self.kinds, model.kinds),
            context_tokens=_changed(self.context_tokens, model.context_tokens),
            output_tokens_max=_changed(self.output_tokens_max, model.output_tokens_max),
            enabled=_changed(self.enabled, model.enabled),
            visibility=_changed(self.visibility, model.visibility),
            recommended=_changed(self.recommended, model.recommended),
        )

    def named(self) -> dict[str, object]:
        """The fields that change, by name."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class CreateModel:
    """Adds a model to the catalogue."""

    unit_of_work: UnitOfWork
    models: ModelRepository
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(
        self,
        *,
        actor: Actor,
        trace_id: TraceId,
        name: str,
        upstream_name: str,
        kinds: frozenset[ModelKind],
        context_tokens: int,
        output_tokens_max: int,
        enabled: bool = True,
        visibility: Visibility = Visibility.PUBLIC,
        recommended: bool = False,
    ) -> Model:
        """Raises AdministratorRequired, InvalidInput or ModelNameTaken."""
        require_administrator(actor)
        now = self.clock.now()
        model = checked(
            Model(
                id=ModelId(self.ids.uuid()),
                name=name,
                upstream_name=upstream_name,
                kinds=kinds,
                context_tokens=context_tokens,
                output_tokens_max=output_tokens_max,
                enabled=enabled,
                visibility=visibility,
                recommended=recommended,
                created_at=now,
            )
        )
        event = told(
            self.ids,
            now=now,
            event_type="model.created",
            org_id=None,
            actor=actor.actor,
            subject=show_id("model", model.id),
            trace_id=trace_id,
            payload={"name": name, "upstream_name": upstream_name, "kinds": sorted(kinds)},
        )
        async with self.unit_of_work() as tx:
            await self.models.add_model(tx, model)
            await self.events.append(tx, event)
            await tx.commit()
        return model


@dataclass(frozen=True, slots=True)
class UpdateModel:
    """Changes a model: renames, enables, hides, maps it to another upstream name."""

    unit_of_work: UnitOfWork
    models: ModelRepository
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(self, *, actor: Actor, trace_id: TraceId, model_id: ModelId, changes: ModelChanges) -> Model:
        """Raises AdministratorRequired, ModelNotFound, InvalidInput or ModelNameTaken."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            before = await self.models.get_model(tx, model_id)
            model = checked(changes.applied_to(before))
            if model == before:
                return model
            await self.models.save_model(tx, model)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=self.clock.now(),
                    event_type="model.changed",
                    org_id=None,
                    actor=actor.actor,
                    subject=show_id("model", model_id),
                    trace_id=trace_id,
                    payload={name: _json_safe(value) for name, value in changes.named().items()},
                ),
            )
            await tx.commit()
        return model


@dataclass(frozen=True, slots=True)
class ListModels:
    """Lists the catalogue to an administrator, hidden and disabled models too."""

    unit_of_work: UnitOfWork
    models: ModelRepository

    async def __call__(self, *, actor: Actor, page: PageRequest, filters: ModelFilters) -> Page[Model]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.models.list_models(tx, page, filters)


@dataclass(frozen=True, slots=True)
class ListUsableModels:
    """Lists what a caller may call: enabled, public, and on the key's allow-list where it has one."""

    unit_of_work: UnitOfWork
    models: ModelRepository

    async def __call__(self, *, principal: Principal, page: PageRequest) -> Page[Model]:
        """A page may hold fewer rows than asked for and still have a next one: the allow-list filters after it."""
        principal.require(Permission.USE_MODELS)
        filters = ModelFilters(enabled=True, visibility=Visibility.PUBLIC)
        async with self.unit_of_work() as tx:
            found = await self.models.list_models(tx, page, filters)
        return replace(found, rows=[model for model in found.rows if _allowed(principal, model.name)])


@dataclass(frozen=True, slots=True)
class GetUsableModel:
    """One model by the name customers call it."""

    unit_of_work: UnitOfWork
    models: ModelRepository

    async def __call__(self, *, principal: Principal, name: str) -> Model:
        """Raises ModelNotFound for one that is absent, disabled or not on the key's allow-list."""
        principal.require(Permission.USE_MODELS)
        async with self.unit_of_work() as tx:
            model = await self.models.find_model_by_name(tx, name) if is_name(name) else None
        if model is None or not model.enabled or not _allowed(principal, name):
            raise ModelNotFound(
                f"the model {name[:NAME_CHARACTERS_MAX]!r} does not exist or may not be used here; "
                "GET /v1/models lists those that may",
                param="model",
            )
        return model


@dataclass(frozen=True, slots=True)
class GetModel:
    """One model by id, for an administrator."""

    unit_of_work: UnitOfWork
    models: ModelRepository

    async def __call__(self, *, actor: Actor, model_id: ModelId) -> Model:
        """Raises AdministratorRequired or ModelNotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.models.get_model(tx, model_id)


def _changed(wanted: Value | None, standing: Value) -> Value:
    return standing if wanted is None else wanted


def _allowed(principal: Principal, name: str) -> bool:
    return principal.model_allow_list is None or name in principal.model_allow_list


def _json_safe(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value
