"""What administrators do that somebody may ask about later takes a reason, which stands in the audit trail."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias
from typing import cast as typed

import pytest

from deepspace_core.kernel.ids import OrgId, read_id
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from tests.http.cast import Cast
from tests.http.spending import TRACE
from tests.web.tools import WEB

ADMIN = "/api/v1/admin"
WHY = "按客户要求 · ticket 17"
MODEL = {
    "name": "small",
    "upstream_name": "small",
    "kinds": ["chat"],
    "context_tokens": 8_192,
    "output_tokens_max": 1_024,
}
PRICE = {"currency": "USD", "tiers": [{"rates_picos": {"input_uncached": 1, "output_text": 2}}]}
CHANNEL = {"name": "second", "base_url": "http://second:3000/v1", "key": "sk-up-secret"}
LIMIT = {"scope": "org", "metric": "requests", "window_seconds": 60, "cap": 5}
RULE = {"action": "deny", "network": "203.0.113.0/24", "scope": "org"}

Done: TypeAlias = Callable[[Cast], Awaitable[tuple[str, str, dict[str, Any] | None]]]
"""Prepares what is to be done; the method, the path below /admin and the body that do it."""


async def _made(cast: Cast, method: str, path: str, body: object) -> Any:
    answer = await cast.as_root.request(method, f"{ADMIN}/{path}", json=body)
    assert answer.is_success, f"{path}: {answer.text}"
    return answer.json()


async def _disable_model(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    return "PATCH", f"models/{(await _made(cast, 'POST', 'models', MODEL))['id']}", {"enabled": False}


async def _set_price(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    return "POST", f"models/{(await _made(cast, 'POST', 'models', MODEL))['id']}/prices", PRICE


async def _disable_channel(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    await _made(cast, "POST", "channels", CHANNEL)
    return "PATCH", "channels/second", {"enabled": False}


async def _remove_channel(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    await _made(cast, "POST", "channels", CHANNEL)
    return "DELETE", "channels/second", None


async def _remove_platform_limit(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    return "DELETE", f"policy/limits/{(await _made(cast, 'PUT', 'policy/limits', LIMIT))['id']}", None


async def _remove_limit(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    rules = f"orgs/{cast.ada.org_id}"
    return "DELETE", f"{rules}/limits/{(await _made(cast, 'PUT', f'{rules}/limits', LIMIT))['id']}", None


async def _remove_ip_rule(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    rules = f"orgs/{cast.ada.org_id}"
    return "DELETE", f"{rules}/ip-rules/{(await _made(cast, 'POST', f'{rules}/ip-rules', RULE))['id']}", None


async def _remove_budget(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    org_id, budgets = cast.ada.org_id, f"orgs/{cast.ada.org_id}/budgets"
    await _made(cast, "PUT", budgets, {"scope": "org", "scope_id": org_id, "window": "month", "cap_nanos": 1})
    return "DELETE", f"{budgets}?scope=org&scope_id={org_id}&window=month", None


async def _cancel_job(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    ports = cast.world.ports
    queue, unit_of_work = typed(JobQueue, ports[JobQueue]), typed(UnitOfWork, ports[UnitOfWork])
    org_id = OrgId(read_id("org", cast.ada.org_id, param="org_id"))
    async with unit_of_work() as tx:
        job_id = await queue.enqueue(tx, name="exports.write", payload={}, org_id=org_id, trace_id=TRACE)
        await tx.commit()
    return "POST", f"jobs/job_{job_id.hex}/cancel", None


async def _end_sessions(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    return "POST", f"users/{cast.ada.user_id}/sessions/end-all", None


async def _reset_password(cast: Cast) -> tuple[str, str, dict[str, Any] | None]:
    return "POST", f"users/{cast.ada.user_id}/password", {"password": "correct horse battery"}


EVENTS: list[tuple[Done, str]] = [
    (_disable_model, "model.changed"),
    (_set_price, "price.set"),
    (_disable_channel, "channel.changed"),
    (_remove_channel, "channel.removed"),
    (_remove_platform_limit, "limit.removed"),
    (_remove_limit, "limit.removed"),
    (_remove_ip_rule, "ip_rule.removed"),
    (_remove_budget, "budget.removed"),
    (_cancel_job, "job.cancelled"),
    (_end_sessions, "user.sessions_ended"),
    (_reset_password, "user.password_reset"),
]


@pytest.mark.parametrize(("prepare", "event_type"), EVENTS)
async def test_the_reason_and_who_gave_it_stand_in_the_trail(cast: Cast, prepare: Done, event_type: str) -> None:
    method, path, body = await prepare(cast)
    done = await cast.as_root.request(
        method, f"{ADMIN}/{path.split('?')[0]}", params={**_query(path), "reason": f" {WHY} "}, json=body
    )
    assert done.is_success, done.text
    told = await cast.as_root.get(f"{ADMIN}/audit/events", params={"event_type": event_type})
    event = told.json()["data"][0]
    assert event["payload"]["reason"] == WHY
    assert event["actor"] == f"user:{read_id('user', cast.root.user_id, param='id')}"


async def test_without_a_reason_the_trail_says_none(cast: Cast) -> None:
    method, path, body = await _disable_channel(cast)
    assert (await cast.as_root.request(method, f"{ADMIN}/{path}", params={"reason": "  "}, json=body)).is_success
    told = await cast.as_root.get(f"{ADMIN}/audit/events", params={"event_type": "channel.changed"})
    assert "reason" not in told.json()["data"][0]["payload"]


async def test_a_reason_has_its_bounds(cast: Cast) -> None:
    method, path, body = await _disable_channel(cast)
    answer = await cast.as_root.request(method, f"{ADMIN}/{path}", params={"reason": "x" * 501}, json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "reason")


def _query(path: str) -> dict[str, str]:
    _, _, query = path.partition("?")
    return dict(part.split("=", 1) for part in query.split("&") if part)


HARMLESS = {
    "POST /api/v1/admin/users",
    "POST /api/v1/admin/models",
    "POST /api/v1/admin/models/{model_id}/prices/preview",
    "POST /api/v1/admin/channels",
    "POST /api/v1/admin/channels/{channel_name}/test",
    "POST /api/v1/admin/reconciliations",
    "POST /api/v1/admin/exports",
    "PUT /api/v1/admin/policy/limits",
    "PUT /api/v1/admin/orgs/{org_id}/limits",
    "POST /api/v1/admin/orgs/{org_id}/ip-rules",
    "POST /api/v1/admin/policy/dry-runs",
    "PUT /api/v1/admin/orgs/{org_id}/budgets",
    "POST /api/v1/admin/users/{user_id}/orgs/{org_id}/permissions/preview",
    "POST /api/v1/admin/orgs/{org_id}/webhooks/{webhook_id}/ping",
}
"""Adds something that is seen, or changes nothing: rules and budgets are set with a trial and stand in their lists."""


def test_whatever_else_administrators_change_takes_a_reason() -> None:
    document = json.loads(Path(WEB / "src" / "api" / "openapi.json").read_text())
    without = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        if path.startswith(ADMIN)
        for method, operation in operations.items()
        if method != "get" and not _takes_reason(operation, document)
    }
    assert without == HARMLESS


def _takes_reason(operation: dict[str, Any], document: dict[str, Any]) -> bool:
    if any(one["name"] == "reason" for one in operation.get("parameters", [])):
        return True
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = str(body.get("$ref", "")).rpartition("/")[2]
    return "reason" in document["components"]["schemas"].get(name, {}).get("properties", {})
