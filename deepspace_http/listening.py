"""The port: told once when it is taken, and shared fairly by several processes.

Processes that accept from one socket take what they can: the first to wake takes every connection that waits, and
clients keep theirs for hours. So each process has a socket of its own at the port (SO_REUSEPORT), and the kernel
spreads connections over them. Only Linux does that; elsewhere processes share one socket.
"""

import errno
import socket
import sys
from collections.abc import Callable

from deepspace_core.kernel.errors import Conflict

BACKLOG = 2_048
SPREADS = sys.platform == "linux"
"""Whether the kernel spreads connections over the sockets at one port."""


class PortTaken(Conflict):
    """Another process listens on the port."""

    code = "port_taken"


class SharedPort(socket.socket):
    """Keeps the port for processes that it is handed to by pickling: what each of them gets listens there.

    It doesn't listen itself, so nothing ever waits in a process that accepts nothing.
    """

    def __reduce__(self) -> tuple[Callable[[str, int], socket.socket], tuple[str, int]]:
        host, port, *_ = self.getsockname()
        return _join, (host, port)


def listen(host: str, port: int, *, processes: int = 1) -> socket.socket:
    """The port, for one process or for all that the socket is handed to. Raises PortTaken."""
    listening = _bound(socket.socket, host, port)
    if processes > 1 and SPREADS:
        port = listening.getsockname()[1]
        listening.close()  # it was there to meet whoever has the port: sockets that share one meet nobody
        return _bound(SharedPort, host, port, shared=True)
    listening.listen(BACKLOG)
    listening.set_inheritable(True)
    return listening


def _join(host: str, port: int) -> socket.socket:
    """What one process of several accepts from."""
    own = _bound(socket.socket, host, port, shared=True)
    own.listen(BACKLOG)
    return own


def _bound(kind: type[socket.socket], host: str, port: int, *, shared: bool = False) -> socket.socket:
    own = kind(socket.AF_INET6 if ":" in host else socket.AF_INET)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        own.bind((host, port))
    except OSError as fault:
        own.close()
        raise _bind_fault(fault, host, port) from fault
    return own


def _bind_fault(fault: OSError, host: str, port: int) -> Exception:
    if fault.errno == errno.EADDRINUSE:
        return PortTaken(
            f"another process listens on {host}:{port}; stop it, or set DEEPSPACE_HTTP_PORT to a free port",
            param="DEEPSPACE_HTTP_PORT",
        )
    return PortTaken(f"can't listen on {host}:{port}: {fault.strerror}", param="DEEPSPACE_HTTP_HOST")
