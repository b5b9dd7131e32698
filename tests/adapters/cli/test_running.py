"""The command that starts things: the shells as processes, and everything at once."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.adapters.cli.test_process import deepspace

START_SECONDS_MAX = 90
STOP_SECONDS_MAX = 60


@contextmanager
def running(directory: Path, *words: str, **environ: str) -> Iterator["subprocess.Popen[str]"]:
    """A `deepspace` process, ended at the latest when the block ends; its output goes to `output.txt`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DEEPSPACE_")}
    with (directory / "output.txt").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "deepspace_adapters.cli.main", *words],
            cwd=directory,
            env={**clean, **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(STOP_SECONDS_MAX)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_text(process: "subprocess.Popen[str]", path: Path, text: str) -> str:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        said = path.read_text() if path.exists() else ""
        if text in said:
            return said
        assert process.poll() is None, said
        time.sleep(0.05)
    raise AssertionError(f"{text!r} was not said within {START_SECONDS_MAX} s: {path.read_text()}")


def await_answer(process: "subprocess.Popen[str]", url: str) -> httpx.Response:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return httpx.get(url, timeout=START_SECONDS_MAX)
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError(f"{url} did not answer; exit code {process.poll()}")


def stack_environ(database_url: str, redis_url: str) -> Mapping[str, str]:
    return {
        "DEEPSPACE_DATABASE_URL": database_url,
        "DEEPSPACE_REDIS_URL": redis_url,
        "DEEPSPACE_NEWAPI_BASE_URL": "http://127.0.0.1:1/v1",
        "DEEPSPACE_NEWAPI_API_KEY": "sk-nobody",
    }


def test_the_gateway_takes_the_commands_place_and_stops_cleanly(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    port = free_port()
    environ = {**stack_environ(database_url, redis_url), "DEEPSPACE_HTTP_PORT": str(port)}
    with running(tmp_path, "gateway", **environ) as process:
        answer = await_answer(process, f"http://127.0.0.1:{port}/health")
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS_MAX) == 0
    assert answer.status_code == 200


def test_what_the_settings_name_is_used_and_not_started(database_url: str, redis_url: str, tmp_path: Path) -> None:
    environ = {**stack_environ(database_url, redis_url), "DEEPSPACE_HTTP_PORT": str(free_port())}
    with running(tmp_path, "up", **environ) as process:
        said = await_text(process, tmp_path / "output.txt", "Ctrl-C")
        stack = json.loads((tmp_path / ".deepspace" / "running.json").read_text())
        models = json.loads(deepspace(tmp_path, "model", "list", "--json").stdout)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS_MAX) == 0
    assert stack["database_url"] == database_url
    assert set(stack["pids"]) == {"gateway", "worker"}
    assert models["data"] == []
    assert "model create NAME" in said


def test_everything_starts_answers_a_call_and_stops_with_an_interrupt(tmp_path: Path) -> None:
    port = free_port()
    output = tmp_path / "output.txt"
    with running(tmp_path, "up", DEEPSPACE_HTTP_PORT=str(port)) as process:
        said = await_text(process, output, "Ctrl-C")
        line = re.search(r"^  (curl -sSi .*)$", said, re.MULTILINE)
        assert line is not None
        pasted = subprocess.run(["sh", "-c", line[1]], capture_output=True, text=True, timeout=60, check=True)
        stack = json.loads((tmp_path / ".deepspace" / "running.json").read_text())
        trace_id = re.search(r"^x-trace-id: (\w+)", pasted.stdout, re.MULTILINE | re.IGNORECASE)
        assert trace_id is not None
        story = json.loads(deepspace(tmp_path, "trace", trace_id[1], "--json").stdout)
        wallet = json.loads(deepspace(tmp_path, "wallet", "show", "--json").stdout)
        audit = json.loads(deepspace(tmp_path, "ledger", "audit", "--json").stdout)
        second = deepspace(tmp_path, "up", DEEPSPACE_HTTP_PORT=str(port))
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS_MAX) == 0, output.read_text()
    assert " 200 " in pasted.stdout.splitlines()[0]
    assert {"ledger.hold", "ledger.capture", "usage"} <= {entry["kind"] for entry in story["entries"]}
    assert 0 < wallet["balance_nanos"] < 10_000_000_000
    assert wallet["frozen_nanos"] == 0
    assert audit["sound"] is True
    assert (second.returncode, "DeepSpace runs here already" in second.stderr) == (1, True)
    assert "Everything has stopped. The data is kept." in output.read_text()
    assert not [name for name, pid in stack["pids"].items() if Path(f"/proc/{pid}").exists()]
