"""The catalogue in memory."""

from collections.abc import Iterable

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.catalogue import Model, ModelFilters, ModelNameTaken, ModelNotFound
from deepspace_core.kernel.ids import ModelId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


class MemoryModels:
    """The `ModelRepository` port."""

    async def get_model(self, tx: Transaction, model_id: ModelId) -> Model:
        found: Model | None = table_of(tx, "models").get(model_id)
        if found is None:
            raise ModelNotFound(f"there is no model {show_id('model', model_id)}", param="model_id")
        return found

    async def find_model_by_name(self, tx: Transaction, name: str) -> Model | None:
        return next((model for model in _models(tx) if model.name == name), None)

    async def list_models(self, tx: Transaction, page: PageRequest, filters: ModelFilters) -> Page[Model]:
        found = sorted((model for model in _models(tx) if _matches(model, filters)), key=lambda model: model.id)
        rows = [model for model in reversed(found) if page.after is None or model.id < page.after]
        return page_of(rows, [model.id for model in rows], limit=page.limit)

    async def add_model(self, tx: Transaction, model: Model) -> None:
        _check_name(tx, model)
        table_of(tx, "models")[model.id] = model

    async def save_model(self, tx: Transaction, model: Model) -> None:
        await self.get_model(tx, model.id)
        _check_name(tx, model)
        table_of(tx, "models")[model.id] = model


def _models(tx: Transaction) -> Iterable[Model]:
    return table_of(tx, "models").values()


def _matches(model: Model, filters: ModelFilters) -> bool:
    return (
        (filters.kind is None or filters.kind in model.kinds)
        and filters.enabled in (None, model.enabled)
        and filters.visibility in (None, model.visibility)
        and any((filters.search or "").lower() in name.lower() for name in (model.name, model.upstream_name))
    )


def _check_name(tx: Transaction, model: Model) -> None:
    if any(other.name == model.name and other.id != model.id for other in _models(tx)):
        raise ModelNameTaken(f"another model is called {model.name!r} already", param="name")
