"""Channels: the upstreams that calls may be sent to; an administrator keeps them."""

from datetime import datetime
from typing import TypeAlias

from litestar import Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from deepspace_adapters.reasons import because
from deepspace_core.channels.use_cases import SeenChannel
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ReconciliationId, read_id
from deepspace_http.application import ChannelUseCases
from deepspace_http.parameters import Caller, From, To, WantedPage, Why
from deepspace_http.schemas.channels import (
    AddChannelBody,
    BreakersBody,
    ChannelBody,
    ChannelHealthBody,
    ChannelHistoryBody,
    ChannelListBody,
    EditChannelBody,
    MarginsBody,
    ReconciliationBody,
    RunReconciliationBody,
    read_changes,
    show_channel,
    show_checked_hour,
    show_health,
    show_margin,
    show_reconciliation,
    show_resting_part,
)
from deepspace_http.schemas.wire import PageBody, page_body, utc
from deepspace_http.trace import current_trace_id

Channels: TypeAlias = NamedDependency[SkipValidation[ChannelUseCases]]


@get("/", summary="List channels")
async def list_channels(caller: Caller, channels: Channels) -> ChannelListBody:
    """With what the last health check found; the channel of the settings comes first."""
    return ChannelListBody(data=[show_channel(seen) for seen in await channels.list_channels(actor=caller)])


@post("/", summary="Add a channel")
async def add_channel(caller: Caller, channels: Channels, data: JSONBody[AddChannelBody]) -> ChannelBody:
    """Every gateway may use it within a second. Its credential is stored sealed and never shown."""
    made = await channels.add_channel(
        actor=caller,
        trace_id=current_trace_id(),
        name=data.name,
        base_url=data.base_url,
        key=data.key,
        changes=read_changes(data),
    )
    return show_channel(SeenChannel(made, None))


@get("/margins", summary="Show margins")
async def show_margins(caller: Caller, channels: Channels, since: From = None, until: To = None) -> MarginsBody:
    """What calls brought in and cost us, by channel and model, for those that ended in [from, to)."""
    period = _required(utc(since, param="from"), "from"), _required(utc(until, param="to"), "to")
    rows = await channels.show_margins(actor=caller, since=period[0], until=period[1])
    return MarginsBody(data=[show_margin(row) for row in rows])


@get("/breakers", summary="Show breakers")
async def list_breakers(caller: Caller, channels: Channels) -> BreakersBody:
    """What rests, or has failed lately, in the gateway process that answers."""
    return BreakersBody(data=[show_resting_part(one) for one in await channels.list_resting_parts(actor=caller)])


@get("/{channel_name:str}/checks", summary="Show a channel's health by the hour")
async def list_checks(
    caller: Caller, channels: Channels, channel_name: FromPath[str], since: From = None, until: To = None
) -> ChannelHistoryBody:
    """Of the looks at it in [from, to), 31 days at most."""
    period = _required(utc(since, param="from"), "from"), _required(utc(until, param="to"), "to")
    hours = await channels.list_checked_hours(actor=caller, name=channel_name, since=period[0], until=period[1])
    return ChannelHistoryBody(data=[show_checked_hour(one) for one in hours])


@get("/{channel_name:str}", summary="Show a channel")
async def get_channel(caller: Caller, channels: Channels, channel_name: FromPath[str]) -> ChannelBody:
    """By name."""
    return show_channel(await channels.get_channel(actor=caller, name=channel_name))


@patch("/{channel_name:str}", summary="Change a channel")
async def edit_channel(
    caller: Caller, channels: Channels, channel_name: FromPath[str], data: JSONBody[EditChannelBody], reason: Why = None
) -> ChannelBody:
    """In force within a second; calls under way end where they are."""
    with because(reason):
        await channels.edit_channel(
            actor=caller, trace_id=current_trace_id(), name=channel_name, changes=read_changes(data)
        )
    return show_channel(await channels.get_channel(actor=caller, name=channel_name))


@delete("/{channel_name:str}", summary="Remove a channel", status_code=204)
async def remove_channel(caller: Caller, channels: Channels, channel_name: FromPath[str], reason: Why = None) -> None:
    """Usage and traces keep its name. The channel of the settings can only be disabled."""
    with because(reason):
        await channels.remove_channel(actor=caller, trace_id=current_trace_id(), name=channel_name)


@post("/{channel_name:str}/test", summary="Look at a channel", status_code=200)
async def test_channel(caller: Caller, channels: Channels, channel_name: FromPath[str]) -> ChannelHealthBody:
    """Asks it for its models now, which costs nothing; what goes wrong is told, not raised."""
    return show_health(await channels.look_at_channel(actor=caller, name=channel_name))


@get("/", summary="List reconciliations")
async def list_reconciliations(caller: Caller, channels: Channels, page: WantedPage) -> PageBody[ReconciliationBody]:
    """Comparisons of our book of calls with the upstreams' own, without their findings."""
    return page_body(await channels.list_reconciliations(actor=caller, page=page), show_reconciliation)


@post("/", summary="Reconcile a period")
async def run_reconciliation(
    caller: Caller, channels: Channels, data: JSONBody[RunReconciliationBody]
) -> ReconciliationBody:
    """Reads the log of each channel that says how it is read, and stores what it finds."""
    found = await channels.run_reconciliation(
        actor=caller, trace_id=current_trace_id(), since=data.since, until=data.until
    )
    return show_reconciliation(found)


@get("/{reconciliation_id:str}", summary="Show a reconciliation")
async def get_reconciliation(
    caller: Caller, channels: Channels, reconciliation_id: FromPath[str]
) -> ReconciliationBody:
    """With all that it found."""
    wanted = ReconciliationId(read_id("reconciliation", reconciliation_id, param="reconciliation_id"))
    return show_reconciliation(await channels.get_reconciliation(actor=caller, reconciliation_id=wanted))


def _required(moment: datetime | None, param: str) -> datetime:
    if moment is None:
        raise InvalidInput(f"{param} is missing; for example {param}=2026-01-01T00:00:00Z", param=param)
    return moment


admin_channels_router = Router(
    "/channels",
    route_handlers=[
        list_channels,
        add_channel,
        show_margins,
        list_breakers,
        list_checks,
        get_channel,
        edit_channel,
        remove_channel,
        test_channel,
    ],
    tags=["Admin: channels"],
)
admin_reconciliations_router = Router(
    "/reconciliations",
    route_handlers=[list_reconciliations, run_reconciliation, get_reconciliation],
    tags=["Admin: channels"],
)
