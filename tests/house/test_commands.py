"""Every `deepspace …` line in the documents is one that the command line understands."""

import re
import shlex

import click

from deepspace_adapters.cli.main import cli
from tests.house.documents import commands
from tests.house.source import listed

PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*|<.*>|…|\.\.\.|\[.*")


def test_every_command_in_the_documents_exists() -> None:
    faults = [
        f"{where}: {line!r}: {fault}"
        for where, line in commands()
        if line.startswith("deepspace ") and (fault := _fault(line))
    ]
    assert not faults, listed(faults)


def _fault(line: str) -> str:
    """What is wrong with a command line: an unknown command, or an option that its command does not have."""
    words = shlex.split(line.split("  #", maxsplit=1)[0])[1:]
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        context = click.Context(command, info_name=command.name)
        # "org|user" names several commands at once
        names = [part for part in re.split(r"[|/]", words.pop(0)) if not PLACEHOLDER.fullmatch(part)]
        found = [command.get_command(context, name) for name in names]
        if unknown := [name for name, one in zip(names, found, strict=True) if one is None]:
            return f"no command {unknown[0]!r}"
        if not names:
            return ""
        command = next(one for one in found if one is not None)
    known = {option for one in [cli, command] for parameter in one.params for option in parameter.opts}
    lost = [word for word in words if word.startswith("--") and word.split("=")[0] not in known | {"--help"}]
    return f"no option {lost[0]}" if lost else ""
