"""What a client saw of each case, as JSON on standard output.

Run as `python -m tests.fidelity.clients.NAME BASE_URL API_KEY [MODEL EMBEDDING_MODEL CASES]`, by the environment of the
suite. With a MODEL, that one and EMBEDDING_MODEL stand in for all scripts of the scripted upstream, answers are brief
and always the same, and only CASES are run, names with commas between.
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

REAL = sys.argv[3:6]
"""What stands in for the scripts: a model, one that embeds, and the cases that they can answer."""
BRIEF: dict[str, Any] = {"temperature": 0, "max_tokens": 32} if REAL else {}


def told() -> tuple[str, str]:
    """The base URL and the key that the command line names."""
    return sys.argv[1], sys.argv[2]


def named(script: str, *, embeds: bool = False) -> str:
    """The model that is asked where the scripted upstream would play `script`."""
    return REAL[embeds] if REAL else script


def show(cases: Mapping[str, Callable[[], Any]]) -> None:
    """Runs the cases and prints what each returned, or raised."""
    wanted = set(REAL[2].split(",")) if REAL else cases.keys()
    seen = {name: _seen(case) for name, case in cases.items() if name in wanted}
    sys.stdout.write(json.dumps(seen, default=str) + "\n")


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
