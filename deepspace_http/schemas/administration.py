"""Wire types of what administrators do with users and organizations."""

from typing import Annotated

from msgspec import Meta

from deepspace_http.schemas.auth import Password
from deepspace_http.schemas.wire import Reason, RequestBody


class GrantBody(RequestBody, frozen=True, kw_only=True):
    """Whether the user shall be an administrator of the installation."""

    is_administrator: Annotated[bool, Meta(examples=[True])]


class SuspendBody(RequestBody, frozen=True, kw_only=True):
    """Why; it is kept in the audit trail."""

    reason: Reason


class ResetPasswordBody(RequestBody, frozen=True, kw_only=True):
    """The new password. Ends all of the user's sessions."""

    password: Password
