"""The log that NewAPI keeps of its calls, and the interface under which its administrators read it.

The shape is NewAPI's own: `GET /api/log/` with `p`, `page_size` (100 at most), `type` (2: calls that were charged),
`start_timestamp` and `end_timestamp` (seconds, both inclusive) and `token_name`; newest first; shown to the access
token of an administrator in `Authorization`, together with that user's id in `New-Api-User`; refusals and faults are
answered with `success: false`. 500,000 of quota are a dollar.
Source: QuantumNous/new-api, controller/log.go, model/log.go, middleware/auth.go, common/page_info.go.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

PAGE_SIZE_MAX = 100
CONSUMED = 2
QUOTA_PER_DOLLAR = 500_000


@dataclass
class NewApiLog:
    """What has been logged, and who may read it."""

    token: str = "admin-access-token"
    user_id: int = 1
    rows: list[dict[str, Any]] = field(default_factory=list)
    reads: int = 0
    fault: str = ""
    """What a read is answered with, when something is set."""

    def add(self, *, at: int, model: str, request_id: str = "", **more: Any) -> None:
        """One charged call, or another kind of row by `type`."""
        usual: dict[str, Any] = {
            "id": len(self.rows) + 1,
            "user_id": 1,
            "created_at": at,
            "type": CONSUMED,
            "content": "",
            "username": "root",
            "token_name": "deepspace",
            "model_name": model,
            "quota": 0,
            "prompt_tokens": 0,
            "completion_tokens": 0,
            "use_time": 1,
            "is_stream": False,
            "channel": 3,
            "channel_name": "provider",
            "token_id": 1,
            "group": "default",
            "ip": "",
            "request_id": request_id,
            "other": json.dumps({"group_ratio": 1, "cache_tokens": 0}),
        }
        self.rows.append(usual | more)

    def page(self, headers: dict[str, str], query: str) -> tuple[int, dict[str, Any]]:
        """The status and the body of a read."""
        self.reads += 1
        if headers.get("authorization") not in {self.token, f"Bearer {self.token}"}:
            return 401, {"success": False, "message": "access token is invalid"}
        if headers.get("new-api-user") != str(self.user_id):
            return 401, {"success": False, "message": "New-Api-User does not match the access token"}
        if self.fault:
            return 200, {"success": False, "message": self.fault}
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        page, size = max(1, int(asked.get("p", "1"))), min(PAGE_SIZE_MAX, int(asked.get("page_size", "10")))
        found = [row for row in reversed(self.rows) if _matches(row, asked)]
        items = found[(page - 1) * size : page * size]
        data = {"page": page, "page_size": size, "total": len(found), "items": items}
        return 200, {"success": True, "message": "", "data": data}


def _matches(row: dict[str, Any], asked: dict[str, str]) -> bool:
    wanted_type, since, until = (int(asked.get(name, "0")) for name in ("type", "start_timestamp", "end_timestamp"))
    return (
        wanted_type in (0, row["type"])
        and (not since or row["created_at"] >= since)
        and (not until or row["created_at"] <= until)
        and asked.get("token_name", row["token_name"]) == row["token_name"]
    )
