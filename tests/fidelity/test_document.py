"""Schemathesis over the OpenAPI document: no 5xx that is ours, and no answer that the document does not know."""

import asyncio
from pathlib import Path

import httpx
import pytest

from deepspace_core.identity import Permission
from tests.http.gateway.conftest import GatewayWorld

CASES = {"gateway": 12, "management": 3, "leaving": 3}
"""Fuzzed an operation, beside the examples and the edges of its schema; the management API has eight times as many."""
RUN_SECONDS_MAX = 600
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
SEED = "20261122"
LEAVING = r"^/api/v1/(auth/(logout|sessions/)|admin/(users|orgs)/.)"
"""What can take the right to go on from whoever calls, as Schemathesis tries what it was told of: by somebody else."""
ENDLESS = r"/(jobs|conversations)/.*/events"
"""Events as they come, of a job or an answer that has been made before: a case would last until its time is over."""
SIDES = {
    "gateway": ("--include-path-regex", "^/v1/"),
    "management": ("--include-path-regex", "^/api/v1/", "--exclude-path-regex", f"{LEAVING}|{ENDLESS}"),
    "leaving": ("--include-path-regex", LEAVING),
}


@pytest.mark.parametrize("side", SIDES)
async def test_no_request_gets_an_answer_that_the_document_does_not_know(
    side: str, gateway: GatewayWorld, python: Path, tmp_path: Path
) -> None:
    token = await (gateway.key(scopes=tuple(Permission)) if side == "gateway" else _access_token(gateway))
    command = [
        str(python.parent / "st"), "run", f"{gateway.url}/openapi.json",
        *SIDES[side],
        "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", str(CASES[side]),
        "--seed", SEED, "--no-shrink", "--continue-on-failure", "--request-timeout", "30",
        "--suppress-health-check", "all", "--warnings", "off", "--no-color",
        "-H", f"Authorization: Bearer {token}",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "COLUMNS": "160"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await asyncio.wait_for(process.communicate(), RUN_SECONDS_MAX)
    assert process.returncode == 0, told.decode()[-12_000:]
    # Or all that came after would have been refused, which the document knows of everywhere.
    assert await _known(gateway, token) == (side != "leaving")


async def _known(gateway: GatewayWorld, token: str) -> bool:
    path = f"{gateway.url}/api/v1/wallet"
    answer = await gateway.client.get(path, headers={"authorization": f"Bearer {token}"})
    return answer.status_code != httpx.codes.UNAUTHORIZED


async def _access_token(gateway: GatewayWorld) -> str:
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        body = {"email": "admin@example.com", "password": "a long password"}
        answer = await client.post("/api/v1/auth/login", json=body)
    return str(answer.json()["access_token"])
