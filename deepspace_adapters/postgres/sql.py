"""Loads the named statements of the `.sql` file beside a repository into a typed object, once, at import.

A file is a run of statements, each under a line `-- name: verb_noun`. The object's class lists the names it uses;
a name missing from the file, or in the file and not in the class, fails at import, not at three in the morning.
"""

import re
from dataclasses import fields
from pathlib import Path
from typing import TypeAlias, TypeVar

Statement: TypeAlias = bytes
"""SQL text as bytes: psycopg takes bytes and literal strings only, and a file is neither user input nor a literal."""

LOADED: dict[str, dict[str, Statement]] = {}
"""Every statement of every file loaded so far, for the contract test that PREPAREs them all."""

_HEADER = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
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
    pieces = _HEADER.split(path.read_text(encoding="utf-8"))
    names, texts = pieces[1::2], pieces[2::2]
    if len(set(names)) != len(names):
        raise RuntimeError(f"{path.name} names a statement twice")
    return {name: text.strip().rstrip(";").encode() for name, text in zip(names, texts, strict=True)}
