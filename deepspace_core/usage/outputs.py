"""How much was written, counted by model and API key: what estimates are learned from."""

from dataclasses import dataclass
from uuid import UUID

from deepspace_core.kernel.ids import ModelId


@dataclass(frozen=True, slots=True)
class OutputCount:
    """Completed calls whose output, in tokens, lies in one bucket of the edges that were asked with."""

    model_id: ModelId
    api_key_id: UUID | None
    bucket: int
    calls: int
