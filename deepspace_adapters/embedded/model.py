"""The small local model as a child process that speaks NewAPI's side of the conversation."""

import http.client
import os
import secrets
import socket
import sys
from pathlib import Path

from deepspace_adapters.embedded.errors import EmbeddedFailure
from deepspace_adapters.embedded.files import ensure_directory
from deepspace_adapters.embedded.llama import EMBEDDING_MODEL, HOST, TEXT_MODEL, model_path
from deepspace_adapters.embedded.model_server import BACKLOG, KEY_VARIABLE
from deepspace_adapters.embedded.process import ChildProcess, Program

__all__ = ["EMBEDDING_MODEL", "TEXT_MODEL", "EmbeddedModel"]

START_TIMEOUT_SECONDS = 120.0
"""It takes a second; a cold disk and a busy machine may take many."""

REPLY_TIMEOUT_SECONDS = 1.0
STOP_TIMEOUT_SECONDS = 5.0
HTTP_OK = 200


class EmbeddedModel:
    """An OpenAI-compatible server with TEXT_MODEL and EMBEDDING_MODEL; `url` ends in /v1, `key` is what it asks for.

    The port is bound here and handed to the child, so nobody else can take it in between, and while a crashed child
    is started again its callers wait instead of being refused.
    """

    def __init__(
        self, data_dir: Path, *, log_dir: Path | None = None, port: int | None = None, key: str | None = None
    ) -> None:
        self._log_path = (log_dir or data_dir.absolute() / "logs") / "model.log"
        self._wanted_port = port
        self.key = key or f"sk-local-{secrets.token_urlsafe(24)}"
        self._socket: socket.socket | None = None
        self._child: ChildProcess | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    @property
    def url(self) -> str:
        """The base URL, as an OpenAI client takes it. Raises EmbeddedFailure before the first `start`."""
        if self._socket is None:
            raise EmbeddedFailure("the model is not running; start it first")
        return f"http://{HOST}:{self._port}/v1"

    def start(self) -> str:
        """Loads the model, waits until it answers, and returns its base URL. Raises EmbeddedFailure."""
        model_path()
        ensure_directory(self._log_path.parent)
        try:
            self._socket = self._socket or _listen(self._wanted_port)
            self._wanted_port = self._port
            self._serve(self._socket)
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """Ends it; answers under way are broken off. Harmless when it is stopped."""
        if self._child is not None:
            self._child.stop()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def _port(self) -> int:
        port: int = self._socket.getsockname()[1] if self._socket else 0
        return port

    def _serve(self, listening: socket.socket) -> None:
        descriptor = listening.fileno()
        self._child = ChildProcess(
            Program(
                name="the model",
                argv=[sys.executable, "-m", "deepspace_adapters.embedded.model_server", "--socket", str(descriptor)],
                log_path=self._log_path,
                environment={**os.environ, KEY_VARIABLE: self.key},
                inherited=(descriptor,),
                stop_timeout_seconds=STOP_TIMEOUT_SECONDS,
            )
        )
        self._child.start()
        self._child.wait_until(
            self._answers,
            timeout_seconds=START_TIMEOUT_SECONDS,
            fix="It needs 1 GB of free memory; with less, set DEEPSPACE_NEWAPI_BASE_URL to a NewAPI elsewhere.",
        )

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=REPLY_TIMEOUT_SECONDS)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == HTTP_OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _listen(port: int | None) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port or 0))
    except OSError as fault:
        listening.close()
        raise EmbeddedFailure(
            f"can't listen on {HOST}:{port} for the model: {fault.strerror}; end what listens there, or change the port"
        ) from fault
    listening.listen(BACKLOG)
    return listening
