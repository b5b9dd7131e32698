"""The root of the `deepspace` command.

Commands are imported when they are called for: `deepspace --help` should not load a database driver.
"""

import importlib
import importlib.metadata
from collections.abc import Mapping

import click

from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.errors import FailingPlainly

COMMANDS: Mapping[str, str] = {
    "up": "up:up",
    "gateway": "shells:gateway",
    "worker": "shells:worker",
    "migrate": "migrate:migrate",
    "doctor": "doctor:doctor",
    "org": "org:org",
    "user": "user:user",
    "project": "project:project",
    "key": "key:key",
    "model": "model:model",
    "price": "price:price",
    "channel": "channel:channel",
    "wallet": "wallet:wallet",
    "budget": "budget:budget",
    "limit": "limit:limit",
    "ip-rule": "ip_rule:ip_rule",
    "usage": "usage:usage",
    "job": "job:job",
    "schedule": "schedule:schedule",
    "webhook": "webhook:webhook",
    "export": "export:export",
    "file": "file:file",
    "archive": "archive:archive",
    "trace": "trace:trace",
    "audit": "audit:audit",
    "reconcile": "reconcile:reconcile",
    "ledger": "ledger:ledger",
}
"""From a command to the module of this package and the name in it; in the order in which help lists them."""

ABOUT: Mapping[str, str] = {
    "up": "Start everything on this machine.",
    "gateway": "Run the gateway.",
    "worker": "Run the worker.",
    "migrate": "Bring the database's schema up to date, or back.",
    "doctor": "Check every dependency and say what to do.",
    "org": "Organizations: who owns wallets, members and projects.",
    "user": "Users: people who can log in.",
    "project": "Projects: what chats, keys and usage belong to.",
    "key": "API keys: what programs call the gateway with.",
    "model": "Models: the catalogue, from our names to the upstream's.",
    "price": "Prices: a model's rates, versioned by when they take effect.",
    "channel": "Channels: the upstreams that calls go to, their share and their cost.",
    "wallet": "Wallets: balance, top-ups, movements and holds.",
    "budget": "Budgets: caps on what may be spent in a day, a month or altogether.",
    "limit": "Limits: requests or tokens in a time, and requests at once.",
    "ip-rule": "Address rules: from where an organization or a key may be used.",
    "usage": "Usage: every metered call, and sums over time.",
    "job": "Jobs: what the worker does, did, and could not do.",
    "schedule": "Schedules: what comes by the clock.",
    "webhook": "Webhooks: who is told what happens.",
    "export": "Exports: what the books hold, as files.",
    "file": "Files: what projects keep, and links to it.",
    "archive": "Archives: months past their retention, and the way back.",
    "trace": "Tell the whole story of one call.",
    "audit": "The audit trail: whether it is as it was sealed.",
    "reconcile": "Compare our book of calls with the upstreams' own logs.",
    "ledger": "Prove the books.",
}


class Root(FailingPlainly):
    """Knows its commands by name, and loads one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # click's signature
        """All of them, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, loaded; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"deepspace_adapters.cli.{module}"), attribute)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:  # click's signature
        """As click does it, but a mistyped name is compared with the table: click looks at what is loaded only."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as fault:
            raise click.NoSuchCommand(fault.command_name, possibilities=COMMANDS, ctx=ctx) from fault

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, from the table rather than from the modules."""
        with formatter.section("Commands"):
            formatter.write_dl(list(ABOUT.items()))


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(importlib.metadata.version("deepspace-workflows"), "--version", prog_name="deepspace")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """DeepSpace Workflows: every AI call billable, auditable and traceable.

    Start with `deepspace up`. Settings are DEEPSPACE_* variables, or a .env file here; .env.example lists them.
    """
    if ctx.obj is None:
        ctx.obj = Deployment()


def main() -> None:
    """The entry point of the installed command."""
    cli(prog_name="deepspace")


if __name__ == "__main__":
    main()
