"""The text formats: what a reader of each gets back is what was written, and nothing computes by itself."""

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.exports import Column, ColumnType, ExportFormat, Row
from deepspace_core.exports.text_format import FORMULA_STARTS, encode_text, neutralised
from tests.fakes import NOON

COLUMNS = (Column("name"), Column("amount", ColumnType.DECIMAL), Column("at", ColumnType.TIME))
UTC = ZoneInfo("UTC")


async def _file(wanted: ExportFormat, *rows: Row, zone: ZoneInfo = UTC) -> str:
    async def batches() -> AsyncIterator[Sequence[Row]]:
        for row in rows:
            yield [row]

    return b"".join([piece async for piece in encode_text(wanted, COLUMNS, batches(), zone=zone)]).decode()


@given(rows=st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.none())))
async def test_every_text_comes_back_from_a_csv_file(rows: list[tuple[str, None]]) -> None:
    text = await _file(ExportFormat.CSV, *[[name, "-1.5", None] for name, _ in rows])
    assert text.startswith("\ufeff")
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert read == [["name", "amount", "at"], *[[neutralised(name), "-1.5", ""] for name, _ in rows]]
    assert not any(row[0].startswith(FORMULA_STARTS) for row in read[1:])


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "＝1"])
async def test_a_formula_is_neutralised_and_a_number_is_not(text: str) -> None:
    written = await _file(ExportFormat.CSV, [text, "-2.5", NOON])
    (row,) = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert row == [f"'{text}", "-2.5", "2030-01-01T12:00:00+00:00"]


async def test_times_are_told_in_the_wanted_zone() -> None:
    summer = datetime(2030, 7, 1, 12, tzinfo=UTC)
    written = await _file(ExportFormat.CSV, ["a", "1", summer], zone=ZoneInfo("Europe/Berlin"))
    assert "2030-07-01T14:00:00+02:00" in written


@given(name=st.text(st.characters(exclude_categories=["Cs"])))
async def test_each_line_of_json_lines_is_one_row(name: str) -> None:
    written = await _file(ExportFormat.JSON_LINES, [name, "1", None], [name, "2", NOON])
    lines = written.split("\n")
    assert (len(lines), lines[-1]) == (3, "")
    assert json.loads(lines[0]) == {"name": name, "amount": "1", "at": None}


async def test_a_markdown_table_keeps_its_cells_and_runs_no_html() -> None:
    written = await _file(ExportFormat.MARKDOWN, ["a|b\n<script>\\", "1", None])
    assert written.splitlines() == [
        "| name | amount | at |",
        "| --- | ---: | --- |",
        "| a\\|b<br>&lt;script>\\\\ | 1 |  |",
    ]


async def test_nothing_to_export_is_a_file_with_a_head() -> None:
    assert await _file(ExportFormat.CSV) == "\ufeffname,amount,at\r\n"
    assert await _file(ExportFormat.JSON_LINES) == ""
