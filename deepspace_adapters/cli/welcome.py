"""What `deepspace up` says once everything runs: where, who, with what, and a line to paste."""

import json
import shlex
import sys
from pathlib import Path

import click

from deepspace_adapters.bootstrap import CREDENTIALS_FILE, OFFERS, Credentials
from deepspace_adapters.cli.checks import local_url
from deepspace_adapters.settings import Settings

TEXT_MODEL = OFFERS[0].name
QUESTION = "What is a nebula? Answer in one sentence."


def welcome(settings: Settings, credentials: Credentials | None, *, embedded_models: bool) -> None:
    """Prints it."""
    command = _command()
    click.secho("\nDeepSpace is running.", fg="green", bold=True)
    _line("Open", settings.base_url)
    if credentials is None:
        _line("Log in", "with an account of this installation; it had people already, so none was made")
        _line("API key", f"{command} key create NAME --org ORG")
    else:
        _line("Log in", f"{credentials.email}   password: {credentials.password}")
        _line("API key", credentials.api_key or "-")
        _line("Kept in", _short(settings.data_dir / CREDENTIALS_FILE))
    key = "YOUR_KEY" if credentials is None or credentials.api_key is None else credentials.api_key
    model = TEXT_MODEL if embedded_models else "YOUR_MODEL"
    click.echo("\nPaste one of these into another terminal; the second one streams:\n")
    for stream in (False, True):
        click.echo(f"  {curl_line(local_url(settings), api_key=key, model=model, stream=stream)}\n")
    if not embedded_models:
        click.echo("Models of your NewAPI are called once the catalogue has them and their price:")
        click.echo(f"  {command} model create NAME --kind chat --context-tokens 128000 --output-tokens-max 16000")
        click.echo(f"  {command} price set NAME --input 0.15 --output 0.60\n")
    _line("Then", f"{command} wallet show   ·   {command} trace <the answer's x-trace-id>   ·   {command} --help")
    _line("Logs", _short(settings.data_dir / "logs"))
    _line("Stop", "Ctrl-C")


def curl_line(url: str, *, api_key: str, model: str, stream: bool) -> str:
    """One chat call as a shell line; `-i` shows the trace id, `-N` the stream as it comes."""
    body: dict[str, object] = {"model": model, "messages": [{"role": "user", "content": QUESTION}]}
    if stream:
        body["stream"] = True
    words = [
        "curl",
        "-sSN" if stream else "-sSi",
        f"{url}/v1/chat/completions",
        "-H",
        f"Authorization: Bearer {api_key}",
        "-H",
        "Content-Type: application/json",
        "-d",
        json.dumps(body),
    ]
    return shlex.join(words)


def _line(name: str, text: str) -> None:
    click.echo(f"  {click.style(f'{name:<8}', bold=True)} {text}")


def _short(path: Path) -> str:
    """Relative to where the person stands, when it is below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _command() -> str:
    """How the person reaches this command: it may not be on their PATH."""
    invoked = Path(sys.argv[0])
    return _short(invoked.absolute()) if invoked.name == "deepspace" else "deepspace"
