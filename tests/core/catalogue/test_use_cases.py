"""Keeping the catalogue: who may, what is audited, what a caller sees."""

from dataclasses import dataclass, field, replace

import pytest

from deepspace_adapters.memory.catalogue import MemoryModels
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_core.catalogue import Model, ModelFilters, ModelKind, ModelNotFound, Visibility
from deepspace_core.catalogue.use_cases import (
    CreateModel,
    GetModel,
    GetUsableModel,
    ListModels,
    ListUsableModels,
    ModelChanges,
    UpdateModel,
)
from deepspace_core.identity.errors import AdministratorRequired, PermissionMissing
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.page import PageRequest
from tests.core.metering_values import NOBODY, OPERATOR, OWNER, TRACE
from tests.fakes import CountingIds, FixedClock, ListedEvents


@dataclass
class World:
    unit_of_work: MemoryUnitOfWork = field(default_factory=lambda: MemoryUnitOfWork(MemoryDatabase()))
    models: MemoryModels = field(default_factory=MemoryModels)
    events: ListedEvents = field(default_factory=ListedEvents)

    def __post_init__(self) -> None:
        ids, clock = CountingIds(), FixedClock()
        self.create_model = CreateModel(self.unit_of_work, self.models, self.events, ids, clock)
        self.update = UpdateModel(self.unit_of_work, self.models, self.events, ids, clock)
        self.get_usable = GetUsableModel(self.unit_of_work, self.models)
        self.list_usable = ListUsableModels(self.unit_of_work, self.models)

    async def create(
        self,
        name: str = "smollm2",
        *,
        kinds: frozenset[ModelKind] = frozenset({ModelKind.CHAT}),
        context_tokens: int = 100,
        output_tokens_max: int = 50,
        visibility: Visibility = Visibility.PUBLIC,
    ) -> Model:
        return await self.create_model(
            actor=OPERATOR,
            trace_id=TRACE,
            name=name,
            upstream_name=name,
            kinds=kinds,
            context_tokens=context_tokens,
            output_tokens_max=output_tokens_max,
            visibility=visibility,
        )


@pytest.fixture
def world() -> World:
    return World()


async def test_a_model_is_created_changed_and_audited(world: World) -> None:
    model = await world.create()
    changes = ModelChanges(enabled=False, kinds=frozenset({ModelKind.EMBEDDING}), recommended=True)
    changed = await world.update(actor=OPERATOR, trace_id=TRACE, model_id=model.id, changes=changes)
    assert changed == replace(model, enabled=False, kinds=frozenset({ModelKind.EMBEDDING}), recommended=True)
    assert await GetModel(world.unit_of_work, world.models)(actor=OPERATOR, model_id=model.id) == changed
    assert world.events.types == ["model.created", "model.changed"]
    assert world.events.events[1].payload == {"enabled": False, "kinds": ["embedding"], "recommended": True}


async def test_a_change_that_changes_nothing_is_not_audited(world: World) -> None:
    model = await world.create()
    await world.update(actor=OPERATOR, trace_id=TRACE, model_id=model.id, changes=ModelChanges(enabled=True))
    assert world.events.types == ["model.created"]


async def test_a_caller_sees_what_is_enabled_public_and_on_its_list(world: World) -> None:
    shown = await world.create("shown")
    await world.create("hidden", visibility=Visibility.HIDDEN)
    await world.create("unlisted")
    disabled = await world.create("disabled")
    changes = ModelChanges(enabled=False)
    await world.update(actor=OPERATOR, trace_id=TRACE, model_id=disabled.id, changes=changes)
    caller = replace(OWNER, model_allow_list=frozenset({"shown", "hidden", "disabled"}))
    assert (await world.list_usable(principal=caller, page=PageRequest())).rows == [shown]


async def test_a_hidden_model_can_be_called_by_its_name(world: World) -> None:
    hidden = await world.create("hidden", visibility=Visibility.HIDDEN)
    assert await world.get_usable(principal=OWNER, name="hidden") == hidden


@pytest.mark.parametrize("name", ["absent", "disabled", "unlisted"])
async def test_a_model_out_of_reach_is_not_found(world: World, name: str) -> None:
    await world.create("unlisted")
    disabled = await world.create("disabled")
    changes = ModelChanges(enabled=False)
    await world.update(actor=OPERATOR, trace_id=TRACE, model_id=disabled.id, changes=changes)
    caller = replace(OWNER, model_allow_list=frozenset({"absent", "disabled"}))
    with pytest.raises(ModelNotFound):
        await world.get_usable(principal=caller, name=name)


async def test_without_permission_there_is_no_catalogue(world: World) -> None:
    with pytest.raises(PermissionMissing):
        await world.list_usable(principal=NOBODY, page=PageRequest())
    with pytest.raises(AdministratorRequired):
        await ListModels(world.unit_of_work, world.models)(actor=OWNER, page=PageRequest(), filters=ModelFilters())


async def test_a_model_serves_its_kinds_while_it_is_enabled(world: World) -> None:
    model = await world.create()
    assert model.serves(ModelKind.CHAT)
    assert not model.serves(ModelKind.EMBEDDING)
    assert not replace(model, enabled=False).serves(ModelKind.CHAT)


async def test_a_model_that_makes_no_sense_is_refused_by_field(world: World) -> None:
    with pytest.raises(InvalidInput, match="name must be"):
        await world.create("no spaces")
    with pytest.raises(InvalidInput, match="kinds"):
        await world.create(kinds=frozenset())
    with pytest.raises(InvalidInput, match="context_tokens must"):
        await world.create(context_tokens=0)
    with pytest.raises(InvalidInput, match="output_tokens_max must"):
        await world.create(context_tokens=10, output_tokens_max=11)
