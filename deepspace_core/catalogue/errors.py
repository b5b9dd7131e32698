"""What can be wrong with a model of the catalogue."""

from deepspace_core.kernel.errors import Conflict, NotFound


class ModelNotFound(NotFound):
    """No model of that name or id, or not one this caller may use."""

    code = "model_not_found"


class ModelNameTaken(Conflict):
    """Another model of the catalogue already answers to that name."""

    code = "model_name_taken"
