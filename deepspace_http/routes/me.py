"""The caller's own account."""

from typing import TypeAlias

from litestar import Router, get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation

from deepspace_http.application import AccountUseCases
from deepspace_http.parameters import Caller
from deepspace_http.schemas.auth import ProfileBody, UpdateProfileBody, UserBody, show_profile, show_user
from deepspace_http.trace import current_trace_id

Accounts: TypeAlias = NamedDependency[SkipValidation[AccountUseCases]]


@get("/", summary="Who am I?")
async def get_profile(caller: Caller, accounts: Accounts) -> ProfileBody:
    """The caller and their organizations."""
    return show_profile(await accounts.get_profile(principal=caller))


@patch("/", summary="Change the profile")
async def update_profile(caller: Caller, accounts: Accounts, data: JSONBody[UpdateProfileBody]) -> UserBody:
    """Absent fields stay as they are."""
    user = await accounts.update_profile(
        principal=caller,
        trace_id=current_trace_id(),
        display_name=data.display_name,
        language=data.language,
        time_zone=data.time_zone,
    )
    return show_user(user)


me_router = Router("/me", route_handlers=[get_profile, update_profile], tags=["Me"])
