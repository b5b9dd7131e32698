"""CSV, JSON Lines and Markdown: from rows to bytes, a batch at a time.

A cell of a CSV file that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV Injection"):
it may hold what a stranger has chosen, a ref or a title. Numbers are written by us and left alone. Source of CSV: RFC
4180; of JSON Lines: jsonlines.org; of Markdown's tables: GitHub Flavored Markdown, section 4.10.
"""

import csv
import io
import json
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias
from zoneinfo import ZoneInfo

from deepspace_core.exports.export import ExportFormat
from deepspace_core.exports.table import Column, ColumnType, Row

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the machine's own code page."""

Batches: TypeAlias = AsyncIterable[Sequence[Row]]


async def encode_text(
    wanted: ExportFormat, columns: Sequence[Column], batches: Batches, *, zone: ZoneInfo
) -> AsyncIterator[bytes]:
    """The file, in pieces of a batch each. `wanted` is any format but Parquet."""
    head, encode = FORMATS[wanted]
    yield head(columns).encode()
    async for batch in batches:
        yield encode(columns, [_shown(row, zone) for row in batch]).encode(errors="replace")


def neutralised(text: str) -> str:
    """The text, such that no spreadsheet computes it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _shown(row: Row, zone: ZoneInfo) -> Row:
    """Times in the wanted zone, with their offset."""
    return [one.astimezone(zone).isoformat() if isinstance(one, datetime) else one for one in row]


def _csv_head(columns: Sequence[Column]) -> str:
    return BYTE_ORDER_MARK + _csv_lines([[column.name for column in columns]])


def _csv_rows(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    texts = [column.type is ColumnType.TEXT for column in columns]
    return _csv_lines(
        [
            [
                neutralised(str(one)) if is_text and one is not None else one
                for is_text, one in zip(texts, row, strict=True)
            ]
            for row in rows
        ]
    )


def _csv_lines(rows: Sequence[Row]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()


def _no_head(_columns: Sequence[Column]) -> str:
    return ""


def _json_rows(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    names = [column.name for column in columns]
    lines = [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, separators=(",", ":")) for row in rows]
    return "".join(f"{line}\n" for line in lines)


def _markdown_head(columns: Sequence[Column]) -> str:
    ruler = ["---:" if column.type in {ColumnType.INTEGER, ColumnType.DECIMAL} else "---" for column in columns]
    return _markdown_line([column.name for column in columns]) + _markdown_line(ruler)


def _markdown_rows(_columns: Sequence[Column], rows: Sequence[Row]) -> str:
    return "".join(_markdown_line([_markdown_cell(one) for one in row]) for row in rows)


def _markdown_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _markdown_cell(value: object) -> str:
    text = "" if value is None else str(value)
    text = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return "<br>".join(text.splitlines())


Format: TypeAlias = tuple[Callable[[Sequence[Column]], str], Callable[[Sequence[Column], Sequence[Row]], str]]
FORMATS: Mapping[ExportFormat, Format] = MappingProxyType(
    {
        ExportFormat.CSV: (_csv_head, _csv_rows),
        ExportFormat.JSON_LINES: (_no_head, _json_rows),
        ExportFormat.MARKDOWN: (_markdown_head, _markdown_rows),
    }
)
"""From a format to what comes first, and what a batch of rows becomes."""
