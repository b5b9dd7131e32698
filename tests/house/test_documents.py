"""Documentation that lies is worse than none: links resolve, code compiles, and what is named exists."""

import ast
import posixpath
import re

from tests.house.documents import (
    anchors_of,
    commands,
    documents,
    links,
    named_in_code,
    python_blocks,
)
from tests.house.source import (
    PRODUCT,
    contexts,
    files_under,
    holds_module,
    imports_of,
    listed,
    parse,
    read_text,
    tracked_files,
)
from tests.house.source import Module as Parsed

RECORD_LINES_MAX = 60
RECORD_SECTIONS = ("## Context", "## Decision", "## Alternatives rejected", "## Kept by")
PATH = re.compile(rf"(?:{'|'.join(PRODUCT)}|tests|docs|migrations|\.requirements|\.ci)/[\w./*-]*")
MAKE_TARGET = re.compile(r"^([a-z][a-z-]*):(?!=)", re.MULTILINE)
MAKE_CALL = re.compile(r"\bmake((?: +[a-z][a-z-]*)+)")
SETTING = re.compile(r"\bDEEPSPACE_[A-Z0-9_]+\b")
TEMPLATE_SETTING = re.compile(r"\bDEEPSPACE_[A-Z_]*\*")


def test_every_link_leads_somewhere() -> None:
    faults = [f"{path}: {target}" for path, target in links() if not _resolves(path, target)]
    assert not faults, listed(faults)


def test_python_in_the_documents_compiles() -> None:
    faults = []
    for block in python_blocks():
        try:
            ast.parse(block.body)
        except SyntaxError as fault:
            faults.append(f"{block}: {fault.msg} in its line {fault.lineno}")
    assert not faults, listed(faults)


def test_python_in_the_documents_imports_what_exists() -> None:
    faults = [
        f"{block} imports {name}"
        for block in python_blocks()
        for _, name in imports_of(Parsed(path=block.document, text=block.body, tree=ast.parse(block.body)))
        if name.startswith(PRODUCT) and not _importable(name)
    ]
    assert not faults, listed(faults)


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(MAKE_TARGET.findall(read_text("Makefile"))) if "Makefile" in tracked_files() else set()
    faults = [
        f"{where}: make {target}"
        for where, line in commands()
        for call in MAKE_CALL.findall(line)
        if line.startswith("make ") or " make " in f" {line}"
        for target in call.split()
        if line.split("#")[0].find("make") >= 0 and target not in targets
    ]
    assert not faults, f"no such target: {listed(faults)}"


def test_every_path_in_the_documents_exists() -> None:
    faults = [
        f"{path}: {named}"
        for path, code in named_in_code()
        for named in PATH.findall(code)
        if not _is_there(named.rstrip("."))
    ]
    assert not faults, listed(faults)


def test_every_document_that_the_code_points_to_exists() -> None:
    faults = [
        f"{path}: {named}"
        for path in tracked_files()
        if path.endswith((".py", ".sql", ".toml", "Makefile", ".yaml")) and not path.startswith("tests/house/")
        for named in re.findall(r"docs/[\w/-]+\.md", read_text(path))
        if not _is_there(named)
    ]
    assert not faults, listed(faults)


def test_every_setting_that_is_named_exists() -> None:
    known = set(SETTING.findall(read_text(".env.example")))
    faults = [
        f"{path}: {name}"
        for path in [*documents(), *files_under(*PRODUCT, suffix=".py")]
        for name in SETTING.findall(TEMPLATE_SETTING.sub("", read_text(path)))
        if name not in known
    ]
    assert not faults, f"not in .env.example: {listed(faults)}"


def test_a_decision_record_fits_a_page_and_names_what_keeps_it() -> None:
    faults = []
    for path in files_under("docs/decisions", suffix=".md"):
        text = read_text(path)
        faults += [f"{path} lacks {section!r}" for section in RECORD_SECTIONS if section not in text]
        if len(text.splitlines()) > RECORD_LINES_MAX:
            faults.append(f"{path} is longer than a page of {RECORD_LINES_MAX} lines")
        if not PATH.search(text.partition("## Kept by")[2]):
            faults.append(f"{path} names no file that keeps it")
    assert not faults, listed(faults)


def test_decision_records_are_numbered_without_gap() -> None:
    names = [posixpath.basename(path) for path in files_under("docs/decisions", suffix=".md")]
    numbers = [int(name[:4]) for name in names if re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name)]
    assert numbers == list(range(1, len(names) + 1))


def test_the_architecture_names_every_context() -> None:
    text = read_text("docs/architecture.md")
    missing = [context for context in contexts() if not re.search(rf"\b{context}\b", text)]
    assert not missing, f"docs/architecture.md says nothing of {missing}"


def _resolves(path: str, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return not target.startswith(("http://localhost", "file:"))
    file, _, anchor = target.partition("#")
    linked = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
    if not _is_there(linked):
        return False
    return not anchor or (linked.endswith(".md") and anchor in anchors_of(linked))


def _is_there(named: str) -> bool:
    if "*" in named or "NNNN" in named:
        return True
    return any(path == named or path.startswith(f"{named.rstrip('/')}/") for path in tracked_files())


def _importable(name: str) -> bool:
    """True for a module, and for a name that the module above it binds at its top level."""
    path = name.replace(".", "/")
    if holds_module(path):
        return True
    parent, _, last = path.rpartition("/")
    home = f"{parent}.py" if f"{parent}.py" in tracked_files() else f"{parent}/__init__.py"
    return home in tracked_files() and last in _bound_in(parse(home))


def _bound_in(module: Parsed) -> set[str]:
    names: set[str] = set()
    for node in module.tree.body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases}
    return names
