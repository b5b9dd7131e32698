"""What a client saw of each case, as JSON on standard output.

Run as `python -m tests.fidelity.clients.NAME BASE_URL API_KEY`, by the environment of the suite.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

HELLO = [{"role": "user", "content": "hello"}]
LOOK = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "what is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        ],
    }
]
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a place.",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    },
}


def told() -> tuple[str, str]:
    """The base URL and the key that the command line names."""
    return sys.argv[1], sys.argv[2]


def show(cases: Mapping[str, Callable[[], Any]]) -> None:
    """Runs every case and prints what each returned, or raised."""
    sys.stdout.write(json.dumps({name: _seen(case) for name, case in cases.items()}, default=str) + "\n")


def _seen(case: Callable[[], Any]) -> Any:
    try:
        return case()
    except Exception as fault:  # noqa: BLE001 - what a client raises is what is compared
        return failed(fault)


def failed(fault: Exception) -> dict[str, Any]:
    """The facts of an error that programs act on."""
    body = getattr(fault, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else {}
    names = ("message", "type", "code", "param")
    return {
        "raised": type(fault).__name__,
        "status": getattr(fault, "status_code", None),
        **{name: inner.get(name) for name in names if isinstance(inner, dict)},
    }
