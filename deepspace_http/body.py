"""What can be wrong with a call's body before anything in it is read: its size, its kind."""

from collections.abc import Iterable

from deepspace_core.kernel.errors import DeepSpaceError, InvalidInput

_JSON = b"application/json"  # what nearly all say: compared before anything is looked for in it


class BodyTooLarge(DeepSpaceError):
    """The body is larger than DEEPSPACE_BODY_BYTES_MAX, or a form than DEEPSPACE_UPLOAD_BYTES_MAX."""

    code = "body_too_large"


class ContentTypeRefused(DeepSpaceError):
    """The body says that it is something other than what the route takes."""

    code = "unsupported_media_type"


def require_json(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raises ContentTypeRefused for a body that says that it is something else."""
    for name, value in headers:
        if name == b"content-type" and value != _JSON and b"json" not in value.lower():
            told = value[:100].decode("latin-1")
            raise ContentTypeRefused(f"content-type must be application/json, not {told!r}", param="content-type")


def declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """What content-length says; None where it is absent. Raises InvalidInput when it is no number."""
    for name, value in headers:
        if name == b"content-length":
            try:
                return int(value)
            except ValueError:
                raise InvalidInput("content-length must be a number", param="content-length") from None
    return None


def content_type(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """What the body says it is; empty where it says nothing."""
    return next((value.decode("latin-1") for name, value in headers if name == b"content-type"), "")
