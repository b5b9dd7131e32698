"""Each client runs the same script at an upstream and through the gateway, and must see the same.

First at the scripted upstream, which does what models do rarely and never on demand; then at a real, small one.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deepspace_adapters.embedded.model import EMBEDDING_MODEL, TEXT_MODEL, EmbeddedModel
from tests.fidelity import environment
from tests.fidelity.differences import unexplained, without_drawn
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
REAL_CASES = (
    "chat", "stream", "stream_with_usage", "stream_without_usage", "tools", "tools_streamed", "json_mode", "embeddings",
    "completion", "responses", "responses_streamed", "message", "events", "gathered", "count_tokens", "abort",
)  # fmt: skip
"""Those that the small model can answer, of all clients."""
SCRIPT_SECONDS_MAX = 180
MEANT_TO_FAIL = frozenset(
    {"refused", "not_found", "unprocessable", "provider_down", "provider_over_its_limit", "provider_refuses_us"}
)
"""Any other case that fails is broken, and would compare nothing with nothing."""


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
    assert _failed(direct) == direct.keys() & MEANT_TO_FAIL, direct
    found = unexplained(direct, through)
    assert not found, "\n".join(found)
    await gateway.settled()


@pytest.mark.parametrize("client", CLIENTS)
async def test_nor_from_a_real_model(
    client: str, gateway_before_a_model: GatewayWorld, small_model: EmbeddedModel, python: Path
) -> None:
    command, gateway = _command(CLIENTS[client], python), gateway_before_a_model
    standing_in = TEXT_MODEL, EMBEDDING_MODEL, ",".join(REAL_CASES)
    # Twice: from now on the model has read every question, whoever asks, and counts it as read before.
    await _seen(command, small_model.url, small_model.key, *standing_in)
    direct = await _seen(command, small_model.url, small_model.key, *standing_in)
    through = await _seen(command, f"{gateway.url}/v1", await gateway.key(), *standing_in)
    assert not _failed(direct), direct
    assert direct.keys() & {"stream", "events"}, direct
    for seen in (direct, through):
        # The first words only: the answer after it counts as read what the model hasn't thrown away yet.
        seen["abort"] = seen.get("abort", [None])[0]
    found = unexplained(without_drawn(direct), without_drawn(through))
    assert not found, "\n".join(found)
    await gateway.settled()


def _failed(seen: Mapping[str, Any]) -> set[str]:
    return {case for case, one in seen.items() if isinstance(one, dict) and "raised" in one}


def _command(words: tuple[str, ...], python: Path) -> list[str]:
    if words[0] == "-m":
        return [str(python), *words]
    return [str(environment.node()), str(environment.NODE / words[0])]


async def _seen(command: list[str], base_url: str, key: str, *standing_in: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *command,
        base_url,
        key,
        *standing_in,
        cwd=environment.ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), SCRIPT_SECONDS_MAX)
    assert process.returncode == 0, err.decode()[-3_000:]
    seen: dict[str, Any] = json.loads(out.splitlines()[-1])
    return seen
