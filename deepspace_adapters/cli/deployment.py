"""Which installation the command talks to, and how it gets in.

Settings come from the environment over a `.env` file in the working directory. What they leave open is filled in from
what `deepspace up` runs on the data directory; each on its own, so one's own PostgreSQL and an embedded Redis go
together.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from deepspace_adapters.cli.application import Application, open_application
from deepspace_adapters.embedded.running import find_running
from deepspace_adapters.settings import Settings, env_name, environ_with, load_settings
from deepspace_core.kernel.errors import DeepSpaceError

Result = TypeVar("Result")


class NothingRunning(DeepSpaceError):
    """No settings name a stack, and none was started here."""

    code = "nothing_running"


@dataclass(frozen=True)
class Deployment:
    """The installation of one environment and working directory. Tests give another `open`."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    directory: Path = field(default_factory=Path.cwd)
    open: Callable[[Settings], AbstractAsyncContextManager[Application]] = open_application

    def settings(self) -> Settings:
        """What was set; nothing is filled in. Raises SettingsFault."""
        return load_settings(environ_with(self.directory / ".env", self.environ))

    def running(self, *needed: str) -> Settings:
        """The settings with the running embedded servers filled in.

        Raises SettingsFault, or NothingRunning when a field of `needed` is still unset.
        """
        environ = environ_with(self.directory / ".env", self.environ)
        set_here = load_settings(environ)
        settings = load_settings({**running_environ(set_here.data_dir), **environ})
        missing = [env_name(name) for name in needed if getattr(settings, name) is None]
        if missing:
            raise NothingRunning(
                f"nothing is running here ({settings.data_dir.absolute()}): start `deepspace up`, "
                f"or set {', '.join(missing)}",
                param=missing[0],
            )
        return settings

    def run(self, work: Callable[[Application], Coroutine[Any, Any, Result]]) -> Result:
        """Opens the application, does `work` in an event loop of its own, closes it."""

        async def opened() -> Result:
            async with self.open(self.running("database_url")) as application:
                return await work(application)

        return asyncio.run(opened())


def running_environ(data_dir: Path) -> dict[str, str]:
    """The settings of the servers that `deepspace up` runs on `data_dir`; empty when it doesn't run."""
    stack = find_running(data_dir)
    return {} if stack is None else {name: value for name, value in stack.environment().items() if value}
