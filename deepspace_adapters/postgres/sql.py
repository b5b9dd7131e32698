"""Loads the named statements of the `.sql` file beside a repository into a typed object, once, at import.

A file is a run of statements, each under a line `-- name: verb_noun`. The object's class lists the names it uses;
a name missing from the file, or in the file and not in the class, fails at import, not at three in the morning.
What several statements of a file share stands once, under `-- piece: noun`, and takes the place of every line
`-- include: noun`.
"""

import re
from dataclasses import fields
from pathlib import Path
from typing import TypeAlias, TypeVar

Statement: TypeAlias = bytes
"""SQL text as bytes: psycopg takes bytes and literal strings only, and a file is neither user input nor a literal."""

LOADED: dict[str, dict[str, Statement]] = {}
"""Every statement of every file loaded so far, for the contract test that PREPAREs them all."""

_HEADER = re.compile(r"^-- (name|piece): (\w+)\s*$", re.MULTILINE)
_INCLUDE = re.compile(r"^[ \t]*-- include: (\w+)\s*?$", re.MULTILINE)
Statements = TypeVar("Statements")


def load(module_file: str, shape: type[Statements]) -> Statements:
    """Fills the dataclass `shape` (all fields `Statement`) from the `.sql` beside `module_file`.

    Raises RuntimeError naming the file when the names in it and the fields of `shape` differ.
    """
    path = Path(module_file).with_suffix(".sql")
    found = _statements_in(path)
    wanted = {field.name for field in fields(shape)}  # type: ignore[arg-type]
    if missing := wanted - found.keys():
        raise RuntimeError(f"{path.name} lacks the statements {sorted(missing)}")
    if unused := found.keys() - wanted:
        raise RuntimeError(f"{path.name} holds statements that nothing uses: {sorted(unused)}")
    LOADED[path.stem] = found
    return shape(**found)


def _statements_in(path: Path) -> dict[str, Statement]:
    texts: dict[str, dict[str, str]] = {"name": {}, "piece": {}}
    _, *parts = _HEADER.split(path.read_text(encoding="utf-8"))
    for kind, name, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if name in texts[kind]:
            raise RuntimeError(f"{path.name} has the {kind} {name} twice")
        texts[kind][name] = text.strip().rstrip(";")
    pieces = texts["piece"]
    included = {name for text in texts["name"].values() for name in _INCLUDE.findall(text)}
    if included != pieces.keys():
        raise RuntimeError(f"{path.name} includes {sorted(included)} and has the pieces {sorted(pieces)}")
    return {name: _INCLUDE.sub(lambda found: pieces[found[1]], text).encode() for name, text in texts["name"].items()}
