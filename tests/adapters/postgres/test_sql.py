"""What a file of SQL says once stands wherever it is included, and what nobody includes is not there."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from deepspace_adapters.postgres import sql

SHARED = "-- name: one\nSELECT 1\n  -- include: {included}\n\n-- piece: part\nWHERE true\n"


@dataclass
class One:
    """The statements of the file below."""

    one: sql.Statement


def _load(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> One:
    monkeypatch.setattr(sql, "LOADED", {})
    (folder / "shared.sql").write_text(text, encoding="utf-8")
    return sql.load(str(folder / "shared.py"), One)


def test_a_piece_takes_the_place_of_the_line_that_includes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _load(tmp_path, SHARED.format(included="part"), monkeypatch).one == b"SELECT 1\nWHERE true"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SHARED.format(included="other"), "includes .'other'. and has the pieces .'part'."),
        ("-- name: one\nSELECT 1\n-- piece: part\nWHERE true", "includes .. and has the pieces .'part'."),
        ("-- name: one\nSELECT 1\n-- name: one\nSELECT 2", "has the name one twice"),
    ],
)
def test_a_file_that_contradicts_itself_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    with pytest.raises(RuntimeError, match=f"shared.sql {told}"):
        _load(tmp_path, text, monkeypatch)
