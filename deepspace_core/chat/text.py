"""Text that can be stored: what every store takes, whatever a client or a model sends.

JSON can carry U+0000, which PostgreSQL's text can't, and half a surrogate pair, which UTF-8 can't.
"""

from deepspace_core.kernel.errors import InvalidInput


def storable(text: str, *, param: str) -> str:
    """The text itself. Raises InvalidInput when no store could hold it."""
    if mended(text) != text:
        raise InvalidInput(f"{param} holds U+0000 or half a surrogate pair; leave it out", param=param)
    return text


def mended(text: str) -> str:
    """The text with every character that can't be stored replaced by U+FFFD; split surrogate pairs are joined again."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", "\ufffd")
