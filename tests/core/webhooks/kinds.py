"""Whether what is told says what was promised of its kind."""

from collections.abc import Mapping

from deepspace_core.webhooks import KINDS, HappeningType

JSON: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "array": (list, tuple),
    "object": (dict,),
    "null": (type(None),),
}


def misfits(event_type: str, data: Mapping[str, object]) -> list[str]:
    """Fields that are missing, that nobody has promised, and those of another type."""
    promised = {field.name: field for field in KINDS[HappeningType(event_type)].fields}
    missing = [f"{name} is missing" for name, field in promised.items() if field.always and name not in data]
    strange = [f"{name} was not promised" for name in data if name not in promised]
    wrong = [
        f"{name} is {value!r}"
        for name, value in data.items()
        if name in promised and not isinstance(value, tuple(kind for one in promised[name].types for kind in JSON[one]))
    ]
    return missing + strange + wrong
