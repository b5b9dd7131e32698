"""Processes and signals: how the HTTP shell runs under uvicorn.

One parent takes the port for its gateway processes (listening.py), so "port taken" is told once, before anything
starts. SIGTERM and Ctrl-C stop the accepting and let running answers finish for `drain_seconds`; only then does the
server send lifespan.shutdown, which closes what the answers stood on.
"""

import logging
import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, TypeAlias

import uvicorn
from litestar import Litestar
from litestar.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from deepspace_adapters.logging import configure_logging
from deepspace_adapters.settings import Settings
from deepspace_http.app import entrance_of
from deepspace_http.garbage import settle_garbage
from deepspace_http.listening import BACKLOG, listen
from deepspace_http.metrics import MULTIPROCESS_VARIABLE
from deepspace_http.protocol import BoundedProtocol

KEEP_ALIVE_SECONDS = 75
"""Longer than the idle timeout of common load balancers (60 s), so that they never write into a closed connection."""

OpenApplication: TypeAlias = Callable[[Settings], AbstractAsyncContextManager[Litestar]]
"""Opens everything, gives the application, closes everything: deepspace_http/lifespan.py has the real one."""

log = logging.getLogger(__name__)


class Hosted:
    """The application as a server takes it: opened at lifespan.startup inside the process and loop that will run it.

    It can be pickled, so that uvicorn may hand it to the processes it spawns; an opened pool could not. A spawned
    process knows nothing of its parent's logging, so that is set up here too.
    """

    def __init__(self, settings: Settings, open_application: OpenApplication) -> None:
        self._settings = settings
        self._open = open_application
        self._app: ASGIApp | None = None

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        return self._live(receive, send) if self._app is None else self._app(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        configure_logging(level=self._settings.log_level, line_format=self._settings.log_format, service="gateway")
        async with AsyncExitStack() as opened:
            await receive()
            try:
                app = await opened.enter_async_context(self._open(self._settings))
                await opened.enter_async_context(app.lifespan())
                self._app = entrance_of(app)
            except Exception as fault:
                log.exception("the gateway can't start")
                await send({"type": "lifespan.startup.failed", "message": str(fault)})
                return
            settle_garbage()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def serve(settings: Settings, open_application: OpenApplication) -> None:
    """Serves until a signal says stop. Raises PortTaken; exits with uvicorn's code when the application can't open."""
    listening = listen(settings.http_host, settings.http_port, processes=settings.http_processes)
    config = _config(Hosted(settings, open_application), settings)
    log.info("listening", extra={"url": settings.base_url, "processes": settings.http_processes})
    try:
        if settings.http_processes == 1:
            uvicorn.Server(config).run(sockets=[listening])
        else:
            with tempfile.TemporaryDirectory(prefix="deepspace-metrics-") as directory:
                os.environ[MULTIPROCESS_VARIABLE] = directory
                Multiprocess(config, sockets=[listening]).run()
    finally:
        listening.close()


def _config(app: Hosted, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # deepspace_http/address.py reads them, by DEEPSPACE_TRUSTED_PROXIES
        backlog=BACKLOG,
        workers=settings.http_processes,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(settings.drain_seconds),
    )
