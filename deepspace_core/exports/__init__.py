"""Exports: what the books hold, as a file: CSV, JSON Lines, Markdown or Parquet, of any size in bounded memory.

Knows who may read what, and how a row is written; not where rows come from (the port `ExportRows`). The verbs are in
`deepspace_core.exports.use_cases`.
"""

from deepspace_core.exports.errors import ExportNotFound, ExportNotReady, TooManyExports
from deepspace_core.exports.export import (
    EXPORTS_MAX,
    KINDS_OF_THE_INSTALLATION,
    MATCHED_BY,
    Export,
    ExportFilters,
    ExportFormat,
    ExportId,
    ExportKind,
)
from deepspace_core.exports.ports import ExportRows, Exports, ParquetEncoder
from deepspace_core.exports.table import COLUMNS, Column, ColumnType, Row, columns_of
from deepspace_core.exports.text_format import Batches

__all__ = [
    "COLUMNS",
    "EXPORTS_MAX",
    "KINDS_OF_THE_INSTALLATION",
    "MATCHED_BY",
    "Batches",
    "Column",
    "ColumnType",
    "Export",
    "ExportFilters",
    "ExportFormat",
    "ExportId",
    "ExportKind",
    "ExportNotFound",
    "ExportNotReady",
    "ExportRows",
    "Exports",
    "ParquetEncoder",
    "Row",
    "TooManyExports",
    "columns_of",
]
