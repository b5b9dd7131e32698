"""Examples in the documents run as written and print what the documents say they print.

A block fenced as `python run` is executed on its own; the `text` block after it is what it prints.
"""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.documents import Block, blocks

TIMEOUT_SECONDS = 60


def _examples() -> list[tuple[Block, Block]]:
    """Each runnable block with the block that follows it."""
    shown = blocks()
    return [(block, after) for block, after in itertools.pairwise(shown) if block.info == "python run"]


def test_there_are_examples_to_run() -> None:
    assert any(block.document == "README.md" for block, _ in _examples())


@pytest.mark.parametrize(("example", "printed"), _examples(), ids=str)
def test_an_example_prints_what_the_document_says(example: Block, printed: Block, tmp_path: Path) -> None:
    assert printed.language == "text", f"{example} is not followed by what it prints"
    result = subprocess.run(
        [sys.executable, "-c", example.body],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == printed.body.splitlines()
