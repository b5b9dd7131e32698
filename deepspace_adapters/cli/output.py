"""What commands print: rows as a table or as JSON, one record as lines or as JSON, remarks on standard error.

A row is a mapping of JSON-safe values, the same in both forms; a table shows some of its columns, JSON all of them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias, TypeVar

import click
from rich.console import Console
from rich.table import Table

from deepspace_adapters.cli.errors import JSON_WANTED
from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.kernel.page import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, Page, PageRequest

Row: TypeAlias = Mapping[str, object]
Item = TypeVar("Item")
Command = TypeVar("Command", bound=Callable[..., object])

TABLE_WIDTH_MAX = 100_000
"""A table is as wide as it is: fitted to a screen, an id broken over four lines can be neither copied nor grepped."""


def _want_json(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # click's signature
    ctx.meta[JSON_WANTED] = value or ctx.meta.get(JSON_WANTED, False)


json_option = click.option(
    "--json", is_flag=True, expose_value=False, is_eager=True, callback=_want_json, help="Print JSON."
)


def page_options(command: Command) -> Command:
    """Adds `--limit` and `--cursor`, which the command takes as one `page: PageRequest` through `read_page`."""
    cursor = click.option("--cursor", help="Continue after a page: its next cursor.")
    limit = click.option(
        "--limit",
        type=click.IntRange(1, PAGE_SIZE_MAX),
        default=PAGE_SIZE_DEFAULT,
        show_default=True,
        help="Rows at most.",
    )
    return limit(cursor(command))


def read_page(limit: int, cursor: str | None) -> PageRequest:
    """The page that `page_options` asked for."""
    return PageRequest.read(limit=limit, cursor=cursor)


def json_wanted() -> bool:
    """Whether the running command was given `--json`."""
    return bool(click.get_current_context().meta.get(JSON_WANTED))


def show_page(page: Page[Item], show: Callable[[Item], Row], *, columns: Sequence[str]) -> None:
    """Prints the rows of a page, and how to get the next one."""
    rows = [show(item) for item in page.rows]
    if json_wanted():
        print_json({"data": rows, "next_cursor": page.next_cursor})
        return
    print_table(rows, columns=columns)
    if page.next_cursor:
        remark(f"More: add --cursor {page.next_cursor}")


def show_record(row: Row) -> None:
    """Prints one record whole."""
    if json_wanted():
        print_json(row)
        return
    # The exact twin of an amount is for programs; a person has the amount itself above it.
    shown = {name: value for name, value in row.items() if name.removesuffix("_nanos") not in row.keys() - {name}}
    width = max(len(name) for name in shown)
    for name, value in shown.items():
        click.echo(f"{name:<{width}}  {cell(value)}")


def print_table(rows: Sequence[Row], *, columns: Sequence[str]) -> None:
    """Prints the named columns of rows; says so when there are none."""
    if not rows:
        remark("Nothing.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.upper(), no_wrap=True)
    for row in rows:
        table.add_row(*(cell(row.get(column)) for column in columns))
    Console(width=TABLE_WIDTH_MAX, markup=False, highlight=False).print(table)


def print_json(value: object) -> None:
    """Prints JSON on standard output, indented for a person who looks and fine for a program that reads."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def remark(text: str) -> None:
    """Says something about the output, beside it."""
    click.echo(text, err=True)


def cell(value: object) -> str:
    """A value as a person reads it."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(cell(one) for one in value) or "-"
        case dict():
            return " ".join(f"{name}={cell(inner)}" for name, inner in value.items()) or "-"
        case _:
            return str(value)


def money(name: str, amount_nanos: int | None) -> dict[str, object]:
    """An amount twice: `balance_nanos` exactly, `balance` to be read."""
    return {
        name: None if amount_nanos is None else decimal_from_nanos(amount_nanos),
        f"{name}_nanos": amount_nanos,
    }


def moment(at: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC, to the second."""
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
