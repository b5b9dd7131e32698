"""The catalogue: which models customers can call, by what name, and within what bounds.

Knows the kernel and identity; nothing of prices, wallets or HTTP.
The verbs are in `deepspace_core.catalogue.use_cases`.
"""

from deepspace_core.catalogue.errors import ModelNameTaken, ModelNotFound
from deepspace_core.catalogue.model import Model, ModelKind, Visibility
from deepspace_core.catalogue.ports import ModelFilters, ModelRepository

__all__ = [
    "Model",
    "ModelFilters",
    "ModelKind",
    "ModelNameTaken",
    "ModelNotFound",
    "ModelRepository",
    "Visibility",
]
