"""A request's headers by their names, made once: one looked up in a list is looked for in all of it."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

Headers: TypeAlias = Mapping[bytes, bytes]
"""Names in small letters, as ASGI gives them."""

SEVERAL = b", "
"""What parts the values of a header that came several times (RFC 9110, section 5.3)."""


def by_name(pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Each header once."""
    sent = list(pairs)
    headers = dict(sent)
    if len(headers) == len(sent):
        return headers
    values_of: dict[bytes, list[bytes]] = {}  # one pass: a stranger's head may have thousands of them
    for name, value in sent:
        values_of.setdefault(name, []).append(value)
    return {name: SEVERAL.join(values) for name, values in values_of.items()}
