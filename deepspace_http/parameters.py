"""What many handlers take: the caller, the page, ids out of paths and queries."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from deepspace_core.identity.principal import Principal
from deepspace_core.kernel.ids import OrgId, read_id
from deepspace_core.kernel.page import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, PageRequest
from deepspace_http.schemas.wire import REASON_CHARACTERS_MAX

HttpRequest: TypeAlias = Request[Any, Any, State]
Caller: TypeAlias = NamedDependency[SkipValidation[Principal]]
"""The authenticated principal; deepspace_http/auth.py put it on the request."""

WantedPage: TypeAlias = NamedDependency[SkipValidation[PageRequest]]
"""The page that `limit` and `cursor` ask for."""

Limit = Annotated[
    int | None,
    QueryParameter(name="limit", description=f"Rows of a page, 1 to {PAGE_SIZE_MAX}; {PAGE_SIZE_DEFAULT} when absent."),
]
CursorText = Annotated[
    str | None,
    QueryParameter(name="cursor", description="`next_cursor` of the page before; absent for the first page."),
]
Why = Annotated[
    str | None,
    QueryParameter(
        name="reason",
        max_length=REASON_CHARACTERS_MAX,
        description="Why; it stands in the audit trail, beside who did it.",
    ),
]
From = Annotated[
    datetime | None, QueryParameter(name="from", description="Not before this time; ISO 8601 with its offset.")
]
To = Annotated[datetime | None, QueryParameter(name="to", description="Before this time; ISO 8601 with its offset.")]


def provide_caller(request: HttpRequest) -> Principal:
    """The principal that the guard in front of the route found."""
    principal: Principal = request.scope["state"]["principal"]
    return principal


def provide_page(limit: Limit = None, cursor: CursorText = None) -> PageRequest:
    """Raises InvalidInput naming `limit` or `cursor`."""
    return PageRequest.read(limit=limit, cursor=cursor)


def optional_org(text: str | None) -> OrgId | None:
    """The organization in a query, if one is named. Raises InvalidInput."""
    found = optional_id("org", text, param="org_id")
    return None if found is None else OrgId(found)


def optional_id(noun: str, text: str | None, *, param: str) -> UUID | None:
    """The id in a query, if there is one. Raises InvalidInput naming `param`."""
    return None if text is None else read_id(noun, text, param=param)
