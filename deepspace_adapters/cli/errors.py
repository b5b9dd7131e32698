"""How the command fails: one shape on standard error, and no traceback for a fault that somebody foresaw."""

import json
from typing import IO, Any

import click

from deepspace_core.kernel.errors import DeepSpaceError, Unavailable

JSON_WANTED = "deepspace.json"
"""Where in click's shared `meta` the option `--json` leaves its mark."""

DOCTOR = "`deepspace doctor` tells what is away, why, and what to do."


class Refusal(click.ClickException):
    """A `DeepSpaceError` as the command shows it; exit code 1."""

    def __init__(self, fault: DeepSpaceError, *, as_json: bool) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.as_json = as_json

    def show(self, file: IO[Any] | None = None) -> None:
        """`Error: what is wrong and what would help`, or the error object that the API answers with."""
        if self.as_json:
            shape = {"message": self.fault.message, "code": self.fault.code, "param": self.fault.param}
            click.echo(json.dumps({"error": shape}, ensure_ascii=False), file=file, err=True)
        else:
            click.echo(f"{click.style('Error', fg='red', bold=True)}: {self.fault.message}", file=file, err=True)
            if isinstance(self.fault, Unavailable):
                click.echo(DOCTOR, file=file, err=True)


class FailingPlainly(click.Group):
    """A group whose commands may raise what use cases raise."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; a `DeepSpaceError` becomes a `Refusal`."""
        try:
            return super().invoke(ctx)
        except DeepSpaceError as fault:
            raise Refusal(fault, as_json=bool(ctx.meta.get(JSON_WANTED))) from fault
