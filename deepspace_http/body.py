"""What can be wrong with a call's body before anything in it is read: its size, its kind."""

from deepspace_core.kernel.errors import DeepSpaceError, InvalidInput
from deepspace_http.headers import SEVERAL, Headers

_JSON = b"application/json"  # what nearly all say: compared before anything is looked for in it


class BodyTooLarge(DeepSpaceError):
    """The body is larger than DEEPSPACE_BODY_BYTES_MAX, or a form than DEEPSPACE_UPLOAD_BYTES_MAX."""

    code = "body_too_large"


class ContentTypeRefused(DeepSpaceError):
    """The body says that it is something other than what the route takes."""

    code = "unsupported_media_type"


def require_json(headers: Headers) -> None:
    """Raises ContentTypeRefused for a body that says that it is something else."""
    told = headers.get(b"content-type", _JSON)
    if told != _JSON and not all(b"json" in kind for kind in told.lower().split(SEVERAL)):
        shown = told[:100].decode("latin-1")
        raise ContentTypeRefused(f"content-type must be application/json, not {shown!r}", param="content-type")


def declared_length(headers: Headers) -> int | None:
    """What content-length says; None where it is absent. Raises InvalidInput when it is no number."""
    told = headers.get(b"content-length")
    if told is None:
        return None
    try:
        return int(told)
    except ValueError:
        raise InvalidInput("content-length must be a number", param="content-length") from None


def content_type(headers: Headers) -> str:
    """What the body says it is; empty where it says nothing."""
    return headers.get(b"content-type", b"").decode("latin-1")
