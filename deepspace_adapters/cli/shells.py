"""`deepspace gateway` and `deepspace worker`: the shells, as processes that take this one's place.

The command may not import the shells (they stand above it), and need not: they read the same settings.
"""

import os
import sys
from collections.abc import Mapping

import click

from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.settings import environ_of

GATEWAY_MODULE = "deepspace_http"
WORKER_MODULE = "deepspace_worker"
NEEDED = ("database_url", "redis_url")


@click.command()
@click.pass_obj
def gateway(deployment: Deployment) -> None:
    """Run the gateway until it is stopped.

    Uses DEEPSPACE_DATABASE_URL and DEEPSPACE_REDIS_URL, or what `deepspace up` runs here. Calls go to the upstream of
    DEEPSPACE_NEWAPI_*, if it is set, and to the channels of `deepspace channel`.
    """
    _become(GATEWAY_MODULE, environ_of(deployment.running(*NEEDED)))


@click.command()
@click.pass_obj
def worker(deployment: Deployment) -> None:
    """Run the worker until it is stopped: queues, schedules, hold sweeping, roll-ups."""
    _become(WORKER_MODULE, environ_of(deployment.running(*NEEDED)))


def shell_command(module: str) -> list[str]:
    """The command line of a shell under the Python that runs this one."""
    return [sys.executable, "-m", module]


def _become(module: str, settings: Mapping[str, str]) -> None:
    """Replaces this process, so that signals and exit codes are the shell's own. Never returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    command = shell_command(module)
    os.execve(command[0], command, {**os.environ, **settings})
