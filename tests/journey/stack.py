"""`deepspace up` as a person starts it: a process in a directory, what it prints, and the other commands beside it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import httpx
from openai import OpenAI

from deepspace_adapters.settings import PREFIX
from tests.journey.waiting import eventually

Json: TypeAlias = dict[str, Any]

COMMAND = Path(sys.executable).with_name("deepspace")
UP_SECONDS = 90.0
DOWN_SECONDS = 60.0
COMMAND_SECONDS = 60.0
CALL_SECONDS = 60.0
LAST_LINE = "Ctrl-C"
"""Ends what `up` prints when everything runs."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Welcome:
    """What a person reads off the terminal."""

    url: str
    email: str
    password: str
    api_key: str
    pasted: Sequence[str]

    @classmethod
    def read(cls, printed: str) -> "Welcome":
        """Raises AssertionError, showing all that was printed, when something is missing."""

        def after(pattern: str) -> str:
            found = re.search(pattern, printed)
            assert found, printed
            return found.group(1)

        return cls(
            url=after(r"Open\s+(http\S+)"),
            email=after(r"Log in\s+(\S+@\S+)"),
            password=after(r"password: (\S+)"),
            api_key=after(r"API key\s+(sk-ds-\S+)"),
            pasted=re.findall(r"^\s*(curl .+)$", printed, re.MULTILINE),
        )


@dataclass
class Stack:
    """One directory that `deepspace up` runs in, on one port, across its restarts."""

    directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        """Our own, with the settings of this stack and no others."""
        bare = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        return {**bare, f"{PREFIX}HTTP_PORT": str(self.port), **self.settings}

    @property
    def printed(self) -> str:
        """What the running `up` has printed."""
        return (self.directory / "up.out").read_text()

    @property
    def welcome(self) -> Welcome:
        return Welcome.read(self.printed)

    @property
    def running(self) -> Json:
        """The file by which other commands find the stack; empty when there is none."""
        try:
            found: Json = json.loads((self.directory / ".deepspace" / "running.json").read_text())
        except FileNotFoundError:
            return {}
        return found

    @property
    def pids(self) -> dict[str, int]:
        """The processes of the stack by name."""
        return dict(self.running.get("pids", {}))

    @property
    def supervisor_pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def begin(self) -> None:
        """Starts the process, without waiting."""
        with (self.directory / "up.out").open("wb") as out:
            self._process = subprocess.Popen(
                [COMMAND, "up"], cwd=self.directory, env=self.environ, stdout=out, stderr=out, start_new_session=True
            )

    def wait_until_up(self) -> None:
        """Returns when a person would see that everything runs."""
        process = self._process
        assert process is not None

        def up() -> bool:
            assert process.poll() is None, f"`up` ended:\n{self.printed}"
            return LAST_LINE in self.printed

        eventually(up, seconds=UP_SECONDS, what="`deepspace up` to be ready")

    def start(self) -> None:
        self.begin()
        self.wait_until_up()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Signals it and gives its exit code; kills it when it doesn't end."""
        process = self._process
        if process is None:
            return 0
        process.send_signal(number)
        try:
            return process.wait(DOWN_SECONDS)
        finally:
            process.kill()
            process.wait()
            self._process = None

    def run(self, *words: str, code: int = 0, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs a `deepspace` command in the directory, as in a second terminal."""
        done = subprocess.run(
            [COMMAND, *words],
            cwd=self.directory,
            env={**self.environ, **settings},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == code, f"deepspace {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def read(self, *words: str) -> Json:
        """Runs a command with --json and reads what it prints."""
        shown: Json = json.loads(self.run(*words, "--json").stdout)
        return shown

    def http(self, secret: str | None = None) -> httpx.Client:
        """A client of the stack's HTTP interface."""
        headers = {} if secret is None else {"authorization": f"Bearer {secret}"}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=CALL_SECONDS)

    def openai(self, api_key: str, *, retries: int = 0) -> OpenAI:
        """OpenAI's own client, pointed here as its documentation says."""
        return OpenAI(
            base_url=f"http://127.0.0.1:{self.port}/v1", api_key=api_key, max_retries=retries, timeout=CALL_SECONDS
        )

    def logged(self, name: str) -> str:
        """The log of one of the processes."""
        return (self.directory / ".deepspace" / "logs" / f"{name}.log").read_text()


def is_alive(pid: int) -> bool:
    """Whether there is such a process that is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
