"""What a call costs the gateway in instructions: the same on a busy machine as on an idle one.

`python -m tests.bench.instructions [MODEL [CALLERS]]` runs a whole gateway under callgrind (Debian's package valgrind),
fifty times slower, before the bench's real stores and scripted upstream. Calls come from CONNECTIONS callers at once,
as in `make bench`, so they share commits and round trips as they do there; those of one caller share none.
Instructions say nothing of waiting, of system calls or of the stores' own work: for those there is `make bench`.
"""

import argparse
import asyncio
import contextlib
import http.client
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from deepspace_adapters.embedded.redis import free_port
from deepspace_adapters.settings import environ_of
from tests.bench.gateway.phases import CONNECTIONS
from tests.bench.load import Load
from tests.bench.stack import Stack, running_stack

CALLS, WARM_CALLS = 320, 96
START_SECONDS_MAX = 300.0
STOP_SECONDS_MAX = 120.0
PATIENCE = {
    "deepspace_adapters.postgres.ledger_batcher": ("PATIENCE_SECONDS",),
    "deepspace_adapters.redis.rate_window": ("CALL_SECONDS_MAX",),
    "deepspace_adapters.remembered": ("LOAD_SECONDS_MAX", "PRINCIPAL_SECONDS", "DIRECTORY_SECONDS"),
    "deepspace_core.pipeline.stages.budget_hold": ("HOLD_SECONDS_MAX",),
    "deepspace_core.pipeline.stages.newapi_call": ("PATIENCE_MICROS",),
    "deepspace_http.protocol": ("HEAD_SECONDS_MAX", "BODY_SECONDS_MAX", "WRITE_SECONDS_MAX"),
}
"""What lasts longer for a gateway that is slower, or it would do what it never does at its own pace."""
SLOWER = 50


async def main(model: str, callers: int) -> int:
    """Prints the instructions of a call. Returns the exit code."""
    if shutil.which("valgrind") is None:
        sys.stdout.write("valgrind is not installed\n")
        return 1
    async with running_stack() as stack:
        with ExitStack() as opened, tempfile.TemporaryDirectory() as directory:
            counts = Path(directory) / "counts"
            process, port = _gateway(opened, stack, counts)
            await _live(port)
            load = Load(port=port, key=stack.key, model=model, connections=1, seconds=0, stream="stream" in model)
            await _called(load, WARM_CALLS, callers)
            _tell(process, "-i", "on")
            await _called(load, callers, callers)
            _tell(process, "-z")
            await _called(load, CALLS, callers)
            _tell(process, "-i", "off")
            process.terminate()
            process.wait(STOP_SECONDS_MAX)
            told = _total(counts) // (CALLS // callers * callers)
            sys.stdout.write(f"{model}, {callers} at once: {told:,} instructions a call\n")
    return 0


def _gateway(opened: ExitStack, stack: Stack, counts: Path) -> tuple["subprocess.Popen[bytes]", int]:
    port = free_port()
    environment = {**os.environ, **environ_of(stack.settings), "DEEPSPACE_HTTP_PORT": str(port), "PYTHONHASHSEED": "0"}
    argv = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={counts}"]
    log = opened.enter_context((stack.directory / "logs" / "instructions.log").open("wb"))
    process = subprocess.Popen(
        [*argv, sys.executable, "-m", "tests.bench.instructions", "--gateway"], env=environment, stdout=log, stderr=log
    )
    opened.callback(process.kill)
    return process, port


async def _live(port: int) -> None:
    async with asyncio.timeout(START_SECONDS_MAX):
        while True:
            with contextlib.suppress(OSError), contextlib.closing(_connection(port)) as connection:
                connection.request("POST", "/health")
                connection.getresponse().read()
                return
            await asyncio.sleep(0.5)


def _connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=SLOWER)


async def _called(load: Load, calls: int, callers: int) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(_one_after_another(load, calls // callers))


async def _one_after_another(load: Load, calls: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
    for _ in range(calls):
        writer.write(load.request())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b" 200 " not in head:
            raise RuntimeError(head.decode("latin-1"))
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await (reader.readexactly(int(length)) if length else reader.readuntil(b"\r\n0\r\n\r\n"))
    writer.close()


def _tell(process: "subprocess.Popen[bytes]", *command: str) -> None:
    subprocess.run(["callgrind_control", *command, str(process.pid)], check=True, stdout=subprocess.DEVNULL)


def _total(counts: Path) -> int:
    return next(int(line.split()[1]) for line in _lines(counts) if line.startswith("totals:"))


def _lines(path: Path) -> Iterator[str]:
    with path.open() as lines:
        yield from lines


def _run_gateway() -> None:
    for module, names in PATIENCE.items():
        loaded = __import__(module, fromlist=names)
        for name in names:
            setattr(loaded, name, getattr(loaded, name) * SLOWER)
    sys.argv = ["deepspace_http"]
    runpy.run_module("deepspace_http", run_name="__main__")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.instructions", description="Instructions of a call.")
    parser.add_argument(
        "model", nargs="?", default="bench-answer", help="a script of tests/bench/upstream.py (%(default)s)"
    )
    parser.add_argument("callers", nargs="?", type=int, default=CONNECTIONS, help="how many call at once (%(default)s)")
    parser.add_argument("--gateway", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    asked = _asked()
    if asked.gateway:
        _run_gateway()
    else:
        sys.exit(asyncio.run(main(asked.model, asked.callers)))
