"""A real S3-compatible server for tests: SeaweedFS out of a wheel, on ports that the system gave out, on loopback."""

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx

from deepspace_adapters.storage.objects import S3Settings

ADDRESS = "127.0.0.1"
BUCKET = "deepspace"
PORTS = ("master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "s3", "s3.grpc")
START_SECONDS_MAX = 60
POLL_SECONDS = 0.1


@contextmanager
def s3_server(directory: Path) -> Iterator[S3Settings]:
    """The server, ready to take objects; `directory` is its own and holds its log too."""
    ports = dict(zip(PORTS, _free_ports(len(PORTS)), strict=True))
    settings = S3Settings(
        bucket=BUCKET,
        access_key_id="tester",
        secret_access_key=secrets.token_hex(16),
        endpoint=f"http://{ADDRESS}:{ports['s3']}",
    )
    config, log = directory / "s3.json", directory / "weed.log"
    config.write_text(json.dumps(_identities(settings)), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("weed")), "server", *_options(ports, directory, config)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=directory)
    try:
        _wait_for(f"{settings.endpoint}/healthz", process, log)
        yield settings
    finally:
        process.kill()  # asked politely it takes ten seconds, and what it holds goes with its directory
        process.wait()


def _options(ports: dict[str, int], directory: Path, config: Path) -> list[str]:
    given = {
        "dir": directory,
        "ip": ADDRESS,
        "ip.bind": ADDRESS,
        "metricsPort": 0,
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 64,
        "volume.max": 8,
        "s3.config": config,
        "s3.autoCreateBucket": "true",
        "s3.iam": "false",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
    }
    served = {f"{server}.port{part and f'.{part}'}": port for (server, _, part), port in _split(ports)}
    return [f"-{name}={value}" for name, value in {**given, **served}.items()] + ["-s3"]


def _split(ports: dict[str, int]) -> Iterator[tuple[tuple[str, str, str], int]]:
    return ((name.partition("."), port) for name, port in ports.items())


def _identities(settings: S3Settings) -> object:
    key = {"accessKey": settings.access_key_id, "secretKey": settings.secret_access_key}
    actions = ["Admin", "Read", "Write", "List"]
    return {"identities": [{"name": "tester", "credentials": [key], "actions": actions}]}


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on. All are held until all are known, so that none is given out twice."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((ADDRESS, 0))
        return [one.getsockname()[1] for one in sockets]


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while process.poll() is None and time.monotonic() < until:
        with suppress(httpx.TransportError):
            httpx.get(url, timeout=1)  # whatever it says, it answers
            return
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"the S3 server did not start: {log.read_text(errors='replace')[-2_000:]}")
