"""Becoming somebody to the product, staying it, and leaving: registration, log-in, sessions, password."""

from collections.abc import Sequence
from typing import TypeAlias, TypeVar

from litestar import Response, Router, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from deepspace_core.identity.secret import Secret
from deepspace_core.identity.use_cases.login import LoggedIn
from deepspace_core.identity.user import PASSWORD_CHARS_MIN
from deepspace_core.kernel.errors import Forbidden, Unauthenticated
from deepspace_core.kernel.ids import SessionId, read_id
from deepspace_http.address import client_address
from deepspace_http.application import AccountUseCases, HttpSettings
from deepspace_http.auth import PUBLIC
from deepspace_http.cookies import REFRESH_COOKIE, cleared_cookies, session_cookies
from deepspace_http.origin import require_same_origin
from deepspace_http.parameters import Caller, HttpRequest, WantedPage
from deepspace_http.schemas.auth import (
    ChangePasswordBody,
    LoggedInBody,
    LogInBody,
    RefreshBody,
    RegisterBody,
    RegistrationBody,
    SessionBody,
    SessionsEndedBody,
    UserBody,
    show_logged_in,
    show_session,
    show_user,
)
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

Accounts: TypeAlias = NamedDependency[SkipValidation[AccountUseCases]]
Settings: TypeAlias = NamedDependency[SkipValidation[HttpSettings]]
Body = TypeVar("Body")


class RegistrationClosed(Forbidden):
    """Only an administrator makes users here."""

    code = "registration_closed"


@get("/registration", summary="May one register here?", opt=PUBLIC)
async def show_registration(settings: Settings) -> RegistrationBody:
    """What a form of registration must know before anybody fills it in."""
    return RegistrationBody(open=settings.registration_open, password_chars_min=PASSWORD_CHARS_MIN)


@post("/register", summary="Register", opt=PUBLIC)
async def register(
    request: HttpRequest, accounts: Accounts, settings: Settings, data: JSONBody[RegisterBody]
) -> UserBody:
    """Makes a user with an organization, workspace, project and wallet of their own. Log in next."""
    require_same_origin("POST", request.headers, base_url=settings.base_url, silent_allowed=True)
    if not settings.registration_open:
        raise RegistrationClosed(
            "registration is closed here; ask an administrator of this installation for an account"
        )
    registration = await accounts.register_user(
        address=_address(request, settings),
        email=data.email,
        password=Secret(data.password),
        display_name=data.display_name,
        language=data.language,
        time_zone=data.time_zone,
        trace_id=current_trace_id(),
    )
    return show_user(registration.user)


@post("/login", summary="Log in", opt=PUBLIC, status_code=200)
async def log_in(
    request: HttpRequest, accounts: Accounts, settings: Settings, data: JSONBody[LogInBody]
) -> Response[LoggedInBody]:
    """Opens a session: access token for minutes, refresh token for weeks. Ten attempts in fifteen minutes."""
    require_same_origin("POST", request.headers, base_url=settings.base_url, silent_allowed=True)
    logged_in = await accounts.log_in(
        email=data.email,
        password=Secret(data.password),
        trace_id=current_trace_id(),
        address=_address(request, settings),
        user_agent=request.headers.get("user-agent", ""),
    )
    return _session_answer(logged_in, settings, in_cookies=data.delivery == "cookie")


@post("/refresh", summary="Refresh a session", opt=PUBLIC, status_code=200)
async def refresh(
    request: HttpRequest, accounts: Accounts, settings: Settings, data: JSONBody[RefreshBody]
) -> Response[LoggedInBody]:
    """New tokens for a refresh token, out of the body or the cookie. Reuse of an old one ends the session."""
    in_cookies = data.refresh_token is None
    token = request.cookies.get(REFRESH_COOKIE) if in_cookies else data.refresh_token
    if token is None:
        raise Unauthenticated("send refresh_token in the body, or the cookie of a log-in", param="refresh_token")
    if in_cookies:
        require_same_origin("POST", request.headers, base_url=settings.base_url)
    logged_in = await accounts.refresh_session(refresh_token=Secret(token), trace_id=current_trace_id())
    return _session_answer(logged_in, settings, in_cookies=in_cookies)


@post("/logout", summary="Log out", status_code=204)
async def log_out(caller: Caller, accounts: Accounts, settings: Settings) -> Response[None]:
    """Ends this session and clears its cookies."""
    await accounts.log_out(principal=caller, trace_id=current_trace_id())
    return _with_cookies(Response(None, status_code=204), cleared_cookies(secure=settings.cookies_secure))


@get("/sessions", summary="List sessions")
async def list_sessions(caller: Caller, accounts: Accounts, page: WantedPage) -> PageBody[SessionBody]:
    """Every device that is logged in as the caller."""
    found = await accounts.list_sessions(principal=caller, page=page)
    return page_body(found, lambda session: show_session(session, current=caller.session_id))


@delete("/sessions/{session_id:str}", summary="End a session", status_code=204)
async def revoke_session(caller: Caller, accounts: Accounts, session_id: FromPath[str]) -> None:
    """At once: its tokens fail at the next request."""
    wanted = SessionId(read_id("session", session_id, param="session_id"))
    await accounts.revoke_session(principal=caller, session_id=wanted, trace_id=current_trace_id())


@post("/sessions/revoke-others", summary="Sign out everywhere else", status_code=200)
async def revoke_other_sessions(caller: Caller, accounts: Accounts) -> SessionsEndedBody:
    """Ends every session but this one."""
    ended = await accounts.revoke_other_sessions(principal=caller, trace_id=current_trace_id())
    return SessionsEndedBody(sessions_ended=ended)


@post("/sessions/revoke-all", summary="Sign out everywhere", status_code=200)
async def revoke_all_sessions(caller: Caller, accounts: Accounts, settings: Settings) -> Response[SessionsEndedBody]:
    """Ends every session, this one too, and clears its cookies."""
    ended = await accounts.revoke_all_sessions(principal=caller, trace_id=current_trace_id())
    answer = Response(SessionsEndedBody(sessions_ended=ended), status_code=200)
    return _with_cookies(answer, cleared_cookies(secure=settings.cookies_secure))


@post("/password", summary="Change the password", status_code=200)
async def change_password(caller: Caller, accounts: Accounts, data: JSONBody[ChangePasswordBody]) -> SessionsEndedBody:
    """Ends every session but this one."""
    ended = await accounts.change_password(
        principal=caller,
        current_password=Secret(data.current_password),
        new_password=Secret(data.new_password),
        trace_id=current_trace_id(),
    )
    return SessionsEndedBody(sessions_ended=ended)


def _address(request: HttpRequest, settings: HttpSettings) -> str:
    peer = request.client.host if request.client else ""
    address = client_address(peer, request.scope["headers"], trusted=settings.trusted_proxies)
    return "" if address is None else str(address)


def _session_answer(logged_in: LoggedIn, settings: HttpSettings, *, in_cookies: bool) -> Response[LoggedInBody]:
    answer = Response(show_logged_in(logged_in, with_tokens=not in_cookies), status_code=200)
    if not in_cookies:
        return answer
    issued_at = logged_in.session.refreshed_at
    return _with_cookies(answer, session_cookies(logged_in.tokens, now=issued_at, secure=settings.cookies_secure))


def _with_cookies(answer: Response[Body], cookies: Sequence[Cookie]) -> Response[Body]:
    for cookie in cookies:
        answer.set_cookie(cookie)
    return answer


auth_router = Router(
    "/auth",
    route_handlers=[
        show_registration,
        register,
        log_in,
        refresh,
        log_out,
        list_sessions,
        revoke_session,
        revoke_other_sessions,
        revoke_all_sessions,
        change_password,
    ],
    tags=["Auth"],
)
