"""The line to paste is one that a shell reads as it was meant."""

import json
import shlex
from pathlib import Path

import pytest

from deepspace_adapters.bootstrap import Credentials
from deepspace_adapters.cli.welcome import curl_line, welcome
from deepspace_adapters.settings import Settings


@pytest.mark.parametrize("stream", [True, False])
def test_the_pasted_line_asks_the_gateway_with_the_key(stream: bool) -> None:
    words = shlex.split(curl_line("http://127.0.0.1:8080", api_key="sk-ds-x", model="tiny", stream=stream))
    assert words[0] == "curl"
    assert words[2] == "http://127.0.0.1:8080/v1/chat/completions"
    assert "Authorization: Bearer sk-ds-x" in words
    body = json.loads(words[-1])
    assert body["model"] == "tiny"
    assert body.get("stream", False) is stream


def test_the_welcome_tells_where_who_and_how_to_stop(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kept = Credentials(email="admin@deepspace.localhost", password="a password", api_key="sk-ds-x")
    welcome(Settings(data_dir=tmp_path), kept, embedded_models=True)
    told = capsys.readouterr().out
    for part in ("http://127.0.0.1:8080", kept.email, kept.password, "sk-ds-x", "Ctrl-C", '"stream": true'):
        assert part in told


def test_with_an_upstream_of_ones_own_the_welcome_tells_how_to_add_models(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    welcome(Settings(data_dir=tmp_path), None, embedded_models=False)
    told = capsys.readouterr().out
    assert "model create NAME" in told
    assert "YOUR_MODEL" in told
    assert "it had people already" in told
