"""Runs a journey: Node, playwright-core and a real Chromium before the running product."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journey.stack import Stack
from tests.web.chromium import chromium
from tests.web.tools import tools

JOURNEYS = Path(__file__).parent / "journeys"
JOURNEY_SECONDS_MAX = 1_800


@dataclass(frozen=True)
class Told:
    """What a journey found: its result, and everything that must not happen in any."""

    result: Any
    faults: list[str]


def travel(stack: Stack, journey: str, **wanted: object) -> Any:
    """Runs `journeys/<journey>.mjs`; what it returned. Raises AssertionError when it failed or a page misbehaved."""
    told = observe(stack, journey, **wanted)
    assert not told.faults, "\n".join(told.faults)
    return told.result


def observe(stack: Stack, journey: str, **wanted: object) -> Told:
    """The same, for journeys in which pages are meant to be stopped from something."""
    node, _ = tools()
    with tempfile.TemporaryDirectory(prefix="journey-") as folder:
        answer = Path(folder) / "answer.json"
        asked = {"url": f"http://127.0.0.1:{stack.port}", "executable": chromium(), "answer": str(answer), **wanted}
        done = subprocess.run(
            [node, str(JOURNEYS / "run.mjs"), journey],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=JOURNEY_SECONDS_MAX,
            check=False,
        )
        assert answer.is_file(), done.stdout + done.stderr
        told = json.loads(answer.read_text())
    faults = "\n".join(told["faults"])
    assert "error" not in told, f"{told['error']}\n{faults}"
    return Told(told.get("result"), told["faults"])
