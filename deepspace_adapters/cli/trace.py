"""`deepspace trace`: the whole story of one call."""

from datetime import UTC, datetime

import click

from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR
from deepspace_adapters.cli.output import cell, json_option, json_wanted, print_json
from deepspace_core.audit import TraceEntry, TraceStory

INDENT = " " * 12


@click.command()
@click.argument("trace_id", metavar="TRACE_ID")
@json_option
@click.pass_obj
def trace(deployment: Deployment, trace_id: str) -> None:
    """Tell what is known of one call: stages, hold, upstream, tokens, price, capture.

    TRACE_ID is the answer's x-trace-id header.
    """
    story = deployment.run(lambda app: app.tell_any_trace(actor=OPERATOR, trace_id=trace_id.strip().lower()))
    if json_wanted():
        print_json({"trace_id": story.trace_id, "entries": [_entry_row(entry) for entry in story.entries]})
    else:
        _tell(story)


def _tell(story: TraceStory) -> None:
    began = story.entries[0].at
    click.echo(f"{click.style(story.trace_id, bold=True)}  began {_utc(began, 'milliseconds')}")
    for entry in story.entries:
        click.echo(f"{_after(began, entry.at):>10}  {click.style(entry.title, bold=True)}  ({entry.kind})")
        for name, value in entry.details.items():
            _tell_detail(name, value)


def _tell_detail(name: str, value: object) -> None:
    """One line; a list of mappings (the stages) gets a line for each."""
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        click.echo(f"{INDENT}{name}:")
        for one in value:
            click.echo(f"{INDENT}  {cell(one)}")
    elif value is not None:
        click.echo(f"{INDENT}{name}: {cell(value)}")


def _entry_row(entry: TraceEntry) -> dict[str, object]:
    return {
        "at": _utc(entry.at, "microseconds"),
        "kind": entry.kind,
        "title": entry.title,
        "details": dict(entry.details),
    }


def _utc(at: datetime, precision: str) -> str:
    """As every other time that we write: in UTC, with a Z."""
    return at.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _after(began: datetime, at: datetime) -> str:
    return f"+{(at - began).total_seconds() * 1_000:.1f} ms"
