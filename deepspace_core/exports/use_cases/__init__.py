"""The verbs of exports."""

from deepspace_core.exports.use_cases.asking import WRITE_JOB, RequestExport
from deepspace_core.exports.use_cases.keeping import DeleteExport, GetExport, ListAllExports, ListExports
from deepspace_core.exports.use_cases.reading import (
    ExportFile,
    FollowExportLink,
    MakeExportLink,
    ReadExport,
)
from deepspace_core.exports.use_cases.writing import SweepExports, WriteExport

__all__ = [
    "WRITE_JOB",
    "DeleteExport",
    "ExportFile",
    "FollowExportLink",
    "GetExport",
    "ListAllExports",
    "ListExports",
    "MakeExportLink",
    "ReadExport",
    "RequestExport",
    "SweepExports",
    "WriteExport",
]
