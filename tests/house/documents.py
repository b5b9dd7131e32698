"""Reads the documentation the way a reader does: its links, its code blocks, the commands and paths it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.house.source import files_under, read_text, tracked_files

FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=indent)```\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(?P<text>.+?)\s*$", re.MULTILINE)
INLINE_CODE = re.compile(r"`(?P<code>[^`\n]+)`")
SHELLS = {"sh", "bash", "shell", "console"}


@dataclass(frozen=True)
class Block:
    """A fenced code block: the document, the line of its fence, what follows the fence, and its text."""

    document: str
    line: int
    info: str
    body: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def language(self) -> str:
        return self.info.split(maxsplit=1)[0] if self.info.strip() else ""


@cache
def documents() -> tuple[str, ...]:
    """README and everything under docs, markdown only."""
    return tuple(path for path in ["README.md", *files_under("docs", suffix=".md")] if path in tracked_files())


@cache
def blocks() -> tuple[Block, ...]:
    return tuple(
        Block(
            document=path,
            line=read_text(path).count("\n", 0, found.start()) + 1,
            info=found["info"].strip(),
            body=_dedented(found["body"], len(found["indent"])),
        )
        for path in documents()
        for found in FENCE.finditer(read_text(path))
    )


def python_blocks() -> list[Block]:
    return [block for block in blocks() if block.language == "python"]


def links() -> Iterator[tuple[str, str]]:
    """Document and target of each link outside code."""
    for path in documents():
        for found in LINK.finditer(prose_of(path)):
            yield path, found["target"]


def prose_of(path: str) -> str:
    """A document without its fenced code."""
    return FENCE.sub("", read_text(path))


def anchors_of(path: str) -> set[str]:
    """The anchors that a renderer gives a document's headings: lower case, punctuation dropped, hyphens for spaces."""
    texts = [found["text"].replace("`", "") for found in HEADING.finditer(prose_of(path))]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


def named_in_code() -> Iterator[tuple[str, str]]:
    """Document and text of each piece of inline code."""
    for path in documents():
        for found in INLINE_CODE.finditer(prose_of(path)):
            yield path, found["code"]


def commands() -> Iterator[tuple[str, str]]:
    """Where and what of each command line that the documents show: in shell fences and as inline code."""
    for block in blocks():
        if block.language in SHELLS:
            for line in block.body.replace("\\\n", " ").splitlines():
                yield str(block), line.strip().removeprefix("$ ")
    yield from named_in_code()


def _dedented(body: str, width: int) -> str:
    return "\n".join(line[width:] for line in body.splitlines())
