"""The catalogue in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import kwargs_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.catalogue import Model, ModelFilters, ModelKind, ModelNameTaken, ModelNotFound, Visibility
from deepspace_core.kernel.ids import ModelId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    get_model: sql.Statement
    find_model_by_name: sql.Statement
    list_models: sql.Statement
    add_model: sql.Statement
    save_model: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresModels:
    """The `ModelRepository` port."""

    async def get_model(self, tx: Transaction, model_id: ModelId) -> Model:
        async with connection_of(tx).cursor(row_factory=kwargs_row(_model)) as cursor:
            await cursor.execute(SQL.get_model, {"id": model_id})
            found = await cursor.fetchone()
        if found is None:
            raise _not_found(model_id)
        return found

    async def find_model_by_name(self, tx: Transaction, name: str) -> Model | None:
        async with connection_of(tx).cursor(row_factory=kwargs_row(_model)) as cursor:
            await cursor.execute(SQL.find_model_by_name, {"name": name})
            return await cursor.fetchone()

    async def list_models(self, tx: Transaction, page: PageRequest, filters: ModelFilters) -> Page[Model]:
        values = {
            "kind": filters.kind and filters.kind.value,
            "enabled": filters.enabled,
            "visibility": filters.visibility and filters.visibility.value,
            "search": filters.search,
            "after": page.after,
            "limit": page.limit,
        }
        async with connection_of(tx).cursor(row_factory=kwargs_row(_model)) as cursor:
            await cursor.execute(SQL.list_models, values)
            rows = await cursor.fetchall()
        return page_of(rows, [row.id for row in rows], limit=page.limit)

    async def add_model(self, tx: Transaction, model: Model) -> None:
        try:
            await connection_of(tx).execute(SQL.add_model, _values(model))
        except UniqueViolation as fault:
            raise _name_taken(model) from fault

    async def save_model(self, tx: Transaction, model: Model) -> None:
        try:
            cursor = await connection_of(tx).execute(SQL.save_model, _values(model))
        except UniqueViolation as fault:
            raise _name_taken(model) from fault
        if cursor.rowcount == 0:
            raise _not_found(model.id)


def _model(
    *,
    id: UUID,  # noqa: A002 - the column's name
    name: str,
    upstream_name: str,
    kinds: Sequence[str],
    context_tokens: int,
    output_tokens_max: int,
    enabled: bool,
    visibility: str,
    created_at: datetime,
    recommended: bool,
) -> Model:
    return Model(
        id=ModelId(id),
        name=name,
        upstream_name=upstream_name,
        kinds=frozenset(map(ModelKind, kinds)),
        context_tokens=context_tokens,
        output_tokens_max=output_tokens_max,
        enabled=enabled,
        visibility=Visibility(visibility),
        created_at=created_at,
        recommended=recommended,
    )


def _values(model: Model) -> dict[str, object]:
    return {
        "id": model.id,
        "name": model.name,
        "upstream_name": model.upstream_name,
        "kinds": sorted(kind.value for kind in model.kinds),
        "context_tokens": model.context_tokens,
        "output_tokens_max": model.output_tokens_max,
        "enabled": model.enabled,
        "visibility": model.visibility.value,
        "created_at": model.created_at,
        "recommended": model.recommended,
    }


def _not_found(model_id: ModelId) -> ModelNotFound:
    return ModelNotFound(f"there is no model {show_id('model', model_id)}", param="model_id")


def _name_taken(model: Model) -> ModelNameTaken:
    return ModelNameTaken(f"another model is called {model.name!r} already", param="name")
