"""`deepspace up`: the whole product on this machine, from nothing to a line that can be pasted.

What the settings name is used; what they leave open is started here, each on its own. Everything stops with Ctrl-C,
the last started first, so that running answers settle while the database still stands.
"""

import asyncio
import os
from dataclasses import dataclass, fields, replace
from pathlib import Path

import click

from deepspace_adapters.bootstrap import Bootstrap, Credentials
from deepspace_adapters.cli.checks import gateway_answers
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.port_holder import is_free, port_holder
from deepspace_adapters.cli.progress import Progress
from deepspace_adapters.cli.shells import GATEWAY_MODULE, WORKER_MODULE, shell_command
from deepspace_adapters.cli.welcome import welcome
from deepspace_adapters.embedded.running import find_running
from deepspace_adapters.embedded.supervisor import Given, Service, Supervisor
from deepspace_adapters.postgres.migrate import migrate
from deepspace_adapters.setting_values import Secret
from deepspace_adapters.settings import Settings, environ_of
from deepspace_core.kernel.errors import Conflict

EXIT_INTERRUPTED = 130
"""128 + SIGINT, as shells say it."""

WORKER_READY_FILE = "worker.ready"

STOP_SECONDS_OVER_DRAIN = 15.0
"""What a shell may take to settle and close beyond its draining, before it is killed."""


@click.command()
@click.pass_context
def up(ctx: click.Context) -> None:
    """Start everything on this machine, and stop it with Ctrl-C.

    PostgreSQL, Redis and a small local model are started for whichever of DEEPSPACE_DATABASE_URL, DEEPSPACE_REDIS_URL
    and DEEPSPACE_NEWAPI_BASE_URL is not set. The data stays in DEEPSPACE_DATA_DIR (default: .deepspace).
    """
    deployment: Deployment = ctx.obj
    settings = deployment.settings()
    settings = replace(settings, data_dir=settings.data_dir.absolute())
    _check_port(settings)
    try:
        Start(deployment, settings, Progress()).run()
    except KeyboardInterrupt:
        click.echo("\nStopped before everything had started; the data is as it was.", err=True)
        ctx.exit(EXIT_INTERRUPTED)
    click.echo("Everything has stopped. The data is kept.")


@dataclass(frozen=True, slots=True)
class Start:
    """One start, from what was set to a running installation."""

    deployment: Deployment
    settings: Settings
    progress: Progress

    def run(self) -> None:
        """Returns when it was asked to stop, with everything stopped. Raises what can't be started."""
        settings = self.settings
        given = Given(
            database_url=_plain(settings.database_url),
            redis_url=_plain(settings.redis_url),
            newapi_base_url=settings.newapi_base_url,
            newapi_api_key=_plain(settings.newapi_api_key),
        )
        click.echo(f"DeepSpace starts; its data is in {settings.data_dir}")
        with Supervisor(settings.data_dir, given=given, progress=self.progress.notice) as supervisor:
            stack = supervisor.start()
            whole = replace(
                settings,
                database_url=Secret(stack.database_url),
                redis_url=Secret(stack.redis_url),
                newapi_base_url=stack.newapi_base_url,
                newapi_api_key=Secret(stack.newapi_api_key),
            )
            self._migrate(stack.database_url)
            credentials = self._bootstrap(whole)
            self._run_shells(supervisor, whole)
            welcome(whole, credentials, embedded_models=settings.newapi_base_url is None)
            supervisor.supervise()
            click.echo("\nStopping …")

    def _migrate(self, database_url: str) -> None:
        self.progress.begin("schema", "migrating")
        applied = migrate(database_url)
        self.progress.end("schema", f"{len(applied)} new" if applied else "current")

    def _bootstrap(self, settings: Settings) -> Credentials | None:
        async def fill() -> Credentials | None:
            async with self.deployment.open(settings) as app:
                bootstrap = Bootstrap(**{one.name: getattr(app, one.name) for one in fields(Bootstrap)})
                return await bootstrap(
                    data_dir=settings.data_dir,
                    email=settings.admin_email,
                    password=settings.admin_password,
                    with_embedded_models=self.settings.newapi_base_url is None,
                )

        self.progress.begin("accounts, models, prices", "looking for")
        credentials = asyncio.run(fill())
        self.progress.end("accounts, models, prices")
        return credentials

    def _run_shells(self, supervisor: Supervisor, settings: Settings) -> None:
        environment = environ_of(settings)
        patience = settings.drain_seconds + STOP_SECONDS_OVER_DRAIN
        supervisor.run(
            Service(
                name="gateway",
                argv=shell_command(GATEWAY_MODULE),
                environment=environment,
                # Alive, not "ready": a gateway that is started again while its database is away says 503 and recovers.
                ready=lambda: gateway_answers(settings, path="/health"),
                stop_timeout_seconds=patience,
            )
        )
        ready_file = settings.data_dir / WORKER_READY_FILE
        supervisor.run(
            Service(
                name="worker",
                argv=[*shell_command(WORKER_MODULE), "--ready-file", str(ready_file)],
                environment=environment,
                ready=lambda: _is_written_by_the_living(ready_file),
                stop_timeout_seconds=patience,
            )
        )


def _is_written_by_the_living(ready_file: Path) -> bool:
    """Whether the process that wrote its id there still is; what a killed one left doesn't count."""
    try:
        os.kill(int(ready_file.read_text(encoding="utf-8")), 0)
    except (OSError, ValueError):
        return False
    return True


def _plain(secret: Secret | None) -> str | None:
    """For `running.json`, whose encoder takes text and nothing derived from it."""
    return None if secret is None else str(secret)


def _check_port(settings: Settings) -> None:
    """Before anything starts: half a minute of starting must not end in this. Raises Conflict."""
    if is_free(settings.http_host, settings.http_port):
        return
    running = find_running(settings.data_dir)
    if running is not None:
        raise Conflict(
            f"DeepSpace runs here already (process {running.supervisor_pid}), at {settings.base_url}; "
            "stop it with Ctrl-C where it was started",
            param="DEEPSPACE_HTTP_PORT",
        )
    holder = port_holder(settings.http_port) or "another program"
    raise Conflict(
        f"port {settings.http_port} on {settings.http_host} is taken by {holder}; "
        f"stop it, or set DEEPSPACE_HTTP_PORT to a free port, such as {settings.http_port + 1}",
        param="DEEPSPACE_HTTP_PORT",
    )
