"""Processes, sockets and signals: how the HTTP shell runs under uvicorn.

One parent binds the port once and shares it with its gateway processes, so "port taken" is told once, before anything
starts. SIGTERM and Ctrl-C stop the accepting and let running answers finish for `drain_seconds`; only then does the
server send lifespan.shutdown, which closes what the answers stood on.
"""

import errno
import logging
import os
import socket
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
from deepspace_core.kernel.errors import Conflict
from deepspace_http.app import entrance_of
from deepspace_http.garbage import settle_garbage
from deepspace_http.metrics import MULTIPROCESS_VARIABLE
from deepspace_http.protocol import BoundedProtocol

BACKLOG = 2_048
KEEP_ALIVE_SECONDS = 75
"""Longer than the idle timeout of common load balancers (60 s), so that they never write into a closed connection."""

OpenApplication: TypeAlias = Callable[[Settings], AbstractAsyncContextManager[Litestar]]
"""Opens everything, gives the application, closes everything: deepspace_http/lifespan.py has the real one."""

log = logging.getLogger(__name__)


class PortTaken(Conflict):
    """Another process listens on the port."""

    code = "port_taken"


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
    listening = bind(settings.http_host, settings.http_port)
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


def bind(host: str, port: int) -> socket.socket:
    """A bound, listening socket that child processes may inherit. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as fault:
        listening.close()
        raise _bind_fault(fault, host, port) from fault
    listening.listen(BACKLOG)
    listening.set_inheritable(True)
    return listening


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


def _bind_fault(fault: OSError, host: str, port: int) -> Exception:
    if fault.errno == errno.EADDRINUSE:
        return PortTaken(
            f"another process listens on {host}:{port}; stop it, or set DEEPSPACE_HTTP_PORT to a free port",
            param="DEEPSPACE_HTTP_PORT",
        )
    return PortTaken(f"can't listen on {host}:{port}: {fault.strerror}", param="DEEPSPACE_HTTP_HOST")
