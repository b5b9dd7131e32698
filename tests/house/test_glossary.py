"""One term, one meaning: every noun that core gives a module stands in the glossary, once."""

import re

from tests.house.source import contexts, files_under, listed, read_text

TERM = re.compile(r"^\| \*\*(?P<english>[^*]+)\*\* \| (?P<chinese>[^|]+) \| (?P<meaning>[^|]+) \|", re.MULTILINE)
ROOMS = {"__init__", "errors", "ports", "use_cases"}
"""Modules named for their place in a context and not for a noun."""


def test_no_term_is_explained_twice() -> None:
    terms = [found["english"].lower() for found in TERM.finditer(read_text("docs/glossary.md"))]
    twice = sorted({term for term in terms if terms.count(term) > 1})
    assert terms
    assert not twice, f"one meaning each: {twice}"


def test_every_term_has_its_chinese_one() -> None:
    terms = list(TERM.finditer(read_text("docs/glossary.md")))
    bare = [found["english"] for found in terms if not re.search(r"[\u4e00-\u9fff]", found["chinese"])]
    assert not bare, f"no Chinese term beside {bare}"


def test_every_noun_of_core_is_explained() -> None:
    known = {found["english"].lower().replace("-", "") for found in TERM.finditer(read_text("docs/glossary.md"))}
    missing = [
        f"{path}: {noun!r}"
        for context in contexts()
        for path in files_under(f"deepspace_core/{context}", suffix=".py")
        if not {"use_cases", "ports"} & set(path.split("/")) and path.count("/") == 2
        for stem in [path.rsplit("/", 1)[1].removesuffix(".py")]
        if stem not in ROOMS and not stem.endswith("use_cases")
        for noun in [stem.replace("_", " ")]
        if not any(term == noun or term.endswith(f" {noun}") or f"{term}s" == noun for term in known)
    ]
    assert not missing, f"docs/glossary.md does not explain: {listed(missing)}"
