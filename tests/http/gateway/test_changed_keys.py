"""A key that is changed while programs use it: gateways go by it in a moment, whatever they remember of it."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from deepspace_core.identity import KeyLimit, Permission
from deepspace_core.kernel.page import PageRequest
from tests.http.gateway.conftest import GatewayWorld

TRIES = 60
STEP_SECONDS = 0.05


async def changed(gateway: GatewayWorld, **changes: Any) -> None:
    app, principal = gateway.app, gateway.principal
    [key] = (await app.list_api_keys(principal=principal, page=PageRequest())).rows
    same = {
        "name": key.name,
        "scopes": key.scopes,
        "model_allow_list": key.model_allow_list,
        "expires_at": key.expires_at,
    }
    await app.update_api_key(principal=principal, api_key_id=key.id, trace_id=app.ids.trace_id(), **{**same, **changes})


async def answered_with(gateway: GatewayWorld, secret: str, status: int) -> httpx.Response:
    for _ in range(TRIES):
        answer = await gateway.call("ok", key=secret)
        if answer.status_code == status:
            return answer
        await asyncio.sleep(STEP_SECONDS)
    raise AssertionError(f"the key goes on as before: {answer.status_code} {answer.text}")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"scopes": [Permission.READ_WALLET]}, 403, "permission_missing"),
        ({"model_allow_list": ["another"]}, 403, "model_not_allowed"),
        ({"limits": [KeyLimit("requests", 60, 0)]}, 429, "larger_than_limit"),
    ],
)
async def test_a_key_that_is_narrowed_is_refused_and_one_that_is_widened_again_answered(
    gateway: GatewayWorld, changes: dict[str, Any], status: int, code: str
) -> None:
    secret = await gateway.key()
    assert (await gateway.call("ok", key=secret)).status_code == 200
    await changed(gateway, **changes)
    assert (await answered_with(gateway, secret, status)).json()["error"]["code"] == code
    await changed(gateway, scopes=[Permission.USE_MODELS], model_allow_list=None, limits=[])
    await answered_with(gateway, secret, 200)


async def test_a_key_that_gets_an_end_is_refused_after_it(gateway: GatewayWorld) -> None:
    secret = await gateway.key()
    assert (await gateway.call("ok", key=secret)).status_code == 200
    await changed(gateway, expires_at=gateway.app.clock.now() + timedelta(milliseconds=500))
    assert (await answered_with(gateway, secret, 401)).json()["error"]["code"] == "key_expired"
