"""What people call the things whose ids administrators read."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from deepspace_core.identity.use_cases.acting import NAMES_MAX
from deepspace_http.oversight import Oversight
from deepspace_http.parameters import Caller
from deepspace_http.schemas.administration import NamesBody

Ids = Annotated[
    list[str] | None,
    QueryParameter(
        name="id",
        description=f"Ids of organizations, users, projects and API keys; given up to {NAMES_MAX} times.",
    ),
]


@get("/", summary="Name things")
async def look_up_names(caller: Caller, oversight: Oversight, ids: Ids = None) -> NamesBody:
    """From id to name, for those that there are; a user's name is the address."""
    return NamesBody(names=dict(await oversight.look_up_names(actor=caller, ids=ids or [])))


admin_names_router = Router("/names", route_handlers=[look_up_names], tags=["Admin: organizations"])
