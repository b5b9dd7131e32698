"""Names of stored objects: made by the product out of ids, never out of what somebody typed.

A key is segments between slashes. No segment can be empty, `.` or `..`, start with a dot, hold a slash, a backslash or
an upper-case letter. So no key leaves the store's root, and no two are one on a file system that ignores case.
"""

import re
from typing import NewType

from deepspace_core.kernel.ids import OrgId

ObjectKey = NewType("ObjectKey", str)
"""The name of an object in the object store; make it with `object_key` or `tenant_key`."""

SEGMENT_CHARACTERS_MAX = 100
SEGMENTS_MAX = 8
_SEGMENT = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*")


def object_key(*segments: str) -> ObjectKey:
    """Joins segments to a key. Raises ValueError for one that is not safe on every store."""
    if not 1 <= len(segments) <= SEGMENTS_MAX:
        raise ValueError(f"a key has 1 to {SEGMENTS_MAX} segments, not {len(segments)}")
    for segment in segments:
        if len(segment) > SEGMENT_CHARACTERS_MAX or not _SEGMENT.fullmatch(segment):
            raise ValueError(f"not a segment of an object's key: {segment[:SEGMENT_CHARACTERS_MAX]!r}")
    return ObjectKey("/".join(segments))


def tenant_key(org_id: OrgId, *segments: str) -> ObjectKey:
    """A key under the prefix of an organization, which holds everything of its own and nothing else."""
    return object_key("orgs", org_id.hex, *segments)
