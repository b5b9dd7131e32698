"""Each client runs the same script at the scripted upstream and through the gateway, and must see the same."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.fidelity import environment
from tests.fidelity.differences import unexplained
from tests.http.gateway.conftest import GatewayWorld

MODELS = (
    "ok", "tools", "json", "mirror", "slow-20", "flaky-503", "error-in-200", "error-mid-stream",
    "status-400", "status-401", "status-404", "status-422", "status-429", "status-500",
)  # fmt: skip
CLIENTS = {
    "openai-python": ("-m", "tests.fidelity.clients.openai_python"),
    "openai-node": ("openai.mjs",),
    "vercel-ai": ("vercel.mjs",),
    "langchain": ("-m", "tests.fidelity.clients.langchain"),
    "litellm": ("-m", "tests.fidelity.clients.litellm_sdk"),
    "anthropic-python": ("-m", "tests.fidelity.clients.anthropic_python"),
}
SCRIPT_SECONDS_MAX = 180
CASES_FAILED_MAX = 8
"""A script in which more cases fail than are meant to is broken, and would compare nothing with nothing."""


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_client_can_not_tell_the_gateway_from_the_upstream(
    client: str, gateway: GatewayWorld, python: Path
) -> None:
    for model in MODELS:
        await gateway.model(model)
    command = _command(CLIENTS[client], python)
    direct = await _seen(command, gateway.upstream.url, "sk-upstream-secret")
    gateway.upstream.calls.clear()  # what fails once fails for the second run too
    through = await _seen(command, f"{gateway.url}/v1", await gateway.key())
    assert sum(isinstance(one, dict) and "raised" in one for one in direct.values()) <= CASES_FAILED_MAX, direct
    found = unexplained(direct, through)
    assert not found, "\n".join(found)
    await gateway.settled()


def _command(words: tuple[str, ...], python: Path) -> list[str]:
    if words[0] == "-m":
        return [str(python), *words]
    return [str(environment.node()), str(environment.NODE / words[0])]


async def _seen(command: list[str], base_url: str, key: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *command,
        base_url,
        key,
        cwd=environment.ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), SCRIPT_SECONDS_MAX)
    assert process.returncode == 0, err.decode()[-3_000:]
    seen: dict[str, Any] = json.loads(out.splitlines()[-1])
    return seen
