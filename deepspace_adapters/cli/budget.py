"""`deepspace budget`: bounds on what may be spent, by whom, in a day, a month or altogether."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.dry_run import dry_run_options, past_days, show_dry_run
from deepspace_adapters.cli.lookup import enter, find_key, find_project, find_user, org_option
from deepspace_adapters.cli.output import Row, json_option, json_wanted, money, print_json, print_table, show_record
from deepspace_core.identity.principal import Principal
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import PREFIXES, show_id
from deepspace_core.kernel.money import nanos_from_decimal
from deepspace_core.ledger import BudgetKey, BudgetLine, BudgetScope, BudgetWindow
from deepspace_core.pipeline.dry_run import DryRun

Command = TypeVar("Command", bound=Callable[..., None])

SHOWN = {BudgetScope.ORG: "org", BudgetScope.PROJECT: "project", BudgetScope.KEY: "api_key", BudgetScope.USER: "user"}
"""The noun whose id a scope has; apps and runs have none yet."""

COLUMNS = ["scope", "scope_id", "window", "cap", "used", "reserved", "left", "since"]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose spending the options name, as typed."""

    project: str | None
    key: str | None
    user: str | None
    raw: str | None

    async def find(self, app: Application, principal: Principal) -> BudgetKey:
        """The one that is named; the organization when none is. Raises InvalidInput, NotFound or Conflict."""
        if sum(text is not None for text in (self.project, self.key, self.user, self.raw)) > 1:
            raise InvalidInput("name one of --project, --key, --user and --scope", param="scope")
        if self.project is not None:
            return BudgetKey(BudgetScope.PROJECT, (await find_project(app, principal, self.project)).id)
        if self.key is not None:
            return BudgetKey(BudgetScope.KEY, (await find_key(app, principal, self.key)).id)
        if self.user is not None:
            return BudgetKey(BudgetScope.USER, (await find_user(app, self.user)).id)
        return BudgetKey(BudgetScope.ORG, principal.org_id) if self.raw is None else _read_scope(self.raw)


def whose_options(command: Command) -> Command:
    """Adds the options that make a `Whose`."""
    for option in (
        click.option("--scope", "raw", metavar="SCOPE:UUID", help="Any scope by its id, such as app:0198…"),
        click.option("--user", metavar="USER", help="Cap a user: the id or e-mail address."),
        click.option("--key", metavar="KEY", help="Cap an API key: its id, prefix or name."),
        click.option("--project", metavar="PROJECT", help="Cap a project: its id or its name."),
        click.option(
            "--window", type=click.Choice([one.value for one in BudgetWindow]), default="month", show_default=True
        ),
    ):
        command = option(command)
    return command


@click.group()
def budget() -> None:
    """Budgets: what may be spent. A call that would go beyond one is refused before it is sent."""


@budget.command("set")
@click.argument("cap", metavar="AMOUNT")
@whose_options
@dry_run_options
@org_option
@json_option
@click.pass_obj
def set_(
    deployment: Deployment,
    /,
    *,
    cap: str,
    window: str,
    dry_run: bool,
    days: int,
    org: str | None,
    **named: str | None,
) -> None:
    """Cap spending, of the organization unless somebody is named, at AMOUNT a window."""
    cap_nanos = _nanos(cap)

    async def rehearse(app: Application) -> DryRun:
        principal = await enter(app, org)
        since, until = past_days(app, days)
        return await app.dry_run_policy.budget(
            principal=principal,
            since=since,
            until=until,
            key=await Whose(**named).find(app, principal),
            window=BudgetWindow(window),
            cap_nanos=cap_nanos,
        )

    async def work(app: Application) -> BudgetLine:
        principal = await enter(app, org)
        key = await Whose(**named).find(app, principal)
        return await app.set_budget(principal=principal, key=key, window=BudgetWindow(window), cap_nanos=cap_nanos)

    if dry_run:
        show_dry_run(deployment.run(rehearse))
    else:
        show_record(line_row(deployment.run(work)))


@budget.command("list")
@org_option
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, org: str | None) -> None:
    """List an organization's budgets, and how they stand in the period that is now."""

    async def work(app: Application) -> Sequence[BudgetLine]:
        return await app.list_budgets(principal=await enter(app, org))

    rows = [line_row(line) for line in deployment.run(work)]
    if json_wanted():
        print_json({"data": rows})
    else:
        print_table(rows, columns=COLUMNS)


@budget.command()
@whose_options
@org_option
@json_option
@click.pass_obj
def remove(deployment: Deployment, /, *, window: str, org: str | None, **named: str | None) -> None:
    """Remove a budget."""

    async def work(app: Application) -> BudgetKey:
        principal = await enter(app, org)
        key = await Whose(**named).find(app, principal)
        await app.remove_budget(principal=principal, key=key, window=BudgetWindow(window))
        return key

    key = deployment.run(work)
    show_record({"removed": True, "scope": key.scope.value, "scope_id": _shown(key), "window": window})


def line_row(line: BudgetLine) -> Row:
    """A budget as commands print it."""
    return {
        "scope": line.key.scope.value,
        "scope_id": _shown(line.key),
        "window": line.window.value,
        "since": line.starts_on.isoformat(),
        **money("cap", line.cap_nanos),
        **money("used", line.used_nanos),
        **money("reserved", line.reserved_nanos),
        **money("left", line.left_nanos),
    }


def _shown(key: BudgetKey) -> str:
    noun = SHOWN.get(key.scope)
    return key.scope_id.hex if noun is None else show_id(noun, key.scope_id)


def _read_scope(text: str) -> BudgetKey:
    scope, _, told = text.partition(":")
    prefix = f"{PREFIXES.get(SHOWN.get(BudgetScope(scope), ''), '')}_" if scope in set(BudgetScope) else ""
    try:
        return BudgetKey(BudgetScope(scope), UUID(hex=told.removeprefix(prefix)))
    except ValueError:
        known = ", ".join(BudgetScope)
        raise InvalidInput(
            f"--scope must be one of {known}, a colon and an id, not {text[:64]!r}", param="scope"
        ) from None


def _nanos(text: str) -> int:
    try:
        return nanos_from_decimal(text)
    except ValueError as fault:
        raise InvalidInput(f"AMOUNT must be a number such as 10 or 0.25: {fault}", param="amount") from None
