"""`deepspace limit`: how many requests or tokens somebody may have in a time, and how many requests at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.dry_run import dry_run_options, past_days, show_dry_run
from deepspace_adapters.cli.lookup import (
    OPERATOR,
    enter,
    find_key,
    find_model,
    find_organization,
    find_project,
    find_user,
    org_option,
)
from deepspace_adapters.cli.output import Row, json_option, moment, page_options, read_page, show_page, show_record
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import read_id, show_id
from deepspace_core.kernel.page import Page
from deepspace_core.pipeline.dry_run import DryRun
from deepspace_core.policy import Limit, LimitId, LimitMetric, LimitScope, LimitTerms

Command = TypeVar("Command", bound=Callable[..., None])

NOUNS = {LimitScope.KEY: "api_key"}
"""The noun of a scope's ids, where it is not the scope's own name."""
WINDOWS = {"minute": 60, "hour": 3_600, "day": 86_400}
SLOT_SECONDS = 3_600
"""How long the slot of a request is kept that nobody gives back: as long as its money, unless that was changed."""
COLUMNS = ["id", "scope", "scope_id", "metric", "cap", "window_seconds", "created_at"]

platform_option = click.option(
    "--platform", is_flag=True, help="The platform's own limits, which no organization can raise."
)


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom the options name, as typed."""

    key: str | None
    user: str | None
    project: str | None
    model: str | None
    each: str | None

    async def find(self, app: Application, org: str | None, *, platform: bool) -> tuple[LimitScope, UUID | None]:
        """The scope, and the one that is named: None is each. Raises InvalidInput, NotFound or Conflict."""
        named = {name: text for name in ("key", "user", "project", "model", "each") if (text := getattr(self, name))}
        if len(named) > 1:
            raise InvalidInput("name one of --key, --user, --project, --model and --each", param="scope")
        if self.each is not None:
            return LimitScope(self.each), None
        if not named:
            given = (await find_organization(app, org)).id if platform and org is not None else None
            return LimitScope.ORG, given
        [(scope, text)] = named.items()
        return LimitScope(scope), await self._id(app, org, scope, text)

    async def _id(self, app: Application, org: str | None, scope: str, text: str) -> UUID:
        if scope == "user":
            return (await find_user(app, text)).id
        if scope == "model":
            return (await find_model(app, text)).id
        principal = await enter(app, org)
        if scope == "key":
            return (await find_key(app, principal, text)).id
        return (await find_project(app, principal, text)).id


def whom_options(command: Command) -> Command:
    """Adds the options that make a `Whom`."""
    for option in (
        click.option(
            "--each",
            type=click.Choice([one.value for one in LimitScope]),
            help="The default for each key, user, project or model that has no limit of its own.",
        ),
        click.option("--model", metavar="MODEL", help="Limit calls of a model: its id or its name."),
        click.option("--project", metavar="PROJECT", help="Limit a project: its id or its name."),
        click.option("--user", metavar="USER", help="Limit a user: the id or e-mail address."),
        click.option("--key", metavar="KEY", help="Limit an API key: its id, prefix or name."),
    ):
        command = option(command)
    return command


def terms_options(command: Command) -> Command:
    """Adds what is counted, and in which time."""
    window = click.option("--window", metavar="WINDOW", help="minute, hour, day, or a number of seconds. [minute]")
    metric = click.option(
        "--metric", type=click.Choice([one.value for one in LimitMetric]), default="requests", show_default=True
    )
    return metric(window(command))


@click.group()
def limit() -> None:
    """Limits: requests or tokens in a time, and requests at once. In force within a second."""


@limit.command("set")
@click.argument("cap", type=click.IntRange(0), metavar="CAP")
@terms_options
@whom_options
@dry_run_options
@platform_option
@org_option
@json_option
@click.pass_obj
def set_(
    deployment: Deployment,
    /,
    *,
    cap: int,
    metric: str,
    window: str | None,
    platform: bool,
    org: str | None,
    dry_run: bool,
    days: int,
    **named: str | None,
) -> None:
    """Allow at most CAP, to the organization unless somebody is named; changes the limit of the same terms."""
    window_seconds = read_window(window, LimitMetric(metric))

    async def rehearse(app: Application) -> DryRun:
        scope, scope_id = await Whom(**named).find(app, org, platform=False)
        since, until = past_days(app, days)
        terms = LimitTerms(scope, scope_id, LimitMetric(metric), window_seconds, cap)
        return await app.dry_run_policy.limit(principal=await enter(app, org), since=since, until=until, terms=terms)

    async def work(app: Application) -> Limit:
        scope, scope_id = await Whom(**named).find(app, org, platform=platform)
        terms = LimitTerms(scope, scope_id, LimitMetric(metric), window_seconds, cap)
        if platform:
            return await app.set_platform_limit(actor=OPERATOR, trace_id=app.ids.trace_id(), terms=terms)
        return await app.set_limit(principal=await enter(app, org), trace_id=app.ids.trace_id(), terms=terms)

    if dry_run:
        show_dry_run(deployment.run(rehearse))
    else:
        show_record(limit_row(deployment.run(work)))


@limit.command("list")
@platform_option
@org_option
@page_options
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, platform: bool, org: str | None, limit: int, cursor: str | None) -> None:
    """List the limits that an organization has set itself, or the platform's, newest first."""

    async def work(app: Application) -> Page[Limit]:
        page = read_page(limit, cursor)
        if platform:
            return await app.list_platform_limits(actor=OPERATOR, page=page)
        return await app.list_limits(principal=await enter(app, org), page=page)

    show_page(deployment.run(work), limit_row, columns=COLUMNS)


@limit.command()
@click.argument("limit_id", metavar="LIMIT")
@platform_option
@org_option
@json_option
@click.pass_obj
def remove(deployment: Deployment, *, limit_id: str, platform: bool, org: str | None) -> None:
    """Take a limit away, by its id."""
    wanted = LimitId(read_id("limit", limit_id, param="limit"))

    async def work(app: Application) -> None:
        if platform:
            await app.remove_platform_limit(actor=OPERATOR, trace_id=app.ids.trace_id(), limit_id=wanted)
        else:
            principal = await enter(app, org)
            await app.remove_limit(principal=principal, trace_id=app.ids.trace_id(), limit_id=wanted)

    deployment.run(work)
    show_record({"removed": True, "id": limit_id})


def limit_row(one: Limit) -> Row:
    """A limit as commands print it."""
    noun = NOUNS.get(one.scope, one.scope.value)
    return {
        "id": show_id("limit", one.id),
        "org_id": None if one.org_id is None else show_id("org", one.org_id),
        "scope": one.scope.value,
        "scope_id": None if one.scope_id is None else show_id(noun, one.scope_id),
        "metric": one.metric.value,
        "cap": one.cap,
        "window_seconds": one.window_seconds,
        "created_at": moment(one.created_at),
    }


def read_window(text: str | None, metric: LimitMetric) -> int:
    """Seconds of "minute", "hour", "day" or a number. Raises InvalidInput."""
    if text is None:
        return SLOT_SECONDS if metric is LimitMetric.CONCURRENCY else WINDOWS["minute"]
    if text in WINDOWS:
        return WINDOWS[text]
    if not text.isascii() or not text.isdigit():
        raise InvalidInput(
            f"--window must be {', '.join(WINDOWS)} or a number of seconds, not {text[:64]!r}", param="window"
        )
    return int(text)
