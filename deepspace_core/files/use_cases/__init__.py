"""The verbs of files."""

from deepspace_core.files.use_cases.reading import (
    FollowFileLink,
    GetFile,
    ListFiles,
    MakeFileLink,
    ReadFile,
    ReportStorage,
)
from deepspace_core.files.use_cases.upkeep import DeleteFile, EraseFile, SweepUploads
from deepspace_core.files.use_cases.uploads import UploadFile

__all__ = [
    "DeleteFile",
    "EraseFile",
    "FollowFileLink",
    "GetFile",
    "ListFiles",
    "MakeFileLink",
    "ReadFile",
    "ReportStorage",
    "SweepUploads",
    "UploadFile",
]
