"""The root of the one error tree.

An error has a stable `code` (what a program switches on), a message (what a person reads: what is wrong and what
would help), `retryable`, the `param` at fault and structured `fields`. No HTTP, SQL or vendor types: a shell
translates codes at one seam (deepspace_http/errors.py).
"""

from typing import ClassVar


class DeepSpaceError(Exception):
    """Every error a use case raises on purpose."""

    code: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, param: str | None = None, **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.fields = fields


class InvalidInput(DeepSpaceError):
    """The caller sent a value that can't be used; `param` names the field."""

    code = "invalid_input"


class NotFound(DeepSpaceError):
    """No such thing here. A row of another tenant is this, never `Forbidden`."""

    code = "not_found"


class Conflict(DeepSpaceError):
    """The change collides with what is there (a name taken, a state already left)."""

    code = "conflict"


class Unauthenticated(DeepSpaceError):
    """Nobody we know: credentials missing, wrong, expired or revoked."""

    code = "unauthenticated"


class Forbidden(DeepSpaceError):
    """Known, but without the permission; `fields["permission"]` names it."""

    code = "forbidden"


class Unavailable(DeepSpaceError):
    """A dependency is away; the same call may succeed later (`fields["retry_after_seconds"]`)."""

    code = "unavailable"
    retryable = True


class ObjectNotFound(NotFound):
    """The object store has nothing under that key."""

    code = "object_not_found"


class ObjectTooLarge(InvalidInput):
    """More bytes came than an object may have; `fields["bytes_max"]`."""

    code = "object_too_large"


class OutgoingRefused(InvalidInput):
    """A request may not go to that destination: it is inside, or is no web server's address."""

    code = "outgoing_refused"


class OutgoingFailed(Unavailable):
    """Nobody answered at a destination that was allowed; `fields["reason"]` says why in a word."""

    code = "outgoing_failed"


class SecretUnreadable(DeepSpaceError):
    """A stored secret can't be opened: the installation's key is not the one it was sealed with."""

    code = "secret_unreadable"
