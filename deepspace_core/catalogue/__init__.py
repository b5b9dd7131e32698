"""The catalogue: which models customers can call, by what name, and within what bounds.

Knows the kernel and identity; nothing of prices, wallets or HTTP.
The verbs are in `deepspace_core.catalogue.use_cases`.
"""

from deepspace_core.catalogue.errors import ModelNameTaken, ModelNotFound
from deepspace_core.catalogue.model import NAME_CHARACTERS_MAX, Model, ModelKind, Visibility, is_name
from deepspace_core.catalogue.ports import ModelFilters, ModelRepository

__all__ = [
    "NAME_CHARACTERS_MAX",
    "Model",
    "ModelFilters",
    "ModelKind",
    "ModelNameTaken",
    "ModelNotFound",
    "ModelRepository",
    "Visibility",
    "is_name",
]
