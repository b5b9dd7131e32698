"""What can be wrong with an export."""

from deepspace_core.kernel.errors import Conflict, NotFound


class ExportNotFound(NotFound):
    """No such export of this caller, or its time is over."""

    code = "export_not_found"


class ExportNotReady(Conflict):
    """The export is still being written, or its job has failed; the job tells."""

    code = "export_not_ready"


class TooManyExports(Conflict):
    """The caller has as many exports as may be kept at once."""

    code = "too_many_exports"
