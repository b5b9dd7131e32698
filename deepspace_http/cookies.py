"""The two cookies of a browser's session: HttpOnly, SameSite=Lax, Secure where the public address is https.

The refresh token is sent to the auth routes only, so that no other request can leak it. Lax, not Strict: a link from
a mail must find its reader logged in, and no GET of ours changes anything.
"""

from collections.abc import Sequence
from datetime import datetime

from litestar.datastructures import Cookie

from deepspace_core.identity.session import Tokens

ACCESS_COOKIE = "deepspace_access"
REFRESH_COOKIE = "deepspace_refresh"
REFRESH_PATH = "/api/v1/auth"


def session_cookies(tokens: Tokens, *, now: datetime, secure: bool) -> Sequence[Cookie]:
    """Both, living as long as their tokens."""
    return (
        _cookie(
            ACCESS_COOKIE, tokens.access.reveal(), path="/", until=tokens.access_expires_at, now=now, secure=secure
        ),
        _cookie(
            REFRESH_COOKIE, tokens.refresh.reveal(), path=REFRESH_PATH, until=tokens.expires_at, now=now, secure=secure
        ),
    )


def cleared_cookies(*, secure: bool) -> Sequence[Cookie]:
    """Both, expired at once."""
    return tuple(
        Cookie(name, path, "", max_age=0, httponly=True, secure=secure, samesite="lax")
        for name, path in ((ACCESS_COOKIE, "/"), (REFRESH_COOKIE, REFRESH_PATH))
    )


def _cookie(name: str, value: str, *, path: str, until: datetime, now: datetime, secure: bool) -> Cookie:
    seconds = max(0, int((until - now).total_seconds()))
    return Cookie(name, path, value, max_age=seconds, httponly=True, secure=secure, samesite="lax")
