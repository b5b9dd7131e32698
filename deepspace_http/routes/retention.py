"""What is kept, and how long: read only, because settings decide it."""

from litestar import Router, get

from deepspace_http.oversight import Oversight
from deepspace_http.parameters import Caller
from deepspace_http.schemas.retention import RetentionBody, show_retention


@get("/", summary="Show what is kept")
async def get_retention(caller: Caller, oversight: Oversight) -> RetentionBody:
    """The large tables as they lie on disk, how long their months are kept, and when the next are archived."""
    return show_retention(await oversight.report_retention(actor=caller))


admin_retention_router = Router("/retention", route_handlers=[get_retention], tags=["Admin: retention"])
