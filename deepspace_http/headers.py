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
    if len(headers) < len(sent):
        headers = {name: SEVERAL.join([value for other, value in sent if other == name]) for name in headers}
    return headers
