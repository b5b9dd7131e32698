"""A file of a project, from the first byte of its upload to the last of its erasure.

    uploading --keep--> stored --delete--> deleted --(erased: the row goes)
        `--abandon--> deleted

The row comes first, so that no object is ever in the store without a row that leads to it. An *artifact* is a file that
something of the product's made rather than somebody: a run, a chat, a job (`made_by`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NewType
from uuid import UUID

from deepspace_core.files.errors import FileNotFound
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, ProjectId, TraceId
from deepspace_core.kernel.object_key import ObjectKey, tenant_key
from deepspace_core.kernel.ports.object_store import StoredObject

FileId = NewType("FileId", UUID)

FILE_NAME_CHARACTERS_MAX = 255
MADE_BY_CHARACTERS_MAX = 200
_FORBIDDEN_IN_NAMES = frozenset('/\\:*?"<>|\x7f') | {chr(code) for code in range(32)}
"""What some file system or header refuses. The name is shown and sent, never used as a path."""


class FileState(StrEnum):
    """Where a file stands."""

    UPLOADING = "uploading"
    STORED = "stored"
    DELETED = "deleted"


class FileStep(StrEnum):
    """What can happen to a file."""

    KEEP = "keep"
    ABANDON = "abandon"
    DELETE = "delete"


TRANSITIONS: Mapping[tuple[FileState, FileStep], FileState] = MappingProxyType(
    {
        (FileState.UPLOADING, FileStep.KEEP): FileState.STORED,
        (FileState.UPLOADING, FileStep.ABANDON): FileState.DELETED,
        (FileState.STORED, FileStep.DELETE): FileState.DELETED,
    }
)
"""Every step there is; a pair that is not here is refused."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file. Size and digest are those of the stored bytes; before there are any, 0 and None."""

    id: FileId
    org_id: OrgId
    project_id: ProjectId
    name: str
    storage_key: ObjectKey
    created_by: str
    created_at: datetime
    trace_id: TraceId
    content_type: str = "application/octet-stream"
    state: FileState = FileState.UPLOADING
    size_bytes: int = 0
    sha256: bytes | None = None
    made_by: str | None = None
    deleted_at: datetime | None = None

    @property
    def is_artifact(self) -> bool:
        """Whether something of the product's made it."""
        return self.made_by is not None

    def keep(self, stored: StoredObject, *, content_type: str) -> "StoredFile":
        """The upload is whole."""
        return replace(
            self,
            state=self._after(FileStep.KEEP),
            content_type=content_type,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
        )

    def abandon(self, *, now: datetime) -> "StoredFile":
        """The upload will never be whole."""
        return replace(self, state=self._after(FileStep.ABANDON), deleted_at=now)

    def delete(self, *, now: datetime) -> "StoredFile":
        """Out of sight at once; its bytes are erased by a job."""
        return replace(self, state=self._after(FileStep.DELETE), deleted_at=now)

    def _after(self, step: FileStep) -> FileState:
        try:
            return TRANSITIONS[self.state, step]
        except KeyError:
            raise file_not_found() from None


def file_key(org_id: OrgId, file_id: FileId) -> ObjectKey:
    """Where the bytes of a file lie."""
    return tenant_key(org_id, "files", file_id.hex)


def read_file_name(text: str) -> str:
    """A file's name as it will be shown and sent. Raises InvalidInput naming `name`."""
    name = text.strip()
    if not name or len(name) > FILE_NAME_CHARACTERS_MAX:
        raise InvalidInput(f"name must have 1 to {FILE_NAME_CHARACTERS_MAX} characters", param="name")
    if set(name) & _FORBIDDEN_IN_NAMES or name.startswith(".") or name.endswith("."):
        raise InvalidInput(
            'name must not hold / \\ : * ? " < > | or control characters, nor begin or end with a dot', param="name"
        )
    return storable_name(name)


def storable_name(name: str) -> str:
    """The name itself. Raises InvalidInput when UTF-8 can't write it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidInput("name holds half a surrogate pair; leave it out", param="name") from None
    return name


def read_made_by(text: str | None) -> str | None:
    """What made an artifact ("run:2026-01"). Raises InvalidInput naming `made_by`."""
    if text is None:
        return None
    made_by = text.strip()
    if not made_by or len(made_by) > MADE_BY_CHARACTERS_MAX or not made_by.isprintable():
        raise InvalidInput(
            f"made_by must have 1 to {MADE_BY_CHARACTERS_MAX} printable characters, such as run:2026-01",
            param="made_by",
        )
    return made_by


def file_not_found() -> FileNotFound:
    """The one thing to say of a file that is absent, deleted, unfinished or another tenant's."""
    return FileNotFound("there is no such file in this project", param="file_id")
