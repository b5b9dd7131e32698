"""What can be wrong with a file or a link to one."""

from deepspace_core.kernel.errors import Conflict, InvalidInput, NotFound


class FileNotFound(NotFound):
    """No such file in this project."""

    code = "file_not_found"


class FileTooLarge(InvalidInput):
    """More bytes than one file may have; `fields["bytes_max"]`."""

    code = "file_too_large"


class StorageFull(Conflict):
    """The organization has used up its storage, or has too many uploads under way; delete files, or ask for more."""

    code = "storage_full"


class RangeNotSatisfiable(InvalidInput):
    """The range of bytes that was asked for lies outside the file; `fields["size_bytes"]`."""

    code = "range_not_satisfiable"


class LinkInvalid(NotFound):
    """Not a link that this installation has given out, or its file is gone."""

    code = "link_invalid"


class LinkExpired(NotFound):
    """The link's time is over; make another."""

    code = "link_expired"
