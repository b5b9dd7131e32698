"""The process around the application: its port, its processes, its end."""

import contextlib
import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import httpx
import msgspec
import pytest

from deepspace_http.listening import PortTaken, SharedPort, listen

HERE = Path(__file__).parents[2]
PROGRAM = """
import os
from deepspace_adapters.settings import load_settings
from deepspace_http.server import serve
from tests.http.hosted import open_memory_application
if __name__ == "__main__":
    serve(load_settings(os.environ), open_memory_application)
"""
PATIENCE_SECONDS = 30.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _served(tmp_path: Path, **environ: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    port = _free_port()
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    own = {"DEEPSPACE_HTTP_PORT": str(port), "PYTHONPATH": str(HERE), "PATH": os.environ["PATH"]} | environ
    with subprocess.Popen([sys.executable, str(program)], env=own, text=True, stderr=subprocess.PIPE) as process:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS)
        try:
            _wait_until_live(client)
            yield process, client
        finally:
            process.kill()


def _wait_until_live(client: httpx.Client) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            client.get("/health").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not come up")


@pytest.mark.parametrize("processes", [1, 2])
def test_a_taken_port_is_told_by_its_setting(processes: int) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(PortTaken, match="DEEPSPACE_HTTP_PORT"):
            listen("127.0.0.1", holder.getsockname()[1], processes=processes)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux spreads connections over sockets at one port")
def test_a_port_that_processes_share_is_not_shared_with_another_gateway() -> None:
    with listen("127.0.0.1", 0, processes=2) as ours:
        assert isinstance(ours, SharedPort)
        first, second = _handed_to_a_process(ours), _handed_to_a_process(ours)
        with first, second, pytest.raises(PortTaken, match="DEEPSPACE_HTTP_PORT"):
            listen("127.0.0.1", ours.getsockname()[1], processes=2)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux spreads connections over sockets at one port")
def test_connections_are_spread_over_the_processes_and_none_waits_where_nobody_accepts() -> None:
    with listen("127.0.0.1", 0, processes=2) as ours:
        accepting = [_handed_to_a_process(ours) for _ in range(2)]
        callers = [socket.create_connection(ours.getsockname(), timeout=PATIENCE_SECONDS) for _ in range(64)]
        waiting = [_accepted(one) for one in accepting]
        assert sum(waiting) == len(callers)
        assert min(waiting) > 8, f"{waiting}: with even odds one in 10**10 runs would be so lopsided"
        for one in [*accepting, *callers]:
            one.close()


def _handed_to_a_process(port: socket.socket) -> socket.socket:
    """What a process gets that uvicorn starts: it is pickled on the way."""
    own: socket.socket = pickle.loads(ForkingPickler.dumps(port))  # noqa: S301 - our own
    return own


def _accepted(listening: socket.socket) -> int:
    """How many connections wait there."""
    listening.setblocking(False)
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            listening.accept()[0].close()
            count += 1
    return count


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(PortTaken) as told:
        listen("192.0.2.1", 0)
    assert told.value.param == "DEEPSPACE_HTTP_HOST"


def test_a_stopping_process_finishes_what_it_began(tmp_path: Path) -> None:
    with _served(tmp_path) as (process, client):
        with _later(process, seconds=0.3):
            finished = client.get("/slow")
        assert finished.text == "finished"
        assert process.wait(PATIENCE_SECONDS) in {0, -signal.SIGTERM}


@contextmanager
def _later(process: subprocess.Popen[str], *, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, process.terminate)
    timer.start()
    yield
    timer.join()


def test_several_processes_share_the_port_and_add_up_their_metrics(tmp_path: Path) -> None:
    with _served(tmp_path, DEEPSPACE_HTTP_PROCESSES="2") as (process, client):
        for _ in range(20):
            with httpx.Client(base_url=client.base_url) as fresh:
                fresh.get("/openapi.json")
        counted = re.search(
            r'requests_total\{method="GET",route="/openapi.json",status="200"\} (\S+)', client.get("/metrics").text
        )
        assert counted is not None
        assert float(counted[1]) == 20
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0


BAD_HEADS = [
    (b"NONSENSE\r\n\r\n", 400, "invalid_http"),
    (b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"y" * 700_000, 431, "header_too_large"),
    (b"GET /" + b"z" * 700_000, 431, "header_too_large"),
]


def test_a_head_that_can_not_be_read_gets_the_one_shape(tmp_path: Path) -> None:
    with _served(tmp_path) as (_, client):
        for sent, status, code in BAD_HEADS:
            with socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=PATIENCE_SECONDS) as wire:
                with contextlib.suppress(ConnectionError):
                    wire.sendall(sent)
                answer = wire.recv(65_536)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 %d " % status)
            error = msgspec.json.decode(body)["error"]
            assert error["code"] == code
            assert error["trace_id"].encode() in head
