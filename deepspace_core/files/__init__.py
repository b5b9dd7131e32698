"""Files and artifacts: what a project keeps, stored whole under its organization's prefix, and links to download it.

Owns the life of a file, its type, the organization's quota and download links. Knows projects, and no store's ways. The
verbs are in `deepspace_core.files.use_cases`.
"""

from deepspace_core.files.errors import (
    FileNotFound,
    FileTooLarge,
    LinkExpired,
    LinkInvalid,
    RangeNotSatisfiable,
    StorageFull,
)
from deepspace_core.files.link import DownloadLink, SealedLink, link_invalid, open_link, read_lifetime, seal_link
from deepspace_core.files.ports import FileFilters, FileLimits, Files, StorageUse
from deepspace_core.files.stored_file import FileId, FileState, StoredFile, file_key
from deepspace_core.files.use_cases.reading import ByteRange, FileContent, StorageReport, content_of

__all__ = [
    "ByteRange",
    "DownloadLink",
    "FileContent",
    "FileFilters",
    "FileId",
    "FileLimits",
    "FileNotFound",
    "FileState",
    "FileTooLarge",
    "Files",
    "LinkExpired",
    "LinkInvalid",
    "RangeNotSatisfiable",
    "SealedLink",
    "StorageFull",
    "StorageReport",
    "StorageUse",
    "StoredFile",
    "content_of",
    "file_key",
    "link_invalid",
    "open_link",
    "read_lifetime",
    "seal_link",
]
