"""The port of the catalogue."""

from dataclasses import dataclass
from typing import Protocol

from deepspace_core.catalogue.model import Model, ModelKind, Visibility
from deepspace_core.kernel.ids import ModelId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class ModelFilters:
    """Which models; None does not filter. `search`: part of a name, ours or the upstream's, in whatever case."""

    kind: ModelKind | None = None
    enabled: bool | None = None
    visibility: Visibility | None = None
    search: str | None = None


class ModelRepository(Protocol):
    """Stores the catalogue. It is the deployment's, not a tenant's, so no method takes an organization."""

    async def get_model(self, tx: Transaction, model_id: ModelId) -> Model:
        """Raises ModelNotFound."""
        ...

    async def find_model_by_name(self, tx: Transaction, name: str) -> Model | None: ...

    async def list_models(self, tx: Transaction, page: PageRequest, filters: ModelFilters) -> Page[Model]:
        """Newest first."""
        ...

    async def add_model(self, tx: Transaction, model: Model) -> None:
        """Raises ModelNameTaken."""
        ...

    async def save_model(self, tx: Transaction, model: Model) -> None:
        """Replaces the stored model of the same id. Raises ModelNotFound or ModelNameTaken."""
        ...
